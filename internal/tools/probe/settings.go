// SPDX-License-Identifier: MPL-2.0

package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// settings are the flags and variables of one run.
type settings struct {
	out         string
	burst, list bool
	timeout     time.Duration
	// commandLimit bounds one try of a command.
	commandLimit time.Duration
	clusterURI   string
	database     kusto.Securable
	// entities are those of the database that are named.
	entities []kusto.Securable
	// principal gets roles for a moment, other one role, each zero if it is not named.
	// deleted loses a role for good.
	principal, other, deleted kusto.FQN
	// armAssignment is the name of a principal assignment in Azure Resource Manager.
	armAssignment string
}

const (
	clusterVariable    = "KUSTO_CLUSTER_URI"
	databaseVariable   = "KUSTO_TEST_DATABASE"
	assignmentVariable = "KUSTO_TEST_ARM_ASSIGNMENT"
)

// principalVariables name the principals of a run.
var principalVariables = []struct {
	name, use string
	field     func(*settings) *kusto.FQN
}{
	{"KUSTO_TEST_PRINCIPAL", "a principal without any role there. It gets roles for a moment.\nIf omitted, the caller itself gets some, and part of the questions is not asked", func(s *settings) *kusto.FQN { return &s.principal }},
	{"KUSTO_TEST_OTHER_PRINCIPAL", "another one, to see how it is shown: best a group, written with its mail address", func(s *settings) *kusto.FQN { return &s.other }},
	{"KUSTO_TEST_DELETED_PRINCIPAL", "a principal that was deleted from Entra ID and still has a role on the database,\nas <prefix>=<id>;<tenant id>. It loses the role: nobody can give it back.\nOne that the cluster still finds keeps it", func(s *settings) *kusto.FQN { return &s.deleted }},
}

// entityVariable names an entity of a type.
func entityVariable(t *kusto.SecurableType) string { return "KUSTO_TEST_" + strings.ToUpper(t.Slug) }

// readSettings reads the arguments and the environment.
func readSettings(args []string, lookup func(string) (string, bool), usage io.Writer) (settings, error) {
	s := settings{commandLimit: commandLimit}
	flags := flag.NewFlagSet("probe", flag.ContinueOnError)
	flags.SetOutput(usage)
	flags.StringVar(&s.out, "out", "behaviour.json", "the `file` to write")
	flags.BoolVar(&s.burst, "burst", false, "send up to 200 reads at once to see how the cluster throttles; others on the cluster may notice")
	flags.BoolVar(&s.list, "list", false, "list the questions and how they are asked, and ask nothing")
	flags.DurationVar(&s.timeout, "timeout", 5*time.Minute, "the `time` for all questions")
	flags.Usage = func() { printUsage(usage, flags) }
	if err := flags.Parse(args); err != nil {
		return s, err
	}
	if flags.NArg() > 0 {
		return s, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if s.list {
		return s, nil
	}
	return s, s.fromEnvironment(lookup)
}

func (s *settings) fromEnvironment(lookup func(string) (string, bool)) error {
	get := func(name string) string { value, _ := lookup(name); return strings.TrimSpace(value) }
	database := get(databaseVariable)
	s.clusterURI, s.armAssignment = get(clusterVariable), get(assignmentVariable)
	switch {
	case s.clusterURI == "":
		return errors.New("set " + clusterVariable + " to the cluster, such as https://mycluster.westeurope.kusto.windows.net")
	case database == "":
		return errors.New("set " + databaseVariable + " to a database that is there for tests: its grants are changed and restored")
	}
	s.database = kusto.Securable{Type: kusto.Database, Database: database}
	for _, t := range kusto.SecurableTypes {
		if name := get(entityVariable(t)); t.InsideDatabase() && name != "" {
			s.entities = append(s.entities, kusto.Securable{Type: t, Database: database, Name: name})
		}
	}
	for _, v := range principalVariables {
		name := get(v.name)
		if name == "" {
			continue
		}
		f, err := kusto.ParseFQN(name)
		if err != nil {
			return fmt.Errorf("%s: %w", v.name, err)
		}
		*v.field(s) = f
	}
	return nil
}

// securables are the database and its named entities.
func (s *settings) securables() []kusto.Securable {
	return append([]kusto.Securable{s.database}, s.entities...)
}

// entity is the named entity of a type, false if there is none.
func (s *settings) entity(slug string) (kusto.Securable, bool) {
	for _, e := range s.entities {
		if e.Type.Slug == slug {
			return e, true
		}
	}
	return kusto.Securable{}, false
}

func printUsage(w io.Writer, flags *flag.FlagSet) {
	fmt.Fprint(w, `Finds out how a cluster behaves where the documentation says nothing.

It adds a principal to roles of a database and of entities in it, and drops it again. It
leaves alone everyone who has a role already, and the admins of the database. It creates and
drops no database, table or other entity. Ctrl-C stops it; it restores the grants then too.

Sign in as an admin of the database: az login, or ARM_CLIENT_ID and so on.

`)
	fmt.Fprintf(w, "  %s\n        the cluster\n  %s\n        a database that is there for tests\n", clusterVariable, databaseVariable)
	for _, v := range principalVariables {
		fmt.Fprintf(w, "  %s (optional)\n        %s\n", v.name, strings.ReplaceAll(v.use, "\n", "\n        "))
	}
	fmt.Fprintf(w, "  %s (optional)\n        the name of a principal assignment of the database in Azure Resource Manager,\n"+
		"        to see whether the lists show it\n", assignmentVariable)
	for _, t := range kusto.SecurableTypes {
		if t.InsideDatabase() {
			fmt.Fprintf(w, "  %s (optional)\n        the name of one of its %ss\n", entityVariable(t), t.Noun)
		}
	}
	fmt.Fprintln(w)
	flags.PrintDefaults()
}
