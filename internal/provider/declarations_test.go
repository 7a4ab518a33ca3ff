// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// names are planned grants without rows.
func names(t *testing.T, written ...string) []*plannedGrant {
	t.Helper()
	var grants []*plannedGrant
	for _, w := range written {
		f, err := kusto.ParseFQN(w)
		if err != nil {
			t.Fatal(err)
		}
		f = f.WithTenantID(map[string]string{"contoso.com": entra.ContosoTenantID, "fabrikam.com": entra.FabrikamTenantID}[f.TenantDomain()])
		grants = append(grants, &plannedGrant{name: f})
	}
	return grants
}

// heldGrant is a planned grant with its row.
func heldGrant(t *testing.T, written, resolved, display, object string) *plannedGrant {
	t.Helper()
	g := names(t, written, resolved)
	g[0].row = &kusto.Grant{Role: kusto.Viewers, Principal: g[1].name, DisplayName: display, ObjectID: object}
	return g[0]
}

func TestDeclarations_findsWhatTwoResourcesPlan(t *testing.T) {
	t.Parallel()
	const (
		id, tenant = "a6f9b3c1-0000-4000-8000-000000000001", entra.ContosoTenantID
		object     = "a6f9b3c1-0000-4000-8000-000000000002"
		otherID    = "a6f9b3c1-0000-4000-8000-000000000003"
		other      = entra.FabrikamTenantID
		upn        = "aaduser=alice@contoso.com"
	)
	alice := heldGrant(t, "aaduser="+id+";"+tenant, "aaduser="+id+";"+tenant, "Alice Ng (upn: alice@contoso.com)", id)
	app := heldGrant(t, "aadapp=dashboard;contoso.com", "aadapp="+id+";"+tenant, "dashboard", object)
	member := func(g ...*plannedGrant) grantPlan { return grantPlan{owned: g} }
	role := func(owned, ignored []*plannedGrant) grantPlan {
		return grantPlan{wholeRole: true, owned: owned, ignored: ignored}
	}
	for _, c := range []struct {
		name                    string
		first, second           grantPlan
		repeated, lost, removed int
	}{
		{"case, and the UPN's own domain", member(names(t, upn)...), member(names(t, "AADUSER=ALICE@contoso.com;Contoso.com")...), 1, 0, 0},
		{"a UPN with the tenant's id", member(names(t, upn)...), member(names(t, upn+";"+tenant)...), 1, 0, 0},
		{"a UPN in two tenants", member(names(t, upn+";"+other)...), member(names(t, upn+";"+tenant)...), 0, 0, 0},
		{"an app with its tenant's id", member(names(t, "aadapp="+id+";contoso.com")...), member(names(t, "aadapp="+id+";"+tenant)...), 1, 0, 0},
		{"an app in a tenant that nobody knows", member(names(t, "aadapp="+id+";x.example")...), member(names(t, "aadapp="+id+";"+tenant)...), 0, 0, 0},
		{"an app without a tenant", member(names(t, "aadapp="+id)...), member(names(t, "aadapp="+id+";"+tenant)...), 0, 0, 0},
		{"an app in two tenants", member(names(t, "aadapp="+id+";"+other)...), member(names(t, "aadapp="+id+";"+tenant)...), 0, 0, 0},
		{"an app in two tenants by domain", member(names(t, "aadapp="+id+";fabrikam.com")...), member(names(t, "aadapp="+id+";contoso.com")...), 0, 0, 0},
		{"a display name in two forms of tenants", member(names(t, "aadapp=x;contoso.com")...), member(names(t, "aadapp=x;"+tenant)...), 1, 0, 0},
		{"two types", member(names(t, "aadgroup=alice@contoso.com")...), member(names(t, upn)...), 0, 0, 0},
		{"a row by its UPN", member(alice), member(names(t, upn)...), 1, 0, 0},
		{"a UPN by its row", member(names(t, upn)...), member(alice), 1, 0, 0},
		{"an app's row by its object id", member(app), member(names(t, "aadapp="+object+";contoso.com")...), 1, 0, 0},
		{"an app's row by its app id", member(names(t, "aadapp="+id+";"+tenant)...), member(app), 1, 0, 0},
		{"an app's row, of another tenant", member(app), member(names(t, "aadapp="+id+";"+other)...), 0, 0, 0},
		{"member, then role", member(alice), role(names(t, upn), nil), 1, 0, 0},
		{"member, then role without it", member(alice), role(names(t, "aaduser=bob@contoso.com"), nil), 0, 0, 1},
		{"role, then member", role(names(t, upn), nil), member(alice), 1, 0, 0},
		{"role, then member that it lacks", role(nil, nil), member(alice), 0, 1, 0},
		{"roles that have one principal in common", role(names(t, upn, "aaduser=bob@contoso.com"), nil), role(names(t, upn, "aaduser=sam.lee@contoso.com"), nil), 1, 1, 1},
		{"role that ignores the member", member(alice), role(nil, names(t, upn)), 0, 0, 0},
		{"member that the role ignores", role(nil, names(t, upn)), member(alice), 0, 0, 0},
		{"member that the role may ignore", role(nil, names(t, "aaduser="+id+";"+tenant)), member(names(t, upn)...), 0, 0, 0},
		{"member that the role does not ignore", role(nil, names(t, "aaduser="+otherID+";"+tenant)), member(alice), 0, 1, 0},
		{"roles that ignore each other", role(names(t, upn), names(t, "aaduser=bob@contoso.com")), role(names(t, "aaduser=bob@contoso.com"), names(t, upn)), 0, 0, 0},
		{"two spellings in one role", member(), role(append(names(t, upn), alice), nil), 0, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var p declarations
			c.first.instance, c.second.instance = "1", "2"
			for _, owned := range [][]*plannedGrant{c.first.owned, c.second.owned} {
				for i, g := range owned { // declare writes to it
					of := *g
					owned[i] = &of
				}
			}
			if f := p.declare(declarationKey{}, c.first); len(f.repeated)+len(f.lost)+len(f.removed) > 0 {
				t.Errorf("the first has conflicts: %v", f)
			}
			f := p.declare(declarationKey{}, c.second)
			if len(f.repeated) != c.repeated || len(f.lost) != c.lost || len(f.removed) != c.removed {
				t.Errorf("%d repeated, %d lost, %d removed, want %d, %d, %d", len(f.repeated), len(f.lost), len(f.removed), c.repeated, c.lost, c.removed)
			}
			if f := p.declare(declarationKey{}, c.second); len(f.repeated)+len(f.lost)+len(f.removed) > 0 {
				t.Errorf("the second is its own conflict: %v", f)
			}
			if f := p.declare(declarationKey{role: "users"}, grantPlan{instance: "3", owned: c.second.owned}); len(f.repeated)+len(f.lost) > 0 {
				t.Errorf("another role has conflicts: %v", f)
			}
		})
	}
}

func TestDeclarations_takesTheSameTimeForEachGrant(t *testing.T) {
	t.Parallel()
	began := time.Now()
	var p declarations
	var ignored []*plannedGrant
	for i := range 10000 {
		g := names(t, fmt.Sprintf("aaduser=%08d-0000-4000-8000-000000000000;%s", i, entra.ContosoTenantID))
		ignored = append(ignored, g...)
		p.declare(declarationKey{}, grantPlan{instance: fmt.Sprint(i), owned: g})
	}
	found := p.declare(declarationKey{}, grantPlan{instance: "role", wholeRole: true, ignored: ignored})
	if len(found.removed) > 0 {
		t.Errorf("%d of the ignored grants are removed", len(found.removed))
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("10,000 grants took %s", took)
	}
}

// What a plan asks of each grant costs the same among ten grants and among ten thousand.
func TestDeclarations_askTheSameAmongTenAndTenThousand(t *testing.T) { //nolint:paralleltest // counts allocations
	cost := func(n int) float64 {
		var p declarations
		for i := range n {
			p.declare(declarationKey{}, grantPlan{instance: fmt.Sprint(i), owned: names(t, fmt.Sprintf("aaduser=%08d-0000-4000-8000-000000000000;%s", i, entra.ContosoTenantID))})
		}
		mine := names(t, "aaduser=alice@contoso.com")
		return testing.AllocsPerRun(10, func() {
			p.ambiguous(declarationKey{}, "mine", mine)
			p.declaredOf(declarationKey{}, mine)
			p.isReleased(declarationKey{}, mine)
		})
	}
	if few, many := cost(10), cost(10000); many > few {
		t.Errorf("%v allocations among 10,000 grants, %v among 10", many, few)
	}
}

// No plan waits for ever: whoever holds the grant and is not planned may give it up.
func TestDeclarations_aPlanWaitsForTheOtherHolders(t *testing.T) {
	t.Parallel()
	mine, other := names(t, "aaduser=alice@contoso.com"), names(t, "aaduser=alice@contoso.com;contoso.com")
	stranger := names(t, "aaduser=bob@contoso.com")
	k := declarationKey{role: "viewers"}
	for _, c := range []struct {
		name  string
		then  func(*declarations, context.CancelFunc)
		given int
	}{
		{"the other one keeps it", func(d *declarations, _ context.CancelFunc) { d.decide(k, other) }, 0},
		{"the other one gives it up", func(d *declarations, _ context.CancelFunc) { d.release(k, other); d.decide(k, other) }, 1},
		{"somebody else is planned first", func(d *declarations, _ context.CancelFunc) { d.decide(k, stranger); d.decide(k, other) }, 0},
		{"the other one is never planned", func(_ *declarations, cancel context.CancelFunc) { cancel() }, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var d declarations
			for _, held := range [][]*plannedGrant{mine, other, stranger} {
				d.read(k, names(t, held[0].name.String()))
			}
			d.decide(k, mine)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			done := make(chan []kusto.FQN)
			go func() { done <- d.givenUp(ctx, k, mine) }()
			c.then(&d, cancel)
			if got := <-done; len(got) != c.given {
				t.Errorf("given up: %v, want %d", got, c.given)
			}
		})
	}
}

// A CLI plans a replacement twice. It drops the warnings of the second time, but that
// is no promise.
func TestPlan_aReplacementsSecondPlanHasNoConflicts(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	s.Grant(database("Samples"), "viewers", who("alice@contoso.com"), "")
	p := s.protocol(t)
	const typeName = "kusto_database_principal"
	schema := p.schema.ResourceSchemas[typeName]
	config := p.dynamic(schema, map[string]string{"database_name": "Samples", "role": "viewers", "principal_fqn": "aaduser=alice@contoso.com"})
	state := p.dynamic(schema, map[string]string{
		"database_name": "Samples", "role": "viewers", "principal_fqn": "aaduser=alice@contoso.com", "cluster_uri": s.uri,
		"resolved_fqn": who("alice@contoso.com").FQN(), "principal_type": "user",
	})
	null := &tfprotov6.DynamicValue{MsgPack: msgpackNull}
	plan := func(prior *tfprotov6.DynamicValue, private []byte) *tfprotov6.PlanResourceChangeResponse {
		t.Helper()
		proposed := config
		if prior == state {
			proposed = state
		}
		resp, err := p.server.PlanResourceChange(t.Context(), &tfprotov6.PlanResourceChangeRequest{
			TypeName: typeName, PriorState: prior, ProposedNewState: proposed, Config: config, PriorPrivate: private,
		})
		if err != nil {
			t.Fatal(err)
		}
		return resp
	}
	first := plan(state, nil)
	p.noErrors(first.Diagnostics)
	p.noErrors(plan(null, first.PlannedPrivate).Diagnostics)
	if other := plan(null, nil); len(other.Diagnostics) != 1 || other.Diagnostics[0].Summary != repeatedGrant {
		t.Errorf("another instance's plan says %v", other.Diagnostics)
	}
	if later := plan(state, first.PlannedPrivate); len(later.Diagnostics) != 1 {
		t.Errorf("an instance with private data of an earlier run is taken for the first: %v", later.Diagnostics)
	}
}
