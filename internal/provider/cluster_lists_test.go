// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
)

func TestClusterPrincipals_dataSource(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t).byDefault()
	s.Grant(onCluster, "alldatabasesviewers", who("alice@contoso.com"), "why")
	const all, viewers = "data.kusto_cluster_principals.all", "data.kusto_cluster_principals.viewers"
	s.test(t, resource.TestStep{
		Config: s.config("data \"kusto_cluster_principals\" \"all\" {}\ndata \"kusto_cluster_principals\" \"viewers\" {\n role = \"alldatabasesviewers\"\n principal_fqn = \"aaduser=alice@contoso.com\"\n}\n"),
		Check: resource.ComposeAggregateTestCheckFunc(
			resource.TestCheckResourceAttr(all, "principals.#", "2"),
			resource.TestCheckResourceAttr(all, "principals.0.role", "alldatabasesadmins"),
			resource.TestCheckResourceAttr(all, "principals.0.inherited", "false"),
			resource.TestCheckResourceAttr(viewers, "principals.#", "1"),
			resource.TestCheckResourceAttr(viewers, "principals.0.role", "alldatabasesviewers"),
			resource.TestCheckResourceAttr(viewers, "principals.0.role_description", "AllDatabasesViewer"),
			resource.TestCheckResourceAttr(viewers, "principals.0.notes", "why"),
		),
	})
}

func TestClusterPrincipalRoles_areThoseWithoutADatabase(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t).byDefault()
	s.Grant(onCluster, "alldatabasesmonitors", who("bob@contoso.com"), "")
	const own, bobs, on = "data.kusto_principal_roles.own", "data.kusto_principal_roles.bob", "data.kusto_principal_roles.on_database"
	s.test(t,
		resource.TestStep{
			Config:      s.config("data \"kusto_principal_roles\" \"own\" {\n table_name = \"T\"\n}\n"),
			ExpectError: says("database_name"),
		},
		resource.TestStep{
			Config: s.config("data \"kusto_principal_roles\" \"own\" {}\ndata \"kusto_principal_roles\" \"bob\" {\n principal_fqn = \"aaduser=bob@contoso.com\"\n}\n" +
				"data \"kusto_principal_roles\" \"on_database\" {\n database_name = \"Samples\"\n}\n"),
			Check: resource.ComposeAggregateTestCheckFunc(
				resource.TestCheckResourceAttr(own, "roles.#", "1"), resource.TestCheckResourceAttr(own, "roles.0", "alldatabasesadmins"),
				resource.TestCheckResourceAttr(bobs, "roles.#", "1"), resource.TestCheckResourceAttr(bobs, "roles.0", "alldatabasesmonitors"),
				resource.TestCheckResourceAttr(on, "roles.#", "1"), resource.TestCheckResourceAttr(on, "roles.0", "admins"),
			),
		},
	)
}

func TestClusterList_findsWhatCanBeAdopted(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t).byDefault()
	s.AddDatabase("Sales")
	s.Grant(onCluster, "alldatabasesviewers", who("alice@contoso.com"), "why")
	s.Grant(onCluster, "alldatabasesmonitors", who("alice@contoso.com"), "")
	p := s.protocol(t)
	const typeName = "kusto_cluster_principal"
	for _, c := range []struct {
		config map[string]string
		want   int
	}{
		{nil, 3},
		{map[string]string{"role": "alldatabasesviewers"}, 1},
		{map[string]string{"principal_fqn": "aaduser=alice@contoso.com"}, 2},
		{map[string]string{"cluster_uri": s.uri, "principal_fqn": "aaduser=bob@contoso.com"}, 0},
	} {
		if got := p.list(typeName, c.config, 100); len(got) != c.want {
			t.Errorf("%v: %d results", c.config, len(got))
		}
	}
	s.ResetCommands()
	results := p.list(typeName, map[string]string{"role": "alldatabasesviewers"}, 100)
	identity := p.strings(p.ids[typeName].ValueType(), results[0].Identity.IdentityData)
	want := map[string]string{"cluster_uri": s.uri, "role": "alldatabasesviewers", "principal_fqn": "aaduser=alice@contoso.com"}
	if fmt.Sprint(identity) != fmt.Sprint(want) || results[0].DisplayName != "Alice Ng (upn: alice@contoso.com): alldatabasesviewers of the cluster" {
		t.Errorf("%v, %q", identity, results[0].DisplayName)
	}
	unknown := p.list(typeName, map[string]string{"principal_fqn": "aaduser=nobody@contoso.com"}, 100)
	if len(unknown) != 1 || unknown[0].Diagnostics[0].Summary != "Principal not found in Microsoft Entra ID" {
		t.Errorf("%+v", unknown)
	}
}
