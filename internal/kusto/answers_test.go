// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"context"
	"strings"
	"testing"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

const (
	roleColumn = `{"ColumnName":"Role","ColumnType":"string"}`
	fqnColumn  = `{"ColumnName":"PrincipalFQN","ColumnType":"string"}`
)

func table(columns, rows string) string {
	return `{"Tables":[{"TableName":"T","Columns":[` + columns + `],"Rows":[` + rows + `]}]}`
}

// No answer that is not a list of principals is taken for "nobody holds this", and
// none takes the process down.
func TestAnswers_areNotTrusted(t *testing.T) {
	t.Parallel()
	both := roleColumn + "," + fqnColumn
	for name, body := range map[string]string{
		"no table":        `{"Tables":[]}`,
		"empty object":    `{}`,
		"no columns":      table("", ""),
		"other columns":   table(`{"ColumnName":"DatabaseName","ColumnType":"string"}`, `["Samples"]`),
		"no Role":         table(fqnColumn, ""),
		"no PrincipalFQN": table(roleColumn, ""),
		"a null row":      table(both, `["Database Samples Viewer","aaduser=a@contoso.com"],null`),
		"a short row":     table(both, `["Database Samples Viewer"]`),
		"an empty row":    table(both, `[]`),
		"a null Role":     table(both, `[null,"aaduser=a@contoso.com"]`),
		"an empty FQN":    table(both, `["Database Samples Viewer",""]`),
		"a row too wide":  table(both, `["Database Samples Viewer","aaduser=a@contoso.com","more"]`),
		"an index of no table": `{"Tables":[` + strings.TrimSuffix(strings.TrimPrefix(table(both, ""), `{"Tables":[`), `]}`) +
			`,{"TableName":"I","Columns":[{"ColumnName":"Ordinal","ColumnType":"long"},{"ColumnName":"Kind","ColumnType":"string"},{"ColumnName":"Name","ColumnType":"string"},` +
			`{"ColumnName":"Id","ColumnType":"string"},{"ColumnName":"PrettyName","ColumnType":"string"}],` +
			`"Rows":[[0,"QueryResult","","",""],[1,"Other","","",""],[2,"QueryResult","","",""]]}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t)
			s.remote.Intercept(func(kusto.Command) *kusto.Fault {
				return &kusto.Fault{Kind: kusto.Custom, Status: 200, Body: body}
			})
			for operation, do := range map[string]func(context.Context) error{
				"read": func(ctx context.Context) error { _, err := s.Principals(ctx, s.db); return err },
				"add": func(ctx context.Context) error {
					_, err := s.AddPrincipal(ctx, s.db, Viewers, resolvedAt(1), "")
					return err
				},
				"drop":  func(ctx context.Context) error { return s.dropErr(ctx, s.db, Viewers, resolvedAt(1), false) },
				"set":   func(ctx context.Context) error { return s.setRole(ctx, s.db, Viewers, resolvedAt(1)) },
				"clear": func(ctx context.Context) error { return s.ClearRole(ctx, s.db, Viewers, nil, false) },
			} {
				e := wantReason(t, do(t.Context()), mgmt.ErrUnexpectedAnswer)
				if e.Tries != 4 {
					t.Errorf("%s: %d tries", operation, e.Tries)
				}
			}
		})
	}
}
