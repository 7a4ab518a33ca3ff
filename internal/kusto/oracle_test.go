// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
)

// alikes are principals of two tenants that share names, and an application's id.
func alikes() []*entra.Principal {
	d := emu.Directory()
	var all []*entra.Principal
	app := newApp("Alike app")
	for _, tenant := range []string{entra.ContosoTenantID, entra.FabrikamTenantID} {
		domain := map[string]string{entra.ContosoTenantID: "contoso.com", entra.FabrikamTenantID: "fabrikam.com"}[tenant]
		all = append(all, d.AddUser(tenant, "alike@"+domain, "Alike"), d.AddGroup(tenant, "Alike", "alike.group@"+domain))
		if tenant == entra.ContosoTenantID {
			all = append(all, app)
			continue
		}
		all = append(all, d.Add(tenant, &entra.Principal{Kind: app.Kind, DisplayName: app.DisplayName, AppID: app.AppID}))
	}
	return all
}

// spellings are names of a principal, and names that are nearly so.
func spellings(p *entra.Principal) (names []string) {
	fqn := must(p.FQN())
	ids := []string{fqn.ID, p.ObjectID, p.DisplayName}
	if p.UPN != "" {
		ids = append(ids, p.UPN)
	}
	if p.Mail != "" {
		ids = append(ids, p.Mail)
	}
	for _, id := range ids {
		for _, tenant := range []string{"", entra.ContosoTenantID, entra.FabrikamTenantID, "contoso.com", "fabrikam.com", "unknown.example"} {
			if f, err := NewFQN(fqn.Type, id, tenant); err == nil {
				names = append(names, f.String())
			}
		}
	}
	return names
}

func nobody(meant string) bool { return strings.HasPrefix(meant, "nobody") }

// For any two spellings, the client says "the same" only if the directory does: with tenants
// that are known and with tenants that are not, whether anybody may be looked up or not, and
// whatever rows show.
func TestPrincipals_areTheSameOnlyIfTheDirectorySaysSo(t *testing.T) {
	t.Parallel()
	all := alikes()
	var names []string
	meant := make(map[string]string)
	for _, p := range all {
		for _, name := range spellings(p) {
			if _, known := meant[name]; !known {
				names = append(names, name)
				meant[name] = "nobody: " + name
				if p, err := emu.Directory().Resolve(name, "oracle"); err == nil {
					meant[name] = p.FQN()
				}
			}
		}
	}
	for _, a := range names {
		for _, b := range names {
			for _, learned := range []bool{true, false} {
				f, g := must(a), must(b)
				if learned {
					f, g = inTenant(f), inTenant(g)
				}
				if f.Equal(g) && meant[a] != meant[b] && (!nobody(meant[a]) || !nobody(meant[b])) {
					t.Errorf("%s and %s are equal (learned %t): %s, %s", a, b, learned, meant[a], meant[b])
				}
			}
		}
	}
	for _, b := range []kusto.Behaviour{{}, {OthersRolesForbidden: true}, {HideObjectIDs: true}, {OthersRolesForbidden: true, HideObjectIDs: true, BareApps: true}, {Columns: "fqn", OthersRolesForbidden: true}} {
		for _, learned := range []bool{true, false} {
			t.Run(fmt.Sprintf("lookups %t, object ids %t, tenants known %t", !b.OthersRolesForbidden, !b.HideObjectIDs, learned), func(t *testing.T) {
				t.Parallel()
				s := newTestCluster(t, func(o *testOptions) {
					if o.Behaviour = b; !learned {
						o.TenantID = nil
					}
				})
				lists := [][]*entra.Principal{all}
				for _, p := range all {
					lists = append(lists, []*entra.Principal{p})
				}
				for i, held := range lists {
					table := entity("table", fmt.Sprintf("T%d", i))
					s.remote.Database("Samples").AddTable(table.Name)
					s.grant(table, Ingestors, held...)
					list := s.mustList(table)
					for _, name := range names {
						m := s.Resolve(t.Context(), list, Ingestors, []FQN{must(name)}, false)[0]
						if m.Grant != nil && m.Grant.Principal.String() != meant[name] {
							t.Errorf("%s of %d rows is taken for %s, and is %s", name, len(held), m.Grant.Principal, meant[name])
						}
						if slices.ContainsFunc(held, func(p *entra.Principal) bool { return p.FQN() == meant[name] }) && !m.Held() {
							t.Errorf("%s of %d rows is not found, and is %s", name, len(held), meant[name])
						}
					}
				}
			})
		}
	}
}
