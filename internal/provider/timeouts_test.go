// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
)

// viewer is a kusto_database_principal that makes somebody a viewer.
func viewer(label, principal, more string) string {
	return fmt.Sprintf("resource \"kusto_database_principal\" %q {\n database_name = \"Samples\"\n role = \"viewers\"\n principal_fqn = %q\n %s\n}\n", label, principal, more)
}

// viewers is a kusto_database_role that owns the list of viewers.
func viewers(label, more string, principals ...string) string {
	return fmt.Sprintf("resource \"kusto_database_role\" %q {\n database_name = \"Samples\"\n role = \"viewers\"\n principals = [\"%s\"]\n %s\n}\n", label, strings.Join(principals, "\", \""), more)
}

func TestTimeouts_refusesThoseThatEndAtOnce(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	var steps []resource.TestStep
	for _, c := range []struct{ operation, value, says string }{
		{"create", "0s", `The value of timeouts.create must be greater than zero, and "0s" is not; omit it for the default.`},
		{"read", "-5m", `The value of timeouts.read must be greater than zero, and "-5m" is not`},
		{"update", "five minutes", `The value of timeouts.update must be a duration such as "30s" or "2h45m", and "five minutes" is not`},
		{"delete", "0", "The value of timeouts.delete must be greater than zero"},
	} {
		more := fmt.Sprintf("timeouts = { %s = %q }", c.operation, c.value)
		for _, hcl := range []string{viewer("it", "aaduser=alice@contoso.com", more), viewers("it", more, "aaduser=alice@contoso.com")} {
			steps = append(steps, resource.TestStep{Config: s.config(hcl), PlanOnly: true, ExpectError: says("Invalid timeout", c.says)})
		}
	}
	s.test(t, steps...)
}

// unansweredCase is a plan against a cluster that answers 503 to everything.
type unansweredCase struct {
	name, first, then string
	args              []string
	says              []string // in the warning
}

// A plan ends within the resource's read timeout, and says what it could not check.
func TestPlan_endsAlthoughKustoDoesNotAnswer(t *testing.T) {
	t.Parallel()
	const short = `timeouts = { read = "1s" }`
	const unchecked, again = "Check skipped during plan", "The apply checks again that nobody is locked out."
	const lastAdmin = `Could not check whether the last admin access to database "Samples" is removed. Kusto said (HTTP 503)`
	for _, c := range []unansweredCase{
		{name: "a new role", then: viewers("it", short, "aaduser=alice@contoso.com"),
			says: []string{unchecked, `Could not check who will lose the role viewers on database "Samples". Kusto said (HTTP 503)`, "Not retried further", again}},
		{name: "a new list of admins", then: admins(alice, short), says: []string{unchecked, "who will lose the role admins", again}},
		{name: "an admin's end", first: admin("it", alice, short), then: "", says: []string{unchecked, lastAdmin, again}},
		{name: "an admin's end, by destroy", first: admin("it", alice, short), then: admin("it", alice, short), args: []string{"-destroy"}, says: []string{unchecked, lastAdmin}},
		{name: "the end of a list of admins", first: admins(alice, short), then: "", says: []string{unchecked, lastAdmin}},
		{name: "a change of a list of admins", first: admins(alice, short), then: admins(bob, short), says: []string{unchecked, lastAdmin}},
		{name: "a name that only Kusto knows", first: viewer("it", "aadgroup=Data Readers;contoso.com", short), then: viewer("it", "aadgroup=data-readers@contoso.com", short),
			says: []string{unchecked, "Could not check whether aadgroup=Data Readers;contoso.com and aadgroup=data-readers@contoso.com are the same principal", "takes them for two principals"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t)
			w := workspace(t)
			ctx := testContext(t)
			for i, hcl := range []string{c.first, c.then} {
				if err := w.Write("main.tf", requiresKusto+s.config(hcl)); err != nil {
					t.Fatal(err)
				}
				for _, args := range [][]string{{"init", "-no-color"}, {"apply", "-no-color", "-auto-approve"}} {
					if i > 0 || c.first == "" && args[0] == "apply" {
						continue
					}
					if _, err := w.Must(ctx, 0, args...); err != nil {
						t.Fatal(err)
					}
				}
			}
			held := s.held()
			s.SetFaults(kusto.FaultPlan{Unavailable: 1})
			out, err := w.Must(ctx, 0, append([]string{"plan", "-no-color", "-refresh=false"}, c.args...)...)
			if err != nil {
				t.Fatal(err)
			}
			if !says(c.says...).MatchString(out) {
				t.Errorf("the plan does not say %q:\n%s", c.says, out)
			}
			if err := same("the cluster", s.held(), held); err != nil {
				t.Error(err)
			}
		})
	}
}

// What may be created in the same apply is one warning, which says so.
func TestPlan_warnsOnceOfWhatDoesNotExistYet(t *testing.T) {
	t.Parallel()
	const short = `timeouts = { read = "2s" }`
	nowhere := `cluster_uri = "https://not-there-yet.westeurope.kusto.windows.net"`
	for name, hcl := range map[string]string{
		"a database": strings.ReplaceAll(viewers("v", short, "aaduser=alice@contoso.com")+admins(alice, short), `"Samples"`, `"Later"`),
		"a cluster":  admins(alice, nowhere+"\n"+short) + viewers("a", nowhere+"\n"+short, "aaduser=alice@contoso.com"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t)
			w := workspace(t)
			if err := w.Write("main.tf", requiresKusto+s.config(hcl)); err != nil {
				t.Fatal(err)
			}
			for _, args := range [][]string{{"init", "-no-color"}, {"plan", "-no-color"}} {
				out, err := w.Must(testContext(t), 0, args...)
				if err != nil {
					t.Fatal(err)
				}
				if args[0] == "plan" && (strings.Count(out, "Warning:") != 1 || !says("created in the same apply, ignore this warning").MatchString(out)) {
					t.Errorf("%s does not warn once:\n%s", args[0], out)
				}
			}
		})
	}
}
