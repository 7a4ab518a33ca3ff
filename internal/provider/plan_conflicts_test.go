// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	repeatedGrant = "Two resources declare the same grant"
	removedGrant  = "A role resource removes a grant that another resource declares"
)

// counted are viewers by count.
func counted(principals ...string) string {
	return fmt.Sprintf("locals {\n it = [\"%s\"]\n}\n", strings.Join(principals, "\", \"")) +
		strings.ReplaceAll(viewer("it", "_", "count = length(local.it)"), `"_"`, "local.it[count.index]")
}

const before = "lifecycle {\n create_before_destroy = true\n }"

// conflictCase is what is applied, what is planned then, and what the plan warns of.
type conflictCase struct {
	name, first, then string
	flags             []string
	warns             []string // a summary, and words of the detail
}

func (c conflictCase) run(t *testing.T, verb ...string) (*testCluster, string) {
	t.Helper()
	s := newTestCluster(t)
	w := workspace(t)
	ctx := testContext(t)
	hcl := func(body string) {
		if err := w.Write("main.tf", requiresKusto+s.config(body)); err != nil {
			t.Fatal(err)
		}
	}
	must := func(args ...string) string {
		out, err := w.Must(ctx, 0, append(args, "-no-color")...)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	hcl(c.first)
	must("init")
	if c.first != "" {
		if out := must("apply", "-auto-approve"); strings.Contains(out, "Warning") {
			t.Fatalf("the first apply warns:\n%s", out)
		}
	}
	hcl(c.then)
	out := must(append(verb, c.flags...)...)
	if state, err := os.ReadFile(filepath.Join(w.Dir, "terraform.tfstate")); err == nil && strings.Contains(string(state), `"private"`) {
		t.Errorf("the state has private data, which are good for one run only:\n%s", state)
	}
	return s, out
}

func TestPlan_warnsOfGrantsThatTwoResourcesDeclare(t *testing.T) {
	t.Parallel()
	const upn, full = "aaduser=alice@contoso.com", "AADUSER=Alice@Contoso.com;contoso.com"
	id := who("alice@contoso.com").FQN()
	for _, c := range []conflictCase{
		{name: "two members, two spellings", then: viewer("a", upn, "") + viewer("b", full, ""), warns: []string{repeatedGrant, "the role viewers on database \"Samples\"", "lifecycle { destroy = false }"}},
		{name: "object id and tenant in two forms", then: viewer("a", id, "") + viewer("b", strings.Split(id, ";")[0]+";contoso.com", ""), warns: []string{repeatedGrant}},
		{name: "a UPN beside an object id in the state", first: viewer("a", id, ""), then: viewer("a", id, "") + viewer("b", upn, ""), warns: []string{repeatedGrant}},
		{name: "an object id beside a UPN in the state", first: viewer("a", upn, ""), then: viewer("a", upn, "") + viewer("b", id, ""), warns: []string{repeatedGrant}},
		{name: "member and role", then: viewer("a", upn, "") + viewers("it", "", full), warns: []string{repeatedGrant}},
		{name: "two roles", then: viewers("a", "", upn) + viewers("b", "", full), warns: []string{repeatedGrant}},
		{name: "a member that the role does not list", then: viewer("a", upn, "") + viewers("it", "", "aaduser=bob@contoso.com"), warns: []string{removedGrant, "The grants are kept"}},
		{name: "two roles without a common principal", then: viewers("a", "", upn) + viewers("b", "", "aaduser=bob@contoso.com"), warns: []string{removedGrant}},
		{
			name: "a replacement becomes the other's grant", first: viewer("a", upn, "") + viewer("b", "aaduser=bob@contoso.com", ""),
			then: viewer("a", upn, "") + viewer("b", full, ""), warns: []string{repeatedGrant},
		},
		{name: "many", then: viewer("many", upn, "count = 30"), warns: []string{repeatedGrant}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, out := c.run(t, "plan")
			if !says(c.warns...).MatchString(strings.ReplaceAll(out, "│", "")) {
				t.Errorf("the plan does not warn with %q:\n%s", c.warns, out)
			}
		})
	}
}

func TestPlan_doesNotTakeAnInstanceForItsOwnDuplicate(t *testing.T) {
	t.Parallel()
	const one, two, three = "aaduser=alice@contoso.com", "aaduser=bob@contoso.com", "aadapp=dashboard;contoso.com"
	replacedBy := "lifecycle {\n replace_triggered_by = [terraform_data.it]\n }"
	trigger := func(v string) string { return fmt.Sprintf("resource \"terraform_data\" \"it\" {\n input = %q\n}\n", v) }
	for _, c := range []conflictCase{
		{name: "a shifted list", first: counted(one, two, three), then: counted(two, three)},
		{name: "two that change places", first: viewer("a", one, "") + viewer("b", two, ""), then: viewer("a", two, "") + viewer("b", one, "")},
		{name: "a renamed label", first: viewer("a", one, ""), then: viewer("b", one, "")},
		{name: "a renamed label with moved", first: viewer("a", one, ""), then: viewer("b", one, "") + "moved {\n from = kusto_database_principal.a\n to = kusto_database_principal.b\n}\n"},
		{name: "from members to a role", first: viewer("a", one, "") + viewer("b", two, ""), then: viewers("it", "", one, two)},
		{name: "from a role to members", first: viewers("it", "", one, two), then: viewer("a", one, "") + viewer("b", two, "")},
		{name: "-replace", first: viewer("a", one, ""), then: viewer("a", one, ""), flags: []string{"-replace=kusto_database_principal.a"}},
		{name: "-replace, created before destroyed", first: viewer("a", one, before), then: viewer("a", one, before), flags: []string{"-replace=kusto_database_principal.a"}},
		{name: "-replace of a role", first: viewers("a", "", one, two), then: viewers("a", "", one, two), flags: []string{"-replace=kusto_database_role.a"}},
		{name: "-replace of a role, created before destroyed", first: viewers("a", before, one, two), then: viewers("a", before, one, two), flags: []string{"-replace=kusto_database_role.a"}},
		{name: "replace_triggered_by", first: trigger("1") + viewer("a", one, replacedBy), then: trigger("2") + viewer("a", one, replacedBy)},
		{name: "another principal", first: viewer("a", two, ""), then: viewer("a", one, "")},
		{name: "another principal, created before destroyed", first: viewer("a", two, before), then: viewer("a", one, before)},
		{name: "notes, after notes", first: viewer("a", one, `notes = "1"`), then: viewer("a", one, `notes = "2"`)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, out := c.run(t, "apply", "-auto-approve")
			if strings.Contains(out, "Warning") {
				t.Errorf("the plan warns:\n%s", out)
			}
			var want []string
			for written, p := range map[string]string{one: "alice@contoso.com", two: "bob@contoso.com", three: "dashboard"} {
				if strings.Contains(c.then, written) {
					want = append(want, line(database("Samples"), "viewers", who(p).FQN(), map[bool]string{true: "2"}[strings.Contains(c.then, "notes")]))
				}
			}
			if len(want) > 0 {
				if err := same("the cluster", s.held(), want); err != nil {
					t.Error(err)
				}
			}
		})
	}
}
