// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"context"
	"net/http"
	"strings"

	v1 "github.com/Azure/azure-kusto-go/azkustodata/query/v1"
)

// This file is for tools that find out how a service behaves (`make probe`): single
// commands, and their answers as they are. The provider does not use it.

// RawCommand is a command for [Client.Ask].
type RawCommand struct{ command command }

// String is the text of the command.
func (c RawCommand) String() string { return c.command.text }

// ShowPrincipals lists everyone who can affect the securable.
func ShowPrincipals(s Securable) RawCommand { return RawCommand{showCommand(s)} }

// ShowRoles lists the roles of a principal on the securable. The zero FQN is the caller.
func ShowRoles(s Securable, f FQN) RawCommand { return RawCommand{rolesCommand(s, f)} }

// ShowDatabases lists the cluster's databases. database is the one it is sent to.
func ShowDatabases(database string) RawCommand { return RawCommand{databasesCommand(database)} }

// ShowEntities lists the entities of a type in a database.
func ShowEntities(t *SecurableType, database string) RawCommand {
	return RawCommand{entitiesCommand(t, database)}
}

// RefreshOwnGroups refreshes the caller's membership of groups. The rows of its answer are
// not read.
func RefreshOwnGroups() RawCommand { return RawCommand{refreshCommand(FQN{}, FQN{})} }

// AddTo grants a role. Empty notes are left out.
func AddTo(s Securable, role Role, f FQN, notes string) RawCommand {
	return RawCommand{writeCommand(verbAdd, s, role, []FQN{f}, notes)}
}

// DropFrom revokes a role.
func DropFrom(s Securable, role Role, f FQN) RawCommand {
	return RawCommand{writeCommand(verbDrop, s, role, []FQN{f}, "")}
}

// SetOnly makes a principal the only one with a role.
func SetOnly(s Securable, role Role, f FQN) RawCommand {
	return RawCommand{writeCommand(verbSet, s, role, []FQN{f}, "")}
}

// Answer is the first table of an answer.
type Answer struct {
	// Columns are the names of the columns, in order.
	Columns []string
	Rows    []Row
}

// Row is one row of an [Answer].
type Row struct{ row row }

// Get is the row's value in a column, whose name is compared without case. Empty if there
// is no such column.
func (r Row) Get(column string) string { return r.row.get(strings.ToLower(column)) }

// PrincipalList reads the answer as the list of the securable's principals.
func (a Answer) PrincipalList(s Securable) *PrincipalList {
	rows := make([]row, len(a.Rows))
	for i, r := range a.Rows {
		rows[i] = r.row
	}
	return NewPrincipalList(s, grantsOf(s, rows))
}

// Ask sends a command once, whatever its answer is, and without waiting for the other
// commands of the client. The error is an [*Error].
func (c *Client) Ask(ctx context.Context, cmd RawCommand) (answer Answer, err error) {
	failed := c.attempt(ctx, cmd.command, func(dataset v1.Dataset) error {
		rows, err := rowsOf(dataset, cmd.command)
		if err != nil {
			return err
		}
		for _, column := range dataset.Tables()[0].Columns() {
			answer.Columns = append(answer.Columns, column.Name())
		}
		for _, r := range rows {
			answer.Rows = append(answer.Rows, Row{r})
		}
		return nil
	})
	if failed != nil {
		return Answer{}, failed
	}
	return answer, nil
}

// RawMetadata requests the cluster's sign-in metadata once, and returns the status and
// the body as they are. The error is an [*Error].
func (c *Client) RawMetadata(ctx context.Context) (status int, body []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.options.Retry.Attempt)
	defer cancel()
	asking, x := withExchange(ctx)
	request, err := http.NewRequestWithContext(asking, http.MethodGet, string(c.uri)+"/v1/rest/auth/metadata", nil)
	if err != nil {
		return 0, nil, &Error{Reason: ErrUnavailable, Cluster: c.uri, Err: err}
	}
	response, err := c.sdk.HttpClient().Do(request)
	if err != nil {
		return 0, nil, c.classify(ctx, err, x)
	}
	_ = response.Body.Close() // it was read already
	return x.status, x.metadata, nil
}
