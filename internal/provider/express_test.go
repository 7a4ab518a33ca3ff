package provider

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// The lane is of use only while it is taken: a refresh and a plan of what is as
// it should be must not meet the framework once.
func TestExpress_carriesAPlanThatChangesNothing(t *testing.T) {
	t.Parallel()
	for _, k := range kindTests("Night Admin") {
		t.Run(k.kind.Slug, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			k.addTo(s)
			role := k.kind.RoleNames()[len(k.kind.Roles)-1]
			config := s.config(k.principal(role, "aaduser=alice@contoso.com", `notes = "n"`) +
				k.role(k.kind.RoleNames()[0], `allow_lockout = true`, "aaduser=bob@contoso.com", "aadapp=dashboard;contoso.com"))
			if len(k.kind.Roles) == 1 { // then the role resource would own the member's role
				config = s.config(k.principal(role, "aaduser=alice@contoso.com", `timeouts = { read = "1m" }`))
			}
			count := new(tally)
			resource.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: factoriesWith(count),
				Steps: []resource.TestStep{
					{Config: config},
					{
						PreConfig:        count.reset,
						Config:           config,
						ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
						Check: func(*terraform.State) error {
							for _, c := range count.all() {
								if c.taken.Load() == 0 || c.handed.Load() > 0 {
									return fmt.Errorf("not everything took the lane: %s", count)
								}
							}
							return nil
						},
					},
				},
			})
		})
	}
}

// A new grant whose values are all known is planned without the framework too.
func TestExpress_plansANewGrant(t *testing.T) {
	t.Parallel()
	s, count := newStage(t), new(tally)
	p := s.protocolOf(t, newExpress("test", count, WithPauses(quickly)))
	name := principalTypeName(kusto.Database)
	config := p.dynamic(p.schema.ResourceSchemas[name], map[string]string{
		"database_name": "Samples", "role": "viewers", "principal_fqn": "aaduser=alice@contoso.com",
	})
	plan, err := p.server.PlanResourceChange(t.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: name, PriorState: &tfprotov6.DynamicValue{MsgPack: nothing}, Config: config, ProposedNewState: config,
	})
	if err != nil {
		t.Fatal(err)
	}
	p.noErrors(plan.Diagnostics)
	planned := p.strings(p.schema.ResourceSchemas[name].ValueType(), plan.PlannedState)
	if want := s.uri + "|Samples|viewers|aaduser=alice@contoso.com"; count.plan.taken.Load() != 1 || planned["id"] != want {
		t.Errorf("%s: %v", count, planned)
	}
}

func TestExpress_knowsEveryResource(t *testing.T) {
	t.Parallel()
	for name, l := range newLanes() {
		if l == nil {
			t.Errorf("%s has a schema that the lane cannot read", name)
		}
	}
}

func (t *tally) reset() {
	for _, c := range t.all() {
		c.taken.Store(0)
		c.handed.Store(0)
	}
}

func (t *tally) String() string {
	out := ""
	for _, c := range t.all() {
		out += fmt.Sprintf("%s: %d taken, %d handed over; ", c.name, c.taken.Load(), c.handed.Load())
	}
	return out
}

type namedTurns struct {
	name string
	*turns
}

func (t *tally) all() []namedTurns {
	return []namedTurns{{"upgrade", &t.upgrade}, {"validate", &t.validate}, {"read", &t.read}, {"plan", &t.plan}}
}
