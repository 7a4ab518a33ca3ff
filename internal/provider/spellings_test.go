// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
)

// spellings are the names of one principal.
func spellings(p *entra.Principal) []string {
	if p.UPN != "" {
		return []string{"aaduser=" + p.UPN, "aaduser=" + p.UPN + ";" + p.TenantID, p.FQN()}
	}
	return []string{"aadapp=" + p.DisplayName + ";contoso.com", "aadapp=" + p.AppID + ";" + p.TenantID, "aadapp=" + p.ObjectID + ";" + p.TenantID}
}

// Each step ends with plans that must be empty, before and after a refresh.
func TestRole_spellingsOfOnePrincipalAreOneMember(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"alice@contoso.com", "dashboard"} {
		p := who(name)
		all := spellings(p)
		for _, c := range []struct {
			name        string
			first, then []string
		}{
			{"two spellings, one removed", all[:2], all[:1]},
			{"two spellings, the other removed", all[1:], all[2:]},
			{"three spellings, two removed", all, all[2:]},
			{"three spellings, one removed", all, all[:2]},
			{"a second spelling", all[:1], []string{all[0], all[2]}},
			{"a third spelling", all[:2], all},
			{"all spellings replaced by another one", all[:2], all[2:]},
			{"one spelling replaced by two", all[:1], all[1:]},
		} {
			t.Run(name+", "+c.name, func(t *testing.T) {
				t.Parallel()
				s := newTestCluster(t)
				if testBehaviour.HideObjectIDs && p.AppID != "" {
					t.Skip("this behaviour shows no object id of an application")
				}
				holds := s.holds(line(database("Samples"), "viewers", p.FQN(), ""))
				unchanged := resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}
				hcl := func(names []string) string { return s.config(viewers("it", "", names...)) }
				s.test(t,
					resource.TestStep{Config: hcl(c.first), Check: resource.ComposeAggregateTestCheckFunc(holds, s.sent(".add", 1))},
					resource.TestStep{
						PreConfig: s.ResetCommands, Config: hcl(c.then), ConfigPlanChecks: unchanged,
						Check: resource.ComposeAggregateTestCheckFunc(holds, s.sent(".add", 0), s.sent(".drop", 0), s.sent(".set", 0)),
					},
					resource.TestStep{RefreshState: true},
					resource.TestStep{Config: hcl(c.then), PlanOnly: true},
				)
			})
		}
	}
}

// Other members come and go beside two spellings of one that is kept.
func TestRole_spellingsOfOnePrincipalStayWhileOthersChange(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	all := spellings(who("alice@contoso.com"))
	hcl := func(names ...string) string { return s.config(viewers("it", "", names...)) }
	viewersAre := func(names ...string) resource.TestCheckFunc {
		var lines []string
		for _, n := range names {
			lines = append(lines, line(database("Samples"), "viewers", who(n).FQN(), ""))
		}
		return s.holds(lines...)
	}
	s.test(t,
		resource.TestStep{Config: hcl(all[0], all[2]), Check: viewersAre("alice@contoso.com")},
		resource.TestStep{Config: hcl(all[0], strings.Trim(bob, `"`)), Check: resource.ComposeAggregateTestCheckFunc(
			viewersAre("alice@contoso.com", "bob@contoso.com"), s.sent(".drop", 0), s.sent(".set", 0))},
		resource.TestStep{Config: hcl(all[1], all[2], strings.Trim(bob, `"`)), Check: viewersAre("alice@contoso.com", "bob@contoso.com")},
		resource.TestStep{
			PreConfig: func() { s.Revoke(database("Samples"), "viewers", who("alice@contoso.com")) }, // drift
			Config:    hcl(all[0], all[2]), Check: viewersAre("alice@contoso.com"),
		},
		resource.TestStep{Config: hcl(strings.Trim(bob, `"`)), Check: viewersAre("bob@contoso.com")},
	)
}
