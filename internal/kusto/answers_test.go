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
		"a row of errors": table(both, `{"Exceptions":[]}`),
		"a page":          "<!DOCTYPE html>\n<html><title>Sign in to the network</title></html>",
		"nothing":         "",
		"frames":          "[]",
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
				if e.Tries != 3 {
					t.Errorf("%s: %d tries", operation, e.Tries)
				}
			}
		})
	}
}

// Whatever types an answer announces and has, its rows are read by the names of the columns.
func TestAnswers_areReadByTheirColumns(t *testing.T) {
	t.Parallel()
	viewer := `"Database Samples Viewer","` + resolvedAt(1).String() + `"`
	index := `{"TableName":"I","Columns":[{"ColumnName":"Ordinal","ColumnType":"long"},{"ColumnName":"Kind","ColumnType":"string"}],"Rows":[[0,"QueryResult"],[9,null]]}`
	for name, body := range map[string]string{
		"a bool in a string":    table(roleColumn+","+fqnColumn+`,{"ColumnName":"Notes","ColumnType":"string"}`, "["+viewer+",true]"),
		"a number in a string":  table(roleColumn+","+fqnColumn+`,{"ColumnName":"Notes","ColumnType":"string"}`, "["+viewer+",12345678901234567890]"),
		"an object in a string": table(roleColumn+","+fqnColumn+`,{"ColumnName":"Notes","ColumnType":"string"}`, "["+viewer+`,{"a":[1,null]}]`),
		"null":                  table(roleColumn+","+fqnColumn+`,{"ColumnName":"Notes","ColumnType":"string"}`, "["+viewer+",null]"),
		".NET types":            table(`{"ColumnName":"Role","DataType":"System.String"},{"ColumnName":"PrincipalFQN","DataType":"System.String"}`, "["+viewer+"]"),
		"no types":              table(`{"ColumnName":"Role"},{"ColumnName":"PrincipalFQN"}`, "["+viewer+"]"),
		"unknown types":         table(`{"ColumnName":"Role","ColumnType":"text"},{"ColumnName":"PrincipalFQN","ColumnType":7}`, "["+viewer+"]"),
		"an SByte":              table(roleColumn+","+fqnColumn+`,{"ColumnName":"IsDirect","DataType":"SByte","ColumnType":"bool"}`, "["+viewer+",1]"),
		"another table":         strings.TrimSuffix(table(roleColumn+","+fqnColumn, "["+viewer+"]"), "]}") + "," + index + "]}",
		"rows first":            `{"Tables":[{"Rows":[[` + viewer + `]],"Columns":[` + roleColumn + "," + fqnColumn + `]}],"Exceptions":null}`,
		"other names' case":     `{"tables":[{"columns":[{"columnName":"role"},{"columnName":"principalFQN"}],"rows":[[` + viewer + `]]}],"exceptions":[]}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t)
			s.remote.Intercept(func(kusto.Command) *kusto.Fault {
				return &kusto.Fault{Kind: kusto.Custom, Status: 200, Body: body}
			})
			if list, err := s.Principals(t.Context(), s.db); err != nil || list.Find(Viewers, resolvedAt(1)) == nil {
				t.Errorf("%v, %v", list, err)
			}
			s.wantSent(".show", 1)
		})
	}
}

// An answer that cannot be read is shown: it says who answered. A token in it is not.
func TestAnswers_thatCannotBeReadAreShown(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	page := "<!DOCTYPE html>\n<title>Blocked by the proxy of Contoso</title>\n<pre>Authorization: Bearer %s</pre>" + strings.Repeat("ä", 300)
	s.remote.Intercept(func(c kusto.Command) *kusto.Fault {
		return &kusto.Fault{Kind: kusto.Custom, Status: 200, Body: strings.ReplaceAll(page, "%s", s.credential.last())}
	})
	_, err := s.Principals(t.Context(), s.db)
	e := wantReason(t, err, mgmt.ErrUnexpectedAnswer)
	if !strings.HasPrefix(e.Body, "<!DOCTYPE html> <title>Blocked by the proxy of Contoso</title> <pre>Authorization: Bearer …</pre>ää") || len([]rune(e.Body)) != 201 {
		t.Errorf("%q", e.Body)
	}
	if strings.Contains(e.Body, s.credential.last()) || s.credential.last() == "" {
		t.Error("the token is in the error")
	}
}

// An answer that was cut short is like a connection that was: it is asked for again.
func TestAnswers_cutShortAreAskedForAgain(t *testing.T) {
	t.Parallel()
	whole := table(roleColumn+","+fqnColumn, `["Database Samples Viewer","`+resolvedAt(1).String()+`"]`)
	for end := 1; end < len(whole); end += 7 {
		s := newTestCluster(t)
		tries := 0
		s.remote.Intercept(func(kusto.Command) *kusto.Fault {
			if tries++; tries > 5 {
				return nil
			}
			return &kusto.Fault{Kind: kusto.Custom, Status: 200, Body: whole[:end]}
		})
		if _, err := s.Principals(t.Context(), s.db); err != nil || tries != 6 {
			t.Errorf("%s: %v after %d tries", whole[:end], err, tries)
		}
	}
}
