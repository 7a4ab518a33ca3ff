// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
)

// refresh invokes the action, as a CLI does, and returns its diagnostics.
func (p *protocol) refresh(config map[string]string) []*tfprotov6.Diagnostic {
	p.t.Helper()
	const typeName = "kusto_refresh_group_membership"
	server, ok := p.server.(tfprotov6.ActionServer)
	if !ok {
		p.t.Fatal("the provider has no actions")
	}
	value := p.dynamic(p.schema.ActionSchemas[typeName].Schema, config)
	checked, err := server.ValidateActionConfig(p.t.Context(), &tfprotov6.ValidateActionConfigRequest{ActionType: typeName, Config: value})
	if err != nil {
		p.t.Fatal(err)
	}
	if len(checked.Diagnostics) > 0 {
		return checked.Diagnostics
	}
	if _, err := server.PlanAction(p.t.Context(), &tfprotov6.PlanActionRequest{ActionType: typeName, Config: value}); err != nil {
		p.t.Fatal(err)
	}
	stream, err := server.InvokeAction(p.t.Context(), &tfprotov6.InvokeActionRequest{ActionType: typeName, Config: value})
	if err != nil {
		p.t.Fatal(err)
	}
	for event := range stream.Events {
		if done, ok := event.Type.(tfprotov6.CompletedInvokeActionEventType); ok {
			return done.Diagnostics
		}
	}
	p.t.Fatal("the action did not end")
	return nil
}

func TestRefreshGroupMembership_letsAMemberInAtOnce(t *testing.T) {
	t.Parallel()
	d := fake.Directory()
	group := d.AddGroup(entra.ContosoTenantID, "Admins of a test", "")
	joins := d.AddApp(entra.ContosoTenantID, "joins the admins")
	s := newTestCluster(t)
	s.SetBehaviour(kusto.Behaviour{CachedGroups: true})
	s.Grant(database("Samples"), "admins", group, "")
	member := *s
	member.deployer = joins
	read := func() []tfprotov6.ListResourceResult {
		return member.protocol(t).list("kusto_database_principal", map[string]string{"database_name": "Samples"}, 10)
	}
	if results := read(); len(results) != 1 || !strings.HasPrefix(results[0].Diagnostics[0].Summary, "Not authorized") {
		t.Fatalf("before: %+v", results)
	}
	d.AddMember(group, joins)
	if results := read(); len(results) != 1 || len(results[0].Diagnostics) != 1 {
		t.Fatalf("Kusto forgot at once: %+v", results)
	}
	p := s.protocol(t)
	p.noErrors(p.refresh(map[string]string{"principal_fqn": joins.FQN(), "group_fqn": group.FQN()}))
	if results := read(); len(results) != 1 || len(results[0].Diagnostics) > 0 {
		t.Errorf("after: %+v", results)
	}
}

func TestRefreshGroupMembership_saysWhoMay(t *testing.T) {
	d := fake.Directory()
	group := d.AddGroup(entra.ContosoTenantID, "Group of a test", "")
	s := newTestCluster(t)
	s.deployer = d.AddApp(entra.ContosoTenantID, "member of a test")
	s.Grant(database("Samples"), "admins", s.deployer, "")
	p := s.protocol(t)
	for name, test := range map[string]struct {
		config map[string]string
		want   []string
	}{
		"another principal": {map[string]string{"principal_fqn": "aaduser=bob@contoso.com", "group_fqn": group.FQN()},
			[]string{"Not authorized to refresh the membership of aaduser=bob@contoso.com in " + group.FQN(), "requires the role AllDatabasesMonitor"}},
		"a group that it is not in": {map[string]string{"group_fqn": group.FQN()},
			[]string{"Could not refresh the membership of the identity that runs Terraform in " + group.FQN(), "Kusto said (HTTP 400)", "a group that it is a member of"}},
		"no group": {map[string]string{"group_fqn": "aaduser=bob@contoso.com"}, []string{"Invalid principal", "must be an aadgroup"}},
	} {
		t.Run(name, func(t *testing.T) {
			diags := p.refresh(test.config)
			if len(diags) != 1 {
				t.Fatalf("got %d diagnostics", len(diags))
			}
			text := diags[0].Summary + "\n" + diags[0].Detail
			if i := slices.IndexFunc(test.want, func(w string) bool { return !strings.Contains(text, w) }); i >= 0 {
				t.Errorf("got\n%s\nwithout %q", text, test.want[i])
			}
		})
	}
	d.AddMember(group, s.deployer)
	p.noErrors(p.refresh(map[string]string{"group_fqn": group.FQN()}))
}
