// SPDX-License-Identifier: MPL-2.0

package main

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
)

// refusing makes the cluster refuse some commands because of what they say.
func refusing(refuses func(kusto.Command) bool) func(*testCluster) {
	return func(c *testCluster) {
		c.Intercept(func(command kusto.Command) *kusto.Fault {
			if !refuses(command) {
				return nil
			}
			return &kusto.Fault{Kind: kusto.Custom, Status: http.StatusBadRequest, Body: `{"error":{"code":"General_BadRequest",` +
				`"@type":"Kusto.Data.Exceptions.OddException","@message":"Not so.","@permanent":true}}`}
		})
	}
}

func hasNoTenant(fqn string) bool { return !strings.Contains(fqn, ";") && !strings.Contains(fqn, "@") }

const (
	aLongNote  = "Notes that are very long"
	many       = "Principals in one command"
	tenantless = "A name without a tenant"
	ofCluster  = "Principals of the cluster"
	mode       = "DatabaseAccessMode"
	follower   = "A database that follows another cluster's"
	ofARM      = "RoleAssignmentIdentifier"
)

func TestProbe_answersWhatTheFileDoesNotHold(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		behaviour      kusto.Behaviour
		change         func(*testCluster)
		question, want string
	}{
		"long notes":                {kusto.Behaviour{}, nil, aLongNote, "are stored as given"},
		"long notes cut":            {kusto.Behaviour{Notes: "cut"}, nil, aLongNote, "are cut after 64 characters"},
		"long notes dropped":        {kusto.Behaviour{Notes: "dropped"}, nil, aLongNote, "are not stored"},
		"no notes shown":            {kusto.Behaviour{Columns: "fqn"}, nil, aLongNote, "unknown: the list has no column Notes"},
		"long notes refused":        {kusto.Behaviour{}, refusing(func(c kusto.Command) bool { return len(c.Notes) > 1000 }), aLongNote, "5000 characters are refused (400), 1000 are stored as given"},
		"all notes refused":         {kusto.Behaviour{}, refusing(func(c kusto.Command) bool { return len(c.Notes) > 64 }), aLongNote, "100 characters are refused (400)"},
		"principals":                {kusto.Behaviour{}, nil, many, "200 are accepted"},
		"principals refused":        {kusto.Behaviour{}, refusing(func(c kusto.Command) bool { return len(c.Principals) > 50 }), many, "50 are accepted, 100 are refused (400)"},
		"without tenant":            {kusto.Behaviour{}, nil, tenantless, "is granted, and its row has the tenant"},
		"app without tenant":        {kusto.Behaviour{}, testsAnApp, tenantless, "is granted, and its row has the tenant"},
		"no tenant, refused":        {kusto.Behaviour{}, refusing(func(c kusto.Command) bool { return slices.ContainsFunc(c.Principals, hasNoTenant) }), tenantless, "is refused (400)"},
		"no tenant, no drop":        {kusto.Behaviour{}, refusing(func(c kusto.Command) bool { return c.Verb == ".drop" && slices.ContainsFunc(c.Principals, hasNoTenant) }), tenantless, "is granted, and its row has the tenant"},
		"nobody to try":             {kusto.Behaviour{}, func(c *testCluster) { c.without("OTHER_PRINCIPAL") }, tenantless, "unknown: needs KUSTO_TEST_PRINCIPAL or KUSTO_TEST_OTHER_PRINCIPAL to be an application or a group of your tenant"},
		"cluster":                   {kusto.Behaviour{}, nil, ofCluster, "all seven"},
		"cluster, older":            {kusto.Behaviour{Columns: "notes"}, nil, ofCluster, "up to Notes"},
		"cluster, no such command":  {kusto.Behaviour{}, hasNoClusterList, ofCluster, "is a syntax error (400)"},
		"cluster, forbidden":        {kusto.Behaviour{}, func(c *testCluster) { c.forbid(func(c kusto.Command) bool { return c.Securable.Kind == "cluster" }) }, ofCluster, "unknown: the caller may not ask (403)"},
		"databases":                 {kusto.Behaviour{}, nil, mode, "ReadWrite"},
		"follower":                  {kusto.Behaviour{}, hasFollower, mode, "ReadOnlyFollowing, ReadWrite"},
		"no follower":               {kusto.Behaviour{}, nil, follower, "unknown: no database follows another cluster's"},
		"follower, no such command": {kusto.Behaviour{}, hasFollower, follower, "is a syntax error (400)"},
		"follower, columns":         {kusto.Behaviour{}, showsFollower, follower, "DatabaseName, AuthorizedPrincipalsOverride, AuthorizedPrincipalsModificationKind"},
		"no assignment named":       {kusto.Behaviour{}, nil, ofARM, "unknown: needs KUSTO_TEST_ARM_ASSIGNMENT"},
		"another assignment":        {kusto.Behaviour{}, namesAssignment("aaaaaaaa-1111-4000-8000-000000000001"), ofARM, "no row has the name"},
		"that assignment":           {kusto.Behaviour{}, showsAssignment, ofARM, "a row has the name"},
		"no such column":            {kusto.Behaviour{Columns: "notes"}, namesAssignment("x"), ofARM, "unknown: there is no such column"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t, c.behaviour).without("DELETED_PRINCIPAL")
			if c.change != nil {
				c.change(s)
			}
			before := s.held()
			s.mustProbe()
			if after := s.held(); after != before {
				t.Errorf("grants\n%s\nwere\n%s", after, before)
			}
			if line := s.answerTo(c.question); !strings.HasSuffix(line, "  "+c.want) {
				t.Errorf("%s, want %s", line, c.want)
			}
			if name == "follower, columns" && !strings.Contains(s.output.String(), "- AuthorizedPrincipalsOverride: [{Principal.FullyQualifiedName, Role}]\n- AuthorizedPrincipalsModificationKind: Union\n") {
				t.Errorf("%s", &s.output)
			}
			for _, secret := range []string{"Followed", "leader", "aaaaaaaa-1111", "alice"} {
				if table, _, _ := strings.Cut(s.output.String(), "\nWrote "); strings.Contains(table, secret) {
					t.Errorf("%q is in\n%s", secret, table)
				}
			}
		})
	}
}

func testsAnApp(c *testCluster) {
	app := fake.Directory().Must("dashboard")
	c.environment["KUSTO_TEST_PRINCIPAL"] = app.FQN()
}

func hasNoClusterList(c *testCluster) {
	c.Intercept(func(command kusto.Command) *kusto.Fault {
		if command.Text != ".show cluster principals" {
			return nil
		}
		return &kusto.Fault{Kind: kusto.Custom, Status: http.StatusBadRequest, Body: `{"error":{"code":"BadRequest_SyntaxError",` +
			`"@type":"Kusto.Data.Exceptions.SyntaxException","@message":"Syntax error: Query could not be parsed"}}`}
	})
}

func hasFollower(c *testCluster) {
	c.AddDatabase("Followed")
	c.Follow("Followed")
}

// showsFollower answers as Microsoft's page on follower commands has it.
func showsFollower(c *testCluster) {
	hasFollower(c)
	c.Intercept(func(command kusto.Command) *kusto.Fault {
		if command.Text != ".show follower database ['Followed']" {
			return nil
		}
		return oddAnswer(c.t, []string{"DatabaseName", "AuthorizedPrincipalsOverride", "AuthorizedPrincipalsModificationKind"},
			[]string{"Followed", `[{"Principal":{"FullyQualifiedName":"aaduser=leader"},"Role":"alice"}]`, "Union"})
	})
}

func namesAssignment(name string) func(*testCluster) {
	return func(c *testCluster) { c.environment["KUSTO_TEST_ARM_ASSIGNMENT"] = name }
}

func showsAssignment(c *testCluster) {
	namesAssignment("aaaaaaaa-1111-4000-8000-000000000001")(c)
	c.Intercept(func(command kusto.Command) *kusto.Fault {
		if command.Securable.Kind != "external table" || !strings.HasSuffix(command.Text, "principals") {
			return nil
		}
		return oddAnswer(c.t, principalColumns, []string{"External Table Archive Admin", "Microsoft Entra user", "Bob Marsh", "", fake.Directory().Must("bob@contoso.com").FQN(), "", "AAAAAAAA-1111-4000-8000-000000000001"})
	})
}
