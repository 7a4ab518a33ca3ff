// SPDX-License-Identifier: MPL-2.0

package emulator_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	fakekusto "github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
)

const clearGroups = ".clear cluster cache groupmembership"

// clearers is a fixture in which alice is in On-Call, bob is the cluster's monitor, and
// erin is only its viewer.
func clearers(t *testing.T) *fixture {
	t.Helper()
	s := newFixture(t)
	d := s.Directory()
	d.AddMember(d.Must("On-Call"), d.Must("alice@contoso.com"))
	s.cluster.Grant(fakekusto.Securable{Kind: "cluster"}, "alldatabasesmonitors", d.Must("bob@contoso.com"), "")
	s.cluster.Grant(fakekusto.Securable{Kind: "cluster"}, "alldatabasesviewers", d.Must("erin@fabrikam.com"), "")
	return s
}

// as sends a command as a principal.
func (s *fixture) as(who, command string) *answer {
	s.t.Helper()
	a, err := s.send(s.AppToken(s.Directory().Must(who), kusto, time.Hour), "Samples", command)
	if err != nil {
		s.t.Fatal(err)
	}
	return a
}

func TestClear_isForMembersAndMonitors(t *testing.T) {
	const group, principal, readers = "group='aadgroup=On-Call;contoso.com'", "principal='aaduser=alice@contoso.com'", "group='aadgroup=data-readers@contoso.com'"
	const unauthorized = "is not authorized to write cluster 'demo.westeurope.kusto.windows.net'."
	s := clearers(t)
	for _, c := range []struct {
		who, with string
		status    int
		detail    string
	}{
		{"alice@contoso.com", "", 200, ""},
		{"alice@contoso.com", group, 200, ""},
		{"alice@contoso.com", readers, 400, "is not a member of"},
		{"alice@contoso.com", principal, 403, unauthorized}, // even for oneself
		{"alice@contoso.com", group + ", " + principal, 403, unauthorized},
		{"erin@fabrikam.com", "", 200, ""},
		{"erin@fabrikam.com", group, 400, "is not a member of"},
		{"erin@fabrikam.com", principal, 403, unauthorized},
		{"bob@contoso.com", "", 200, ""},
		{"bob@contoso.com", group, 200, ""}, // monitors need not be members
		{"bob@contoso.com", principal, 200, ""},
		{"bob@contoso.com", principal + "," + readers, 200, ""},
		{"ci-deployer", readers + "," + principal, 200, ""},
		{"bob@contoso.com", "principal='aaduser=nobody@contoso.com'", 400, "of type 'AAD User' was not found"},
		{"bob@contoso.com", "principal='alice'", 400, "not a valid principal"},
		{"alice@contoso.com", "group='aadgroup=Nobody;contoso.com'", 400, "of type 'AAD Group' was not found"},
		{"bob@contoso.com", "principal='aadgroup=On-Call;contoso.com'", 400, "'aadgroup=On-Call;contoso.com' cannot be the principal."},
		{"bob@contoso.com", "group='aaduser=alice@contoso.com'", 400, "'aaduser=alice@contoso.com' cannot be the group."},
	} {
		command := clearGroups
		if c.with != "" {
			command += " with (" + c.with + ")"
		}
		if a := s.as(c.who, command); a.status != c.status || !strings.Contains(a.Error.Detail, c.detail) {
			t.Errorf("%s as %s: %d %s", command, c.who, a.status, a.raw)
		}
	}
	if got := s.cluster.Commands()[1]; got.Verb != ".clear" || got.Securable != (fakekusto.Securable{Kind: "cluster"}) || got.Role != "" {
		t.Errorf("logged: %+v", got)
	}
}

func TestClear_isLimitedToTenAnHour(t *testing.T) {
	const own = clearGroups + " with (group='aadgroup=On-Call;contoso.com')"
	s := clearers(t)
	for i := range 10 {
		if a := s.as("alice@contoso.com", clearGroups+" with (group='aadgroup=data-readers@contoso.com')"); a.status != 400 {
			t.Fatalf("refused, which does not count, %d: %d %s", i, a.status, a.raw)
		}
		if a := s.as("alice@contoso.com", own); a.status != 200 {
			t.Fatalf("%d: %d %s", i, a.status, a.raw)
		}
	}
	for _, command := range []string{own, clearGroups} {
		if a := s.as("alice@contoso.com", command); a.status != http.StatusTooManyRequests || a.Error.Type != "Kusto.Data.Exceptions.QuotaExceededException" {
			t.Errorf("%s: %d %s", command, a.status, a.raw)
		}
	}
	if a := s.as("sam.lee@contoso.com", clearGroups); a.status != 200 {
		t.Errorf("someone else: %d %s", a.status, a.raw)
	}
	for i := range 12 {
		if a := s.as("bob@contoso.com", own); a.status != 200 {
			t.Errorf("a monitor, %d: %d %s", i, a.status, a.raw)
		}
	}
}

func TestClear_answersByBehaviour(t *testing.T) {
	s := newFixture(t)
	for form, want := range map[string]string{
		"":         `{"Tables":[{"TableName":"Table_0","Columns":[],"Rows":[]}]}`,
		"no_table": `{"Tables":[]}`,
		"row":      `{"Tables":[{"TableName":"Table_0","Columns":[{"ColumnName":"Result","DataType":"String","ColumnType":"string"}],"Rows":[["Completed"]]}]}`,
	} {
		s.cluster.SetBehaviour(fakekusto.Behaviour{ClearAnswer: form})
		if a := s.run("", clearGroups); a.status != 200 || string(a.raw) != want {
			t.Errorf("%s: %d %s", form, a.status, a.raw)
		}
	}
}

func TestMembership_countsAtOnceUnlessTheClusterRemembers(t *testing.T) {
	const refreshAlice = clearGroups + " with (principal='aaduser=alice@contoso.com')"
	for cached, want := range map[bool]struct{ joined, left int }{false: {200, 403}, true: {403, 200}} {
		s := clearers(t)
		s.cluster.SetBehaviour(fakekusto.Behaviour{CachedGroups: cached})
		d := s.Directory()
		readers, alice := d.Must("Data Readers"), d.Must("alice@contoso.com")
		s.cluster.Grant(samples, "admins", readers, "")
		for _, step := range []struct {
			does         string
			do           func()
			who, command string // run after it
			status       int    // of alice's list then
		}{
			{"nothing", func() {}, "", "", 403},
			{"joins", func() { d.AddMember(readers, alice) }, "", "", want.joined},
			{"someone else refreshes", func() {}, "sam.lee@contoso.com", clearGroups, want.joined},
			{"refreshes", func() {}, "alice@contoso.com", clearGroups + " with (group='aadgroup=data-readers@contoso.com')", 200},
			{"leaves", func() { d.RemoveMember(readers, alice) }, "", "", want.left},
			{"is refreshed", func() {}, "bob@contoso.com", refreshAlice, 403},
		} {
			step.do()
			if step.who != "" {
				if a := s.as(step.who, step.command); a.status != 200 {
					t.Fatalf("%s: %d %s", step.does, a.status, a.raw)
				}
			}
			roles := len(s.run("Samples", ".show database Samples principal 'aaduser=alice@contoso.com' roles").rows(t))
			if a := s.as("alice@contoso.com", ".show tables"); a.status != step.status || (roles == 1) != (step.status == 200) {
				t.Errorf("cached %t, alice %s: %d and %d roles, want %d", cached, step.does, a.status, roles, step.status)
			}
		}
	}
}

func TestMembership_isRememberedFromTheFirstLook(t *testing.T) {
	s := clearers(t)
	s.cluster.SetBehaviour(fakekusto.Behaviour{CachedGroups: true})
	d := s.Directory()
	onCall, alice := d.Must("On-Call"), d.Must("alice@contoso.com")
	s.cluster.Grant(samples, "users", onCall, "")
	if a := s.as("alice@contoso.com", ".show tables"); a.status != 200 {
		t.Fatalf("a member of old: %d %s", a.status, a.raw)
	}
	d.RemoveMember(onCall, alice)
	// A principal that is no longer in the group cannot refresh its membership of it.
	if a := s.as("alice@contoso.com", clearGroups+" with (group='aadgroup=On-Call;contoso.com')"); a.status != 400 {
		t.Errorf("her own refresh: %d %s", a.status, a.raw)
	}
	if a := s.as("alice@contoso.com", ".show tables"); a.status != 200 {
		t.Errorf("before the refresh: %d %s", a.status, a.raw)
	}
	s.as("alice@contoso.com", clearGroups)
	if a := s.as("alice@contoso.com", ".show tables"); a.status != 403 {
		t.Errorf("after the refresh: %d %s", a.status, a.raw)
	}
}
