// SPDX-License-Identifier: MPL-2.0

package mgmt

import (
	"errors"
	"fmt"
	"strings"

	v1 "github.com/Azure/azure-kusto-go/azkustodata/query/v1"
)

// Row is one row of an answer. Columns are read by name, and an absent one is empty: older
// engines stop after PrincipalFQN or Notes.
type Row struct {
	columns map[string]int // name, as it is and in lower case → position, shared by all rows
	values  []string
}

// NewRow returns a row with a value in each column, in order. Values may be fewer.
func NewRow(columns, values []string) Row { return Row{columnIndex(columns), values} }

func columnIndex(names []string) map[string]int {
	columns := make(map[string]int, 2*len(names))
	for i, name := range names {
		columns[name], columns[strings.ToLower(name)] = i, i
	}
	return columns
}

// Get is the row's value in a column, whose name is compared without case. Empty if there
// is no such column.
func (r Row) Get(column string) string {
	if i, ok := r.at(column); ok && i < len(r.values) {
		return r.values[i]
	}
	return ""
}

// Has reports whether the answer has the column.
func (r Row) Has(column string) bool {
	_, ok := r.at(column)
	return ok
}

func (r Row) at(column string) (int, bool) {
	i, ok := r.columns[column]
	if !ok {
		i, ok = r.columns[strings.ToLower(column)]
	}
	return i, ok
}

// ReadRows reads the first table of a command's answer. It is an error if one of the
// columns that the command requires is missing, or if a row has no value for one of them.
func ReadRows(answer v1.Dataset, cmd Command) ([]Row, error) {
	if cmd.Lists == "" {
		return nil, nil
	}
	if len(answer.Tables()) == 0 {
		return nil, cmd.unexpected(errors.New("it has no table"))
	}
	table := answer.Tables()[0]
	width := len(table.Columns())
	names := make([]string, width)
	for i, c := range table.Columns() {
		names[i] = c.Name()
	}
	columns := columnIndex(names)
	at := make([]int, len(cmd.Columns))
	for i, name := range cmd.Columns {
		var ok bool
		if at[i], ok = columns[strings.ToLower(name)]; !ok {
			return nil, cmd.unexpected(fmt.Errorf("it has no column %s", name))
		}
	}
	rows := make([]Row, 0, len(table.Rows()))
	for i, r := range table.Rows() {
		values := make([]string, len(r.Values()))
		for j, v := range r.Values() {
			values[j] = v.String()
		}
		for j, name := range cmd.Columns {
			if len(values) < width || strings.TrimSpace(values[at[j]]) == "" {
				return nil, cmd.unexpected(fmt.Errorf("row %d has no %s", i+1, name))
			}
		}
		rows = append(rows, Row{columns, values})
	}
	return rows, nil
}
