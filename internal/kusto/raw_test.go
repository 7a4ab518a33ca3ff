// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"strings"
	"testing"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

func TestAsk_returnsTheAnswerAsItIs(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t, byDefault, func(o *testOptions) { o.Behaviour.Columns = "notes" })
	alice := must("aaduser=alice@contoso.com")
	answer, err := s.Conn().Ask(t.Context(), WriteCommand(mgmt.Add, s.db, Viewers, []FQN{alice}, "a note"))
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(answer.Columns, " "); got != "Role PrincipalType PrincipalDisplayName PrincipalObjectId PrincipalFQN Notes" {
		t.Errorf("columns %s", got)
	}
	if g := ReadPrincipalList(s.db, answer.Rows).Find(Viewers, alice); g == nil || g.Notes != "a note" {
		t.Errorf("the list has %+v", g)
	}
	last := answer.Rows[len(answer.Rows)-1]
	if last.Get("PRINCIPALTYPE") != "Microsoft Entra user" || last.Get("RoleAssignmentIdentifier") != "" {
		t.Errorf("the row has the type %q", last.Get("PrincipalType"))
	}
}

func TestAsk_sendsEachCommandOnce(t *testing.T) {
	t.Parallel()
	alice := must("aaduser=alice@contoso.com")
	for name, c := range map[string]struct {
		command mgmt.Command
		text    string
		rows    int
	}{
		"principals": {ShowPrincipals(database("Samples")), ".show database ['Samples'] principals", 1},
		"own roles":  {ShowRoles(database("Samples"), FQN{}), ".show database ['Samples'] principal roles", 1},
		"roles":      {ShowRoles(database("Samples"), alice), ".show database ['Samples'] principal 'aaduser=alice@contoso.com' roles", 0},
		"databases":  {ShowDatabases("Samples"), ".show databases", 1},
		"add":        {WriteCommand(mgmt.Add, database("Samples"), Users, []FQN{alice}, ""), ".add database ['Samples'] users ('aaduser=alice@contoso.com')", 2},
		"drop":       {WriteCommand(mgmt.Drop, database("Samples"), Users, []FQN{alice}, ""), ".drop database ['Samples'] users ('aaduser=alice@contoso.com')", 1},
		"set":        {WriteCommand(mgmt.Set, database("Samples"), Users, []FQN{alice}, ""), ".set database ['Samples'] users ('aaduser=alice@contoso.com')", 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t, byDefault)
			answer, err := s.Conn().Ask(t.Context(), c.command)
			if err != nil || len(answer.Rows) != c.rows || c.command.String() != c.text {
				t.Errorf("%s: %d rows, %v", c.command, len(answer.Rows), err)
			}
			s.wantSent(c.text, 1)
		})
	}
}

func TestAsk_returnsARefusalWithItsType(t *testing.T) {
	t.Parallel()
	for name, wrapped := range map[string]bool{"alone": false, "inside another one": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t, byDefault, func(o *testOptions) { o.Behaviour.Wrapped = wrapped })
			_, err := s.Conn().Ask(t.Context(), ShowPrincipals(database("Nowhere")))
			e := wantReason(t, err, mgmt.ErrSecurableNotFound)
			if e.Type != "Kusto.Data.Exceptions.EntityNotFoundException" || e.Wrapped != wrapped || e.Code != "BadRequest_EntityNotFound" {
				t.Errorf("%+v", e)
			}
		})
	}
}

func TestAsk_doesNotTryAgain(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	s.failOnce(kusto.Fault{Kind: kusto.Throttle, RetryAfter: 7e9})
	_, err := s.Conn().Ask(t.Context(), ShowPrincipals(s.db))
	if e := wantReason(t, err, mgmt.ErrThrottled); e.RetryAfter != 7e9 {
		t.Errorf("Retry-After is %v", e.RetryAfter)
	}
	s.wantSent(".show", 1)
}

func TestRawMetadata_isNotCompleted(t *testing.T) {
	t.Parallel()
	for behaviour, c := range map[string]struct {
		status int
		body   string
	}{"": {200, "KustoServiceResourceId"}, "empty": {200, ""}, "404": {404, "Not Found"}, "missing:KustoServiceResourceId": {200, "LoginEndpoint"}} {
		t.Run(behaviour, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t, func(o *testOptions) { o.Behaviour.Metadata = behaviour })
			status, body, err := s.Conn().RawMetadata(t.Context())
			if err != nil || status != c.status || !strings.Contains(string(body), c.body) || behaviour != "" && strings.Contains(string(body), "KustoServiceResourceId") {
				t.Errorf("%d %s %v", status, body, err)
			}
		})
	}
}
