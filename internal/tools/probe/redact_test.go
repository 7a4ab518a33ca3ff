// SPDX-License-Identifier: MPL-2.0

package main

import (
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
)

func TestRedact_replacesNamesAndIDs(t *testing.T) {
	t.Parallel()
	var r redactor
	r.learn("<database>", "Samples", "Data")
	r.learn("<table>", "a.b*[c]", "漢字")
	r.learn("<name>", "Alice Ng", "Alice", "O'Brien")
	for text, want := range map[string]string{
		"Database SAMPLES Custodian":                           "Database <database> Custodian",
		"Entity ID '[DB samples v?.?]' of kind 'Database'":     "Entity ID '[DB <database> v?.?]' of kind 'Database'",
		"Table a.b*[c] Reader":                                 "Table <table> Reader",
		"Table漢字Reader":                                        "Table<table>Reader",
		"Alice Ng, alice and Malice":                           "<name>, <name> and Malice",
		"Principal 'aaduser=bob@contoso.com' is not known":     "Principal '<text>' is not known",
		"in tenant c0c0c0c0-0000-4000-8000-00000000c0c0.":      "in tenant <id>.",
		"ask bob@contoso.com at mycluster.kusto.windows.net":   "ask <address> at <host>",
		"'Mary' has the role 'admins' of type \"AAD User\"":    "'<text>' has the role 'admins' of type \"AAD User\"",
		"user 'Conan O'Brien Jr' of kind 'Table' is 'unknown'": "user '<text>' of kind 'Table' is '<text>'",
		"two\n  lines": "two lines",
	} {
		if got := r.redact(text); got != want {
			t.Errorf("%q\nis     %q\nwanted %q", text, got, want)
		}
	}
}

// oddAnswer is a table.
func oddAnswer(t *testing.T, columns []string, rows ...[]string) *kusto.Fault {
	t.Helper()
	type column struct{ ColumnName, DataType, ColumnType string }
	var table struct {
		TableName string
		Columns   []column
		Rows      [][]string
	}
	for _, name := range columns {
		table.Columns = append(table.Columns, column{name, "String", "string"})
	}
	table.Rows = rows
	body, err := json.Marshal(map[string]any{"Tables": []any{table}})
	if err != nil {
		t.Fatal(err)
	}
	return &kusto.Fault{Kind: kusto.Custom, Status: http.StatusOK, Body: string(body)}
}

// Words that nobody knows may be names.
func TestProbe_writesNoUnknownWords(t *testing.T) {
	t.Parallel()
	for name, behaviour := range map[string]kusto.Behaviour{
		"first words of a graph model": {GraphModelWords: "Alice"},
		"last word of a graph model":   {GraphAdminWord: "Alice Admin"},
		"an unrestricted viewer":       {UnrestrictedViewerWord: "Alice Viewer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newTestCluster(t, behaviour).without("DELETED_PRINCIPAL")
			before := c.held()
			c.mustProbe()
			if got := c.result(); got != (kusto.Behaviour{}) || strings.Contains(c.output.String(), "Alice") {
				t.Errorf("%+v\n%s", got, &c.output)
			}
			if !strings.Contains(c.output.String(), "in words that nobody knows, see below") || !strings.Contains(c.output.String(), "- Role ") {
				t.Errorf("the unknown words are not reported:\n%s", &c.output)
			}
			if after := c.held(); after != before {
				t.Errorf("grants\n%s\nwere\n%s", after, before)
			}
		})
	}
}

// What a cluster shows of people, tenants, databases and itself is not published, whatever form
// it has.
func TestProbe_publishesNoNames(t *testing.T) {
	t.Parallel()
	const zoeID, tenantID = "aaaaaaaa-1111-4000-8000-000000000001", "bbbbbbbb-1111-4000-8000-000000000002"
	c := newTestCluster(t, kusto.Behaviour{})
	columns := append([]string{"Reviewer"}, principalColumns...)
	rows := [][]string{
		{"", "Database Samples Custodian", "Managed Identity", "Zoë O'Hara [x]*+ (mail: zoe@secret.example)", zoeID, "aaduser=" + zoeID + ";" + tenantID, "call Zoë", "x"},
		{"", "Leader Samples Admin", "AAD User", "Quentin (of Ops)", "", "aadservice=Quentin;secret.example", "", ""},
		{"", "Database Samples Admin", "AAD User", "Quentin", zoeID, "aaduser=" + zoeID + ";" + entra.ContosoTenantID, "", ""},
	}
	refusal, err := json.Marshal(map[string]any{"error": map[string]any{
		"code": "BadRequest_Odd", "@type": "Kusto.OddException",
		"@message": "Zoë O'Hara [x]*+ of secret.example may not ask " + c.Host() + " for 'Samples', 'Quentin's list' or " + tenantID,
	}})
	if err != nil {
		t.Fatal(err)
	}
	c.Intercept(func(command kusto.Command) *kusto.Fault {
		switch {
		case command.Verb != ".show" || strings.Contains(command.Text, "kusto-probe-"):
			return &kusto.Fault{Kind: kusto.Custom, Status: http.StatusBadRequest, Body: string(refusal)}
		case strings.HasSuffix(command.Text, "roles"):
			return oddAnswer(t, []string{"Scope", "AADObjectID", "Role"}, []string{"Samples", "zoe@secret.example", "Custodian"})
		case command.Securable.Kind == "graph_model":
			return oddAnswer(t, principalColumns, []string{"Zoë Network Admin", "AAD User", "Quentin", "", "aadapp=" + zoeID + ";" + tenantID, "", ""})
		case command.Securable.Kind == "database":
			return oddAnswer(t, columns, rows...)
		}
		return nil
	})
	c.mustProbe()
	file, err := os.ReadFile(c.file)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"Zoë", "Hara", "zoe", "secret", "Quentin", "call", "Samples", "Night", "Network", "contoso", "Bob", "alice", zoeID, tenantID, ownName,
		entra.ContosoTenantID, c.Host(), strings.SplitN(c.Host(), ".", 2)[0],
	} {
		// The last lines name the file, whose folder has a name too.
		table, _, _ := strings.Cut(c.output.String(), "\nWrote ")
		if strings.Contains(table, name) || strings.Contains(string(file), name) {
			t.Errorf("%q is in\n%s\n%s", name, table, file)
		}
	}
	for _, want := range []string{
		"- column of principals: Reviewer\n", "- Role in the list of a database: Database <name> Custodian\n", "- Role in the list of a database: Leader <name> Admin\n",
		"- Role in the list of a graph model: <name> <graph model> Admin\n", "- PrincipalType: Managed Identity\n", "- Role in the roles of a principal: Custodian\n", "AADObjectID, with a for a letter and 9 for a digit: <address>\n",
		"- refusal 400, code BadRequest_Odd, @type Kusto.OddException: <name> of <tenant> may not ask <cluster> for '<database>', '<text>' or <tenant>\n",
	} {
		if !strings.Contains(c.output.String(), want) {
			t.Errorf("no %q in\n%s", want, &c.output)
		}
	}
}
