// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
)

// Whoever is named as deleted and is not loses nothing.
func TestProbe_dropsOnlyWhoIsDeleted(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		behaviour kusto.Behaviour
		deleted   string // as the environment has it
		change    func(*testCluster)
		want      string
	}{
		"a user":                         {kusto.Behaviour{}, "aaduser=sam.lee@contoso.com", nil, "unknown: KUSTO_TEST_DELETED_PRINCIPAL is not deleted"},
		"a user, unknown refused":        {kusto.Behaviour{DropUnknownIsError: true}, "aaduser=sam.lee@contoso.com", nil, "unknown: KUSTO_TEST_DELETED_PRINCIPAL is not deleted"},
		"a user, notes are kept":         {kusto.Behaviour{AddKeepsNotes: true}, "aaduser=sam.lee@contoso.com", nil, "unknown: KUSTO_TEST_DELETED_PRINCIPAL is not deleted"},
		"a user of a workspace":          {kusto.Behaviour{SharedAsDirect: true}, "aaduser=sam.lee2@contoso.com", nil, "unknown: KUSTO_TEST_DELETED_PRINCIPAL is not deleted"},
		"somebody without a role":        {kusto.Behaviour{}, "aaduser=bob@contoso.com", nil, "unknown: KUSTO_TEST_DELETED_PRINCIPAL has no role on the database but admins"},
		"a cluster that looks nobody up": {kusto.Behaviour{}, "", looksNobodyUp, "unknown: the cluster is not known to look principals up"},
		"an answer about somebody else":  {kusto.Behaviour{}, "", findsNobodyElse, "unknown: the cluster does not say whom it does not find"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t, c.behaviour)
			s.Grant(kusto.Securable{Kind: "database", Database: "Samples"}, "monitors", fake.Directory().Must("sam.lee@contoso.com"), " his ")
			s.Database("Samples").Share("viewers", fake.Directory().Must("sam.lee2@contoso.com"))
			if c.deleted != "" {
				s.environment["KUSTO_TEST_DELETED_PRINCIPAL"] = c.deleted
			}
			if c.change != nil {
				c.change(s)
			}
			before := s.held()
			s.mustProbe()
			if after := s.held(); after != before {
				t.Errorf("grants\n%s\nwere\n%s", after, before)
			}
			if line := s.answerTo("Dropping a deleted principal"); !strings.Contains(line, c.want) {
				t.Errorf("%s, want %s", line, c.want)
			}
			for _, command := range s.Commands() {
				if command.Verb != ".show" && slices.Equal(command.Principals, []string{s.environment["KUSTO_TEST_DELETED_PRINCIPAL"]}) {
					t.Errorf("%s", command.Text)
				}
			}
		})
	}
}

// isAboutMadeUp reports whether a command is about an application that the probe made up.
func (c *testCluster) isAboutMadeUp(command kusto.Command) bool {
	return slices.ContainsFunc(command.Principals, func(fqn string) bool {
		_, err := fake.Directory().Resolve(fqn, c.Host())
		return err != nil && fqn != c.environment["KUSTO_TEST_DELETED_PRINCIPAL"]
	})
}

// looksNobodyUp makes the cluster accept every principal, and grant nothing to those that
// do not exist.
func looksNobodyUp(c *testCluster) {
	c.Intercept(func(command kusto.Command) *kusto.Fault {
		if command.Verb == ".show" || !c.isAboutMadeUp(command) {
			return nil
		}
		return oddAnswer(c.t, principalColumns)
	})
}

// findsNobodyElse makes the cluster name the last principal that it does not find.
func findsNobodyElse(c *testCluster) {
	c.Intercept(func(command kusto.Command) *kusto.Fault {
		if command.Verb != ".add" || len(command.Principals) < 2 {
			return nil
		}
		return &kusto.Fault{Kind: kusto.Custom, Status: http.StatusBadRequest, Body: `{"error":{"code":"General_BadRequest",` +
			`"@type":"Kusto.Data.Exceptions.InvalidPrincipalException","@message":"Requested entity is not valid and could not be retrieved from AAD."}}`}
	})
}

// What was to be dropped is no difference to before, also if nobody saw it go.
func TestProbe_countsTheDeletedAsDroppedAfterAnInterrupt(t *testing.T) {
	t.Parallel()
	c := newTestCluster(t, kusto.Behaviour{})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	c.Intercept(func(command kusto.Command) *kusto.Fault {
		if command.Verb == ".drop" && slices.Equal(command.Principals, []string{c.environment["KUSTO_TEST_DELETED_PRINCIPAL"]}) {
			cancel()
		}
		return nil
	})
	if err := c.probe(ctx); !errors.Is(err, context.Canceled) || strings.Contains(err.Error(), "not as they were before") {
		t.Errorf("%v", err)
	}
}
