// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"errors"
	"fmt"
	"strings"

	v1 "github.com/Azure/azure-kusto-go/azkustodata/query/v1"
)

// row is one row of an answer. Columns are read by name, and an absent one is
// empty: older engines stop after PrincipalFQN or Notes.
type row struct {
	columns map[string]int // name in lower case → position, shared by all rows
	values  []string
}

func (r row) get(column string) string {
	if i, ok := r.columns[column]; ok && i < len(r.values) {
		return r.values[i]
	}
	return ""
}

func (r row) has(column string) bool {
	_, ok := r.columns[column]
	return ok
}

// rowsOf reads the first table of a command's answer. It is an error if one of the columns
// that the command requires is missing, or if a row has no value for one of them.
func rowsOf(answer v1.Dataset, cmd command) ([]row, error) {
	if cmd.lists == "" {
		return nil, nil
	}
	required := cmd.columns
	if len(answer.Tables()) == 0 {
		return nil, cmd.unexpected(errors.New("it has no table"))
	}
	table := answer.Tables()[0]
	columns := make(map[string]int, len(table.Columns()))
	for i, c := range table.Columns() {
		columns[strings.ToLower(c.Name())] = i
	}
	at := make([]int, len(required))
	for i, name := range required {
		var ok bool
		if at[i], ok = columns[strings.ToLower(name)]; !ok {
			return nil, cmd.unexpected(fmt.Errorf("it has no column %s", name))
		}
	}
	rows := make([]row, 0, len(table.Rows()))
	for i, r := range table.Rows() {
		values := make([]string, len(r.Values()))
		for j, v := range r.Values() {
			values[j] = v.String()
		}
		for j, name := range required {
			if len(values) < len(columns) || strings.TrimSpace(values[at[j]]) == "" {
				return nil, cmd.unexpected(fmt.Errorf("row %d has no %s", i+1, name))
			}
		}
		rows = append(rows, row{columns, values})
	}
	return rows, nil
}

// unexpected is the error of an answer that is not a list of what it should be.
func (c command) unexpected(why error) *Error {
	list := "readable"
	if c.lists != "" {
		list = "a list of " + c.lists
	}
	return &Error{Reason: ErrUnexpectedAnswer, Message: "the cluster's answer is not " + list + ": " + why.Error(), Err: why}
}

// grantsOf reads the principal list of a securable.
func grantsOf(s Securable, rows []row) []Grant {
	type direct struct {
		role Role
		ok   bool
	}
	roles := make(map[string]direct) // thousands of rows have a handful of texts
	grants := make([]Grant, len(rows))
	for i, r := range rows {
		roleText := r.get("role")
		d, known := roles[roleText]
		if !known {
			d.role, d.ok = s.directRole(roleText)
			roles[roleText] = d
		}
		grants[i] = Grant{
			Role: d.role, Principal: principalOf(r),
			DisplayName: r.get("principaldisplayname"), ObjectID: r.get("principalobjectid"),
			Notes: r.get("notes"), NotesHidden: !r.has("notes"),
			Inherited: !d.ok, RoleText: roleText,
		}
	}
	return grants
}

// principalOf reads the FQN of a row. An FQN in an undocumented form still belongs
// to a principal that holds the role, so it is kept as it is.
func principalOf(r row) FQN {
	name := r.get("principalfqn")
	if f, err := ParseFQN(name); err == nil {
		return f
	}
	prefix, rest, _ := strings.Cut(name, "=")
	f := FQN{ID: rest}
	f.Type, _ = typeOf(prefix)
	if i := strings.LastIndexByte(rest, ';'); i >= 0 {
		f.ID, f.Tenant = rest[:i], rest[i+1:]
	}
	return f
}
