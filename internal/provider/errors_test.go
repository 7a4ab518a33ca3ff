// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
)

// at matches an error that stands at an attribute of the resource "it".
func at(attribute string, words ...string) *regexp.Regexp {
	return says(append(append([]string{}, words[0]), append([]string{attribute + " "}, words[1:]...)...)...)
}

func TestErrors_namesTheAttributeAtFault(t *testing.T) {
	t.Parallel()
	const alice = "aaduser=alice@contoso.com"
	for _, c := range []struct {
		name, hcl string
		want      *regexp.Regexp
	}{
		{"unknown role", grantHCL("Samples", "admin", alice, ""),
			at("role", "Invalid role", `database has no role "admin"`, "admins, users, viewers, unrestrictedviewers, ingestors, monitors", `mean "admins"?`)},
		{"a role of Azure Resource Manager", grantHCL("Samples", "AllDatabasesViewer", alice, ""), at("role", "Invalid role", `Did you mean "viewers"?`)},
		{"a role of a database on a cluster", clusterGrant("monitors", alice, ""), at("role", "Invalid role", `Did you mean "alldatabasesmonitors"?`)},
		{"Azure's name for a role of a cluster", clusterGrant("AllDatabasesViewer", alice, ""), at("role", "Invalid role", `Did you mean "alldatabasesviewers"?`)},
		{"a quoted database", grantHCL("['Db0']", "viewers", alice, ""), at("database_name", "Invalid name", `did you mean "Db0"?`)},
		{"an id in quotes", grantHCL("Samples", "viewers", `aadapp='d0200704-fe5f-46d8-bfb9-4fd6c89ccc5e';contoso.com`, ""),
			at("principal_fqn", "Invalid principal", "did you mean aadapp=d0200704-fe5f-46d8-bfb9-4fd6c89ccc5e;contoso.com?")},
		{"an id in braces", grantHCL("Samples", "viewers", "aadgroup={D0200704-fe5f-46d8-bfb9-4fd6c89ccc5e};contoso.com", ""),
			at("principal_fqn", "Invalid principal", "without quotes and brackets", "aadgroup=d0200704-fe5f-46d8-bfb9-4fd6c89ccc5e;contoso.com?")},
		{"an id without hyphens", grantHCL("Samples", "viewers", "aadapp=d0200704fe5f46d8bfb94fd6c89ccc5e;contoso.com", ""),
			at("principal_fqn", "Invalid principal", "with hyphens", "aadapp=d0200704-fe5f-46d8-bfb9-4fd6c89ccc5e;contoso.com?")},
		{"application and tenant exchanged", grantHCL("Samples", "viewers", "aadapp=contoso.com;d0200704-fe5f-46d8-bfb9-4fd6c89ccc5e", ""),
			at("principal_fqn", "Invalid principal", "the principal comes before the tenant", "aadapp=d0200704-fe5f-46d8-bfb9-4fd6c89ccc5e;contoso.com?")},
		{"a mistyped prefix", grantHCL("Samples", "viewers", "user=alice@contoso.com", ""), at("principal_fqn", "Invalid principal", "did you mean aaduser=alice@contoso.com?")},
		{"no FQN", grantHCL("Samples", "viewers", "alice@contoso.com", ""),
			at("principal_fqn", "Invalid principal", `"alice@contoso.com" is not a principal: it must begin with aaduser=`)},
		{"group by name without a tenant", grantHCL("Samples", "viewers", "aadgroup=On-Call", ""),
			at("principal_fqn", "Invalid principal", `a group's display name needs its tenant: aadgroup=On-Call;<tenant id or domain>`)},
		{"two principals in one", grantHCL("Samples", "viewers", "aaduser=a@contoso.com', 'aaduser=b@contoso.com", ""),
			at("principal_fqn", "Invalid principal")},
		{"http", grantHCL("Samples", "viewers", alice, `cluster_uri = "http://c.westeurope.kusto.windows.net"`),
			at("cluster_uri", "Invalid cluster URI", "clear text; use https://c.westeurope.kusto.windows.net")},
		{"ingestion endpoint", grantHCL("Samples", "viewers", alice, `cluster_uri = "https://ingest-c.westeurope.kusto.windows.net"`),
			at("cluster_uri", "Invalid cluster URI", "ingestion endpoint", "use https://c.westeurope.kusto.windows.net")},
		{"user info", grantHCL("Samples", "viewers", alice, `cluster_uri = "https://c.kusto.windows.net@evil.example.com"`),
			at("cluster_uri", "Invalid cluster URI", "must not contain a user name")},
		{"look-alike", grantHCL("Samples", "viewers", alice, `cluster_uri = "https://c.kusto.windows.net.evil.example.com"`),
			at("cluster_uri", "Invalid cluster URI", "no token is sent there")},
		{"another cloud's cluster", grantHCL("Samples", "viewers", alice, `cluster_uri = "https://c.kusto.usgovcloudapi.net"`),
			at("cluster_uri", "Invalid cluster URI", `set environment = "usgovernment"`)},
		{"empty name", grantHCL(" ", "viewers", alice, ""),
			at("database_name", "Invalid name", "must not be empty")},
		{"no such database", grantHCL("Sample", "viewers", alice, ""),
			at("database_name", "No such database", "Kusto said (HTTP 400)", "Entity ID '[DB Sample v?.?]' of kind 'Database' was not found", "Activity ID")},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t).byDefault()
			s.test(t, resource.TestStep{Config: s.config(c.hcl), ExpectError: c.want})
			if held := s.held(); len(held) > 0 {
				t.Errorf("the cluster holds %v", held)
			}
		})
	}
}

func TestErrors_saysThatAPrincipalWasWaitedFor(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	s.test(t, resource.TestStep{
		Config: s.config(grantHCL("Samples", "viewers", "aadapp=00000000-0000-4000-8000-00000000dead;contoso.com", `timeouts = { create = "2s" }`)),
		ExpectError: at("principal_fqn", "Principal not found in Microsoft Entra ID",
			"Kusto said (HTTP 400)", "was not found in AAD tenant", "Tried", "times in", "timeouts.create"),
	})
	if s.count(".add") < 2 {
		t.Errorf("it was not waited for: %v", s.texts())
	}
}

func TestErrors_saysThatTheCallerIsNoAdmin(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	nobody := fake.Directory().AddApp(entra.ContosoTenantID, "nobody")
	s.Grant(database("Samples"), "viewers", nobody, "")
	s.test(t, resource.TestStep{
		Config:      s.signedInAs(nobody) + grantHCL("Samples", "viewers", "aaduser=alice@contoso.com", ""),
		ExpectError: says(`Not authorized to grant viewers of database "Samples" to aaduser=alice@contoso.com`, "Kusto said (HTTP 403)", nobody.AppID, "Database Admin"),
	})
}

func TestErrors_keepsEntrasOwnCode(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	app := *who("ci-deployer")
	app.Secrets = []string{"wrong-Secret~1"}
	steps := []resource.TestStep{{
		Config:      s.signedInAs(&app) + grantHCL("Samples", "viewers", "aaduser=alice@contoso.com", ""),
		ExpectError: says("AADSTS7000215"),
	}}
	unknown := fake.Directory().AddApp(entra.FabrikamTenantID, "elsewhere")
	lost := *unknown
	lost.TenantID = entra.ContosoTenantID
	steps = append(steps, resource.TestStep{
		Config:      s.signedInAs(&lost) + grantHCL("Samples", "viewers", "aaduser=alice@contoso.com", ""),
		ExpectError: says("AADSTS700016"),
	})
	s.test(t, steps...)
	if n := len(s.Commands()); n > 0 {
		t.Errorf("%d commands were sent without a token", n)
	}
}

func TestErrors_saysWhatToConfigure(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	grant := grantHCL("Samples", "viewers", "aaduser=alice@contoso.com", "")
	for _, c := range []struct {
		name, provider string
		want           *regexp.Regexp
	}{
		{"no cluster", `provider "kusto" {}`, at("cluster_uri", "No cluster", "KUSTO_CLUSTER_URI")},
		{"nothing but no CLI", fmt.Sprintf("provider \"kusto\" {\n cluster_uri = %q\n use_cli = false\n}", s.uri), says("No authentication method configured", "client_secret", "set use_cli = true")},
		{"half a secret", fmt.Sprintf("provider \"kusto\" {\n cluster_uri = %q\n client_secret = \"s3cr3t-of-nobody\"\n}", s.uri), says("client_id", "KUSTO_CLIENT_ID")},
		{"bad environment", fmt.Sprintf("provider \"kusto\" {\n cluster_uri = %q\n environment = \"mars\"\n}", s.uri), says("mars", "public")},
		{"bad cluster", `provider "kusto" { cluster_uri = "https://kusto.example.com" }`, at("cluster_uri", "Invalid cluster URI")},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			runCase(t, resource.TestCase{
				ProtoV6ProviderFactories: factories,
				Steps:                    []resource.TestStep{{Config: c.provider + grant, ExpectError: c.want}},
			})
		})
	}
}

// Azure's own tools set AZURE_ENVIRONMENT to such names.
func TestEnvironment_acceptsTheNamesOfAzureTools(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"AzureCloud", "AzurePublicCloud", "azurepubliccloud", "PUBLIC"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t)
			named := strings.Replace(s.provider, `provider "kusto" {`, fmt.Sprintf("provider \"kusto\" {\n environment = %q", name), 1)
			s.test(t, resource.TestStep{
				Config: named + grantHCL("Samples", "viewers", "aaduser=alice@contoso.com", ""),
				Check:  s.holds(line(database("Samples"), "viewers", who("alice@contoso.com").FQN(), "")),
			})
		})
	}
}
