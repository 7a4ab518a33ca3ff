// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
)

func TestProbe_asksWithoutATestPrincipal(t *testing.T) {
	t.Parallel()
	c := newTestCluster(t, kusto.Behaviour{AddKeepsNotes: true, RolesID: "fqn"})
	c.without("PRINCIPAL", "OTHER_PRINCIPAL", "DELETED_PRINCIPAL", "TABLE", "GRAPH_MODEL", "FUNCTION", "EXTERNAL_TABLE", "MATERIALIZED_VIEW")
	before := c.held()
	c.mustProbe()
	if after := c.held(); after != before {
		t.Errorf("grants\n%s\nwere\n%s", after, before)
	}
	if got := c.result(); got != (kusto.Behaviour{AddKeepsNotes: true, RolesID: "fqn"}) {
		t.Errorf("the file has %+v", got)
	}
	for question, want := range map[string]string{
		"A role that needs another one first": "unknown: needs KUSTO_TEST_PRINCIPAL",
		"Admins of a table itself":            "unknown: needs KUSTO_TEST_TABLE",
		"Role of a graph model's admin":       "unknown: needs KUSTO_TEST_GRAPH_MODEL",
		"Database roles in an entity's list":  "unknown: needs KUSTO_TEST_TABLE or another entity",
		"Name of a group with an address":     "unknown: no row is a group with an address",
		"The roles of another principal":      "are shown  are shown",
	} {
		if line := strings.Join(strings.Fields(c.answerTo(question)), " "); !strings.Contains(line, strings.Join(strings.Fields(want), " ")) {
			t.Errorf("%s, want %s", line, want)
		}
	}
	for _, command := range c.Commands() {
		if command.Role == "admins" && command.Verb != ".show" {
			t.Errorf("%s", command.Text)
		}
	}
}

// A principal that has roles already keeps them and their notes.
func TestProbe_leavesRolesAlone(t *testing.T) {
	t.Parallel()
	c := newTestCluster(t, kusto.Behaviour{}).without("DELETED_PRINCIPAL")
	database := kusto.Securable{Kind: "database", Database: "Samples"}
	alice := fake.Directory().Must("alice@contoso.com")
	for _, role := range []string{"admins", "users", "viewers", "unrestrictedviewers", "ingestors", "monitors"} {
		c.Grant(database, role, alice, "hers")
	}
	c.Grant(kusto.Securable{Kind: "table", Database: "Samples", Entity: "Night Admin"}, "admins", alice, "hers")
	before := c.held()
	c.mustProbe()
	if after := c.held(); after != before {
		t.Errorf("grants\n%s\nwere\n%s", after, before)
	}
	for _, command := range c.Commands() {
		if command.Verb == ".add" && command.Securable.Kind == "database" && command.Principals[0] == alice.FQN() {
			t.Errorf("%s", command.Text)
		}
	}
}

func TestProbe_saysWhatIsWrongBeforeItAsks(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*testCluster)
		want   string
	}{
		"no cluster":       {func(c *testCluster) { delete(c.environment, "KUSTO_CLUSTER_URI") }, "set KUSTO_CLUSTER_URI"},
		"no database":      {func(c *testCluster) { c.without("DATABASE") }, "set KUSTO_TEST_DATABASE"},
		"untrusted host":   {func(c *testCluster) { c.environment["KUSTO_CLUSTER_URI"] = "https://evil.example.com" }, "KUSTO_CLUSTER_URI: "},
		"not a principal":  {func(c *testCluster) { c.environment["KUSTO_TEST_PRINCIPAL"] = "alice" }, "KUSTO_TEST_PRINCIPAL: it must begin with"},
		"wrong secret":     {func(c *testCluster) { c.environment["ARM_CLIENT_SECRET"] = "wrong" }, "AADSTS7000215"},
		"a follower":       {func(c *testCluster) { c.Follow("Samples") }, "follows another cluster's"},
		"surplus argument": {func(c *testCluster) { c.args = append(c.args, "now") }, `unexpected argument "now"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t, kusto.Behaviour{})
			c.change(s)
			if err := s.probe(t.Context()); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %s", err, c.want)
			}
			for _, command := range s.Commands() {
				if command.Verb != ".show" {
					t.Errorf("%s", command.Text)
				}
			}
		})
	}
}

func TestRun_listsTheQuestions(t *testing.T) {
	t.Parallel()
	var out, progress bytes.Buffer
	none := func(string) (string, bool) { return "", false }
	if err := run(t.Context(), []string{"-list"}, none, &out, &progress); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(out.String(), "\n"); got != len(questions)+1+len(notAsked) {
		t.Errorf("%d lines:\n%s", got, &out)
	}
	if err := run(t.Context(), []string{"-h"}, none, &out, &progress); err == nil || !strings.Contains(progress.String(), "KUSTO_TEST_GRAPH_MODEL") {
		t.Errorf("%v\n%s", err, &progress)
	}
}
