// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

// question is one thing that is not documented.
type question struct {
	// fields are those of the behaviour file that the answer decides. None: the emulator
	// has no other way to behave, so that a different answer is news.
	fields []string
	name   string
	how    string // it is asked
	// assumes is the answer of the emulator's default behaviour.
	assumes string
	// ask returns the answer, and sets the fields. It returns an error if the answer is
	// not known.
	ask func(*probe, context.Context) (string, error)
}

// questions in the order in which they are asked. Those about rows come after those that
// make the cluster show some.
var questions = []question{
	{[]string{"drop_absent_is_error"}, "Dropping an absent principal", ".drop of a principal that was dropped before", "succeeds", (*probe).dropAbsent},
	{nil, "Dropping an unknown principal", ".drop of a made-up application", "is refused (400)", (*probe).dropUnknown},
	{nil, "Adding an unknown principal", ".add of a made-up application", "is refused (400)", (*probe).addUnknown},
	{[]string{"drop_unknown_is_error"}, "Dropping a deleted principal", ".drop of KUSTO_TEST_DELETED_PRINCIPAL, if .add of it and of a made-up application is refused because of it", "succeeds", (*probe).dropDeleted},
	{[]string{"add_keeps_notes"}, "Notes after .add with other notes", ".add twice, with two notes", "are the new ones", (*probe).addOtherNotes},
	{[]string{"notes"}, "Notes that are long", ".add with notes of more than 64 characters, and blanks around them", "are stored as given", (*probe).longNotes},
	{[]string{"notes"}, "Notes that are very long", ".add with notes of 5,000 characters, and of fewer if they are refused", "are stored as given", (*probe).longestNotes},
	{nil, "Notes after .add without notes", ".add twice, once with notes", "are the old ones", (*probe).addNoNotes},
	{[]string{"set_clears_notes"}, "Notes after .set without notes", ".add with notes, then .set of a role that nobody else has", "are the old ones", (*probe).setNoNotes},
	{[]string{"prerequisites"}, "A role that needs another one first", ".add to unrestrictedviewers, and to a table's ingestors, without and with users of the database", "is granted", (*probe).prerequisites},
	{nil, "Principals in one command", ".add of the test principal, named up to 200 times in one command, while it has the role", "200 are accepted", (*probe).manyPrincipals},
	{[]string{"others_roles_forbidden"}, "The roles of another principal", ".show database … principal '…' roles", "are shown", (*probe).othersRoles},
	{[]string{"roles_id"}, "AADObjectID in a principal's roles", ".show database … principal roles, of the caller and of another", "an object id", (*probe).rolesID},
	{[]string{"no_creators"}, "Admins of a table itself", ".show table … principals", "there are some", (*probe).creators},

	{[]string{"nameless_database"}, "Role of a database's viewer", ".add to each role that has no members", "Database <name> Viewer", (*probe).databaseText},
	{[]string{"unrestricted_viewer_word"}, "Role of an unrestricted viewer", "the same", "UnrestrictedViewer", (*probe).unrestrictedText},
	{nil, "Role of a table's admin and ingestor", "the same, on KUSTO_TEST_TABLE", "Table <name> Admin, Ingestor", entityText("table")},
	{nil, "Role of an external table's admin", "the same, on KUSTO_TEST_EXTERNAL_TABLE", "External Table <name> Admin", entityText("external_table")},
	{nil, "Role of a materialized view's admin", "the same, on KUSTO_TEST_MATERIALIZED_VIEW", "Materialized View <name> Admin", entityText("materialized_view")},
	{nil, "Role of a function's admin", "the same, on KUSTO_TEST_FUNCTION", "Function <name> Admin", entityText("function")},
	{[]string{"graph_model_words", "graph_admin_word"}, "Role of a graph model's admin", "the same, on KUSTO_TEST_GRAPH_MODEL", "Graph Model <name> Admin", (*probe).graphText},
	{[]string{"guid_names"}, "Name of a database in Role", "the same", "the pretty name", (*probe).databaseName},
	{[]string{"upper_names"}, "Case of names in Role", ".show of the database in its own and in another case", "as they were created", (*probe).nameCase},
	{[]string{"cluster_words"}, "Role of the cluster's own members", ".show database … principals", "AllDatabases…", (*probe).clusterText},
	{[]string{"inherited_admins_only"}, "Database roles in an entity's list", ".show of an entity, while somebody is a user or viewer of the database", "admins, users and viewers", (*probe).inherited},
	{[]string{"shared_as_direct"}, "Role of a Fabric workspace's members", "not at all: only the members of the workspace know", "AllDatabases…", (*probe).shared},

	{[]string{"columns"}, "Columns of a list", ".show database … principals", "all seven", (*probe).columns},
	{[]string{"old_type_words"}, "PrincipalType", "all rows that were shown so far", "Microsoft Entra …", (*probe).typeWords},
	{[]string{"bare_groups"}, "Name of a group with an address", "the same", "name (upn: address)", (*probe).groupNames},
	{[]string{"bare_apps"}, "Name of an application", "the same", "name (app id: id)", (*probe).appNames},
	{[]string{"wide_brackets"}, "Blanks before the bracket", "the same", "one", (*probe).blanks},
	{[]string{"show_foreign_names"}, "Name of another tenant's principal", "the same", "hidden", (*probe).foreignNames},
	{[]string{"hide_object_ids"}, "PrincipalObjectId", "the same", "is there", (*probe).objectIDs},

	{nil, "A name without a tenant", ".add of KUSTO_TEST_PRINCIPAL or KUSTO_TEST_OTHER_PRINCIPAL by its id alone", "is granted, and its row has the tenant", (*probe).withoutTenant},
	{nil, "RoleAssignmentIdentifier", "all rows that were shown so far, compared with KUSTO_TEST_ARM_ASSIGNMENT", "no row has the name", (*probe).assignmentNames},

	{[]string{"columns"}, "Principals of the cluster", ".show cluster principals", "all seven", (*probe).clusterPrincipals},
	{[]string{"cluster_roles_refused"}, "A role on the cluster", ".add cluster of a made-up application, if the database refuses it because of it", "is refused because of the application", (*probe).clusterRoles},
	{nil, "DatabaseAccessMode", ".show databases", "ReadWrite", (*probe).accessModes},
	{nil, "A database that follows another cluster's", ".show follower database, of one that .show databases lists", "is a syntax error (400)", (*probe).followers},
	{nil, "The databases of the cluster", ".show databases, sent to NetDefaultDB", "are listed", listed(allDatabases)},
	{nil, "The tables of the database", ".show tables", "are listed", listed(entitiesOf("table"))},
	{nil, "The external tables of the database", ".show external tables", "are listed", listed(entitiesOf("external_table"))},
	{nil, "The materialized views of the database", ".show materialized-views", "are listed", listed(entitiesOf("materialized_view"))},
	{nil, "The functions of the database", ".show functions", "are listed", listed(entitiesOf("function"))},
	{[]string{"no_graph_models"}, "The graph models of the database", ".show graph_models", "are listed", (*probe).graphModels},
	{[]string{"clear_answer"}, "The answer of a refresh of group membership", ".clear cluster cache groupmembership, of the caller", "a table without columns", (*probe).groupRefresh},

	{[]string{"not_found", "not_found_status"}, "A database that does not exist", ".show of a name that was made up", entityNotFound, notFound("database")},
	{[]string{"not_found_in"}, "A table that does not exist", "the same, in the database", entityNotFound, notFound("table")},
	{[]string{"not_found_in"}, "An external table that does not exist", "the same", entityNotFound, notFound("external_table")},
	{[]string{"not_found_in"}, "A materialized view that does not exist", "the same", entityNotFound, notFound("materialized_view")},
	{[]string{"not_found_in"}, "A function that does not exist", "the same", entityNotFound, notFound("function")},
	{[]string{"not_found_in"}, "A graph model that does not exist", "the same", entityNotFound, notFound("graph_model")},
	{nil, "A role that does not exist", ".add database … nosuchrole, of a made-up application", "is a syntax error (400)", (*probe).syntaxError},
	{[]string{"own_databases_hidden"}, "The databases, without a database", ".show databases, without a database", "has the test database", (*probe).ownDatabases},
	{[]string{"wrapped"}, "A refusal", "all refusals that were met so far", "stands alone", (*probe).wrapping},
	{[]string{"metadata"}, "Sign-in metadata", "GET /v1/rest/auth/metadata", "are complete", (*probe).metadata},
	{[]string{"quota"}, "Too many commands at once", "only with -burst: many .show at once", "ControlCommandThrottledException", (*probe).throttling},
	{[]string{"retry_after"}, "Retry-After of those", "the same", "none", (*probe).retryAfter},
}

// notAsked are the fields of the behaviour file that no question is about.
var notAsked = map[string]string{
	"capacity":      "finding out how many commands run at once would take the cluster from others",
	"cached_groups": "finding out how long Kusto remembers a group would take hours",
}

// unknownError is why the answer to a question is unknown.
type unknownError string

// Error implements error.
func (e unknownError) Error() string { return string(e) }

func unknown(why string) error { return unknownError(why) }

// result is the answer to a question, with placeholders for names.
type result struct {
	question
	text  string
	known bool
}

// unknownPrefix begins the text of a result that is not known. The reason follows.
const unknownPrefix = "unknown: "

// differs reports whether the cluster does something else than the emulator's default.
func (r result) differs() bool { return r.known && r.text != r.assumes }

// answer asks one question.
func (p *probe) answer(ctx context.Context, q question) result {
	text, err := q.ask(p, ctx)
	if err != nil {
		return result{q, unknownPrefix + p.reason(err), false}
	}
	r := result{q, text, true}
	if len(q.fields) == 0 && r.differs() {
		p.seen.add("no field for it", q.name+": "+text)
	}
	return r
}

// twoWays are the two ways in which clusters are known to do something.
type twoWays struct {
	// assumed is the answer for the emulator's default, other that for the other way, and
	// both that for a cluster which does both.
	assumed, other, both string
	// mixed says what both would mean, none why there is no answer.
	mixed, none string
}

// choose returns the answer for the ways that were seen, and sets the field for the other one.
func (p *probe) choose(w twoWays, assumed, other bool, field *bool) (string, error) {
	switch {
	case assumed && other:
		p.seen.add("no field for it", w.mixed)
		return w.both, nil
	case other:
		*field = true
		return w.other, nil
	case assumed:
		return w.assumed, nil
	}
	return "", unknown(w.none)
}

// reason says in a few words why a question has no answer.
func (p *probe) reason(err error) string {
	var reason unknownError
	if errors.As(err, &reason) {
		return string(reason)
	}
	e := errorOf(err)
	switch {
	case errors.Is(e, mgmt.ErrForbidden):
		return fmt.Sprintf("the caller may not ask (%d)", e.Status)
	case errors.Is(e, mgmt.ErrPrincipalNotFound):
		return "the cluster does not know the test principal"
	}
	const limit = 100
	text := []rune(p.names.redact(e.Error()))
	if len(text) > limit {
		text = append(text[:limit], '…')
	}
	return string(text)
}

// syntaxRefused is the answer for a command that the service cannot parse. For any other
// error there is none.
func syntaxRefused(err error) (string, error) {
	if e := errorOf(err); errors.Is(e, mgmt.ErrSyntax) {
		return fmt.Sprintf("is a syntax error (%d)", e.Status), nil
	}
	return "", err
}

// refused is the answer for a command that the service refuses because of what it says.
// For any other error there is none.
func refused(err error) (string, error) {
	e := errorOf(err)
	if e.Status >= http.StatusBadRequest && e.Status < http.StatusInternalServerError && errors.Is(e, mgmt.ErrRefused) {
		return fmt.Sprintf("is refused (%d)", e.Status), nil
	}
	return "", err
}
