// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	fakekusto "github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

var (
	listBlock = regexp.MustCompile(`(?ms)^list "(\w+)" "\w+" \{\n(.*?)^\}`)
	listValue = regexp.MustCompile(`(\w+)\s+= "(.*)"`)
)

// queries are the examples for `terraform query`.
func queries(t *testing.T) []string {
	t.Helper()
	var paths []string
	err := filepath.WalkDir(examplesDir, func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".tfquery.hcl") {
			relative, _ := filepath.Rel(examplesDir, path)
			paths = append(paths, filepath.ToSlash(relative))
		}
		return err
	})
	if err != nil || len(paths) < 2*len(kusto.SecurableTypes)-1 {
		t.Fatalf("%d queries, %v", len(paths), err)
	}
	return paths
}

// What `terraform query` would find, over the protocol: any CLI will do.
func TestExamples_listFindsWhatThereIs(t *testing.T) {
	t.Parallel()
	for _, path := range queries(t) {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			s := newExampleCluster(t)
			s.AddDatabase("Sales").AddTable("Orders")
			for _, on := range s.securables() {
				role := "admins"
				if on == onCluster {
					role = "alldatabasesadmins"
				}
				for _, name := range []string{"alice@contoso.com", "bob@contoso.com"} {
					s.Grant(on, role, who(name), "")
				}
			}
			blocks := listBlock.FindAllStringSubmatch(example(t, path), -1)
			if len(blocks) == 0 {
				t.Fatal("no list block")
			}
			p := s.protocol(t)
			for _, block := range blocks {
				config := map[string]string{}
				for _, a := range listValue.FindAllStringSubmatch(block[2], -1) {
					config[a[1]] = a[2]
				}
				names, warnings := namesOf(p.list(block[1], config, 10000))
				if want := s.matching(block[1], config); len(names) != want || want == 0 || len(warnings) > 0 {
					t.Errorf("%s with %v found %d results, want %d, and warns %q", block[1], config, len(names), want, warnings)
				}
			}
		})
	}
}

// securables are all that the example's test cluster has.
func (s *testCluster) securables() []fakekusto.Securable {
	all := []fakekusto.Securable{database("Sales"), {Kind: "table", Database: "Sales", Entity: "Orders"}}
	for _, k := range kusto.SecurableTypes {
		all = append(all, exampleSecurable(k.Slug))
	}
	return all
}

// matching is how many results a list should have: grants, roles that anybody holds, or
// securables on which anybody has a role.
func (s *testCluster) matching(typeName string, config map[string]string) int {
	seen := make(map[string]bool)
	all := s.AllGrants()
	all = append(all, fakekusto.HeldGrant{Securable: onCluster, Grant: fakekusto.Grant{Role: "alldatabasesadmins", FQN: s.deployer.FQN()}})
	for _, g := range all {
		for _, k := range kusto.SecurableTypes {
			what, _ := strings.CutPrefix(typeName, "kusto_"+k.Slug+"_")
			key := line(g.Securable, g.Grant.Role, "", "")
			switch {
			case g.Securable.Kind != k.Keyword || what != "principal" && what != "role" && what != "access":
			case config["database_name"] != "" && config["database_name"] != g.Securable.Database:
			case k.InsideDatabase() && config[k.NameAttribute()] != "" && config[k.NameAttribute()] != g.Securable.Entity:
			case config["role"] != "" && config["role"] != g.Grant.Role:
			case config["principal_fqn"] != "" && fqnNamed(config["principal_fqn"]) != g.Grant.FQN:
			case what == "access":
				seen[line(g.Securable, "", "", "")] = true
			case what == "role":
				seen[key] = true
			default:
				seen[key+g.Grant.FQN] = true
			}
		}
	}
	return len(seen)
}

// fqnNamed is the resolved FQN of a principal of an example.
func fqnNamed(name string) string {
	_, id, _ := strings.Cut(name, "=")
	id, _, _ = strings.Cut(id, ";")
	return who(id).FQN()
}
