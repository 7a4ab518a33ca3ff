// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
)

// list asks for the grants of a kind, as `terraform query` does.
func (p *protocol) list(typeName string, config map[string]string, limit int64) []tfprotov6.ListResourceResult {
	p.t.Helper()
	server, ok := p.server.(tfprotov6.ListResourceServer)
	if !ok {
		p.t.Fatal("the provider does not list")
	}
	stream, err := server.ListResource(p.t.Context(), &tfprotov6.ListResourceRequest{
		TypeName: typeName, Config: p.dynamic(p.schema.ListResourceSchemas[typeName], config), IncludeResource: true, Limit: limit,
	})
	if err != nil {
		p.t.Fatal(err)
	}
	var results []tfprotov6.ListResourceResult
	for r := range stream.Results {
		results = append(results, r)
	}
	return results
}

func TestList_findsTheGrantsThatCanBeAdopted(t *testing.T) {
	t.Parallel()
	for _, k := range securableTests("Night Admin") {
		t.Run(k.securableType.Slug, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t)
			s.SetBehaviour(kusto.Behaviour{NoCreators: true})
			k.addTo(s)
			for _, name := range []string{"alice@contoso.com", "erin@fabrikam.com", "On-Call"} {
				s.Grant(k.securable, "admins", who(name), "note of "+name)
			}
			p := s.protocol(t)
			typeName := "kusto_" + k.securableType.Slug + "_principal"
			config := map[string]string{"database_name": "Samples"}
			if k.securableType.InsideDatabase() {
				config[k.securableType.NameAttribute()] = "Night Admin"
			}
			results := p.list(typeName, config, 100)
			if len(results) != 3 {
				t.Fatalf("%d grants were found, want 3", len(results))
			}
			for _, r := range results {
				p.noErrors(r.Diagnostics)
				p.adopt(s, k, typeName, r)
			}
			if n := len(p.list(typeName, config, 2)); n != 2 {
				t.Errorf("a limit of 2 gave %d", n)
			}
		})
	}
}

// adopt imports what a list found by its identity, and checks that the resource
// upnShown is the UPN that a row shows, by which people read a list.
var upnShown = regexp.MustCompile(`\(upn: (.*)\)$`)

// the list showed is what the import reads.
func (p *protocol) adopt(s *testCluster, k securableTest, typeName string, r tfprotov6.ListResourceResult) {
	p.t.Helper()
	schema := p.schema.ResourceSchemas[typeName]
	identity := p.strings(p.ids[typeName].ValueType(), r.Identity.IdentityData)
	shown := p.strings(schema.ValueType(), r.Resource)
	name := shown["resolved_fqn"]
	if upn := upnShown.FindStringSubmatch(shown["principal_display_name"]); upn != nil && shown["principal_type"] == "user" {
		name = "aaduser=" + upn[1]
	}
	if identity["cluster_uri"] != s.uri || identity["role"] != "admins" || identity["principal_fqn"] != name {
		p.t.Errorf("the identity is %v", identity)
	}
	if !strings.HasPrefix(shown["notes"], "note of ") {
		p.t.Errorf("the resource is %v", shown)
	}
	imported, err := p.server.ImportResourceState(p.t.Context(), &tfprotov6.ImportResourceStateRequest{TypeName: typeName, Identity: r.Identity})
	if err != nil {
		p.t.Fatal(err)
	}
	p.noErrors(imported.Diagnostics)
	config := map[string]string{"database_name": "Samples", "role": "admins", "principal_fqn": identity["principal_fqn"]}
	if k.securableType.InsideDatabase() {
		config[k.securableType.NameAttribute()] = "Night Admin"
	}
	read := p.refreshAndPlan(typeName, imported.ImportedResources[0].State, config)
	for name, want := range shown {
		if read[name] != want {
			p.t.Errorf("%s is listed as %q and read as %q", name, want, read[name])
		}
	}
}

func TestList_saysWhatIsWrong(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	results := s.protocol(t).list("kusto_database_principal", map[string]string{"database_name": "Nowhere"}, 10)
	if len(results) != 1 || len(results[0].Diagnostics) != 1 || !strings.Contains(results[0].Diagnostics[0].Detail, "Nowhere") {
		t.Errorf("got %+v", results)
	}
}
