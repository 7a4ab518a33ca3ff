// SPDX-License-Identifier: MPL-2.0

package mgmt

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Answer is the first table of an answer.
type Answer struct {
	// Columns are the names of the columns, in order.
	Columns []string
	Rows    []Row
	// NoTable is set if there is no table, as may be if the answer is of no interest.
	NoTable bool
}

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

// laterError is the service's own error in an answer with the status 200, which means that
// the command started, not that it succeeded.
type laterError struct{ refusal refusal }

func (f *laterError) Error() string { return f.refusal.Message }

// errCutShort: the answer ended before its JSON did.
var errCutShort = errors.New("the cluster's answer was cut short")

// ReadAnswer reads the answer to a command: the columns by their names and each value as
// text, whatever types they have. Clusters were seen to leave out types, to write those of
// .NET, and to send numbers and booleans where strings were announced. The error is
// a failure that the service reports, or says why this is not the answer to the command.
func ReadAnswer(body io.Reader, cmd Command) (Answer, error) {
	r := answerReader{decoder: json.NewDecoder(body)}
	r.decoder.UseNumber()
	err := r.members(r.member)
	switch {
	case errors.Is(err, io.EOF) && r.decoder.InputOffset() == 0:
		return Answer{}, cmd.unexpected(errors.New("it is empty"))
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return Answer{}, errCutShort
	case errors.As(err, new(*json.SyntaxError)):
		return Answer{}, cmd.unexpected(errors.New("it is not JSON"))
	case err != nil:
		return Answer{}, cmd.unexpected(err)
	case r.failure != nil:
		return Answer{}, &laterError{*r.failure}
	case r.tables == 0 && r.hasTables && cmd.Lists == "":
		return Answer{NoTable: true}, nil
	case r.tables == 0:
		return Answer{}, cmd.unexpected(errors.New("it has no table"))
	}
	if err := r.check(cmd); err != nil {
		return Answer{}, cmd.unexpected(err)
	}
	return r.answer, nil
}

// answerReader reads an answer as it arrives: a list may have 100,000 rows.
type answerReader struct {
	decoder   *json.Decoder
	answer    Answer
	hasTables bool
	tables    int // that were begun
	failure   *refusal
}

// member reads a member of the answer.
func (r *answerReader) member(name string) error {
	switch {
	case strings.EqualFold(name, "Tables"):
		r.hasTables = true
		return r.elements(func() error {
			r.tables++
			return r.members(r.tableMember)
		})
	case strings.EqualFold(name, "Exceptions"), strings.EqualFold(name, "error"):
		var raw json.RawMessage
		if err := r.decoder.Decode(&raw); err != nil {
			return err
		}
		r.fail(raw)
		return nil
	}
	return r.skip()
}

// tableMember reads a member of a table. Only the first one is kept.
func (r *answerReader) tableMember(name string) error {
	switch {
	case strings.EqualFold(name, "Columns") && r.tables == 1:
		return r.elements(func() error {
			var column struct{ ColumnName json.RawMessage }
			if err := r.decoder.Decode(&column); err != nil {
				return err
			}
			r.answer.Columns = append(r.answer.Columns, textOf(column.ColumnName))
			return nil
		})
	case strings.EqualFold(name, "Rows"):
		return r.elements(r.row)
	}
	return r.skip()
}

// row reads a row: a list of values, or an object with the error that ended the table.
func (r *answerReader) row() error {
	var row any
	if err := r.decoder.Decode(&row); err != nil {
		return err
	}
	if object, ok := row.(map[string]any); ok {
		raw, _ := json.Marshal(object["Exceptions"]) // it was JSON
		if r.fail(raw); r.failure == nil {
			return errors.New("a row is an object")
		}
		return nil
	}
	values, _ := row.([]any) // null has none
	if r.tables == 1 {
		texts := make([]string, len(values))
		for i, v := range values {
			texts[i] = valueText(v)
		}
		r.answer.Rows = append(r.answer.Rows, Row{values: texts})
	}
	return nil
}

// valueText is a value of a row as text; empty for null.
func valueText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case json.Number:
		return v.String()
	}
	raw, _ := json.Marshal(v) // it was JSON
	return string(raw)
}

// fail records the first of the errors that the service reports: sentences, or objects like
// that of a refusal.
func (r *answerReader) fail(raw json.RawMessage) {
	var all []json.RawMessage
	if json.Unmarshal(raw, &all) != nil {
		all = []json.RawMessage{raw}
	}
	if len(all) == 0 || r.failure != nil {
		return
	}
	failure := readRefusal(all[0])
	if failure.Message == "" {
		_ = json.Unmarshal(all[0], &failure) // the error without an envelope
	}
	failure.Message = cmp.Or(failure.Message, failure.General, textOf(all[0]), "an error without a message")
	r.failure = &failure
}

func (r *answerReader) skip() error {
	var ignored json.RawMessage
	return r.decoder.Decode(&ignored)
}

// members reads an object, and passes each name to read, which reads the value.
func (r *answerReader) members(read func(name string) error) error {
	return r.within('{', func() error {
		name, err := r.decoder.Token()
		if err != nil {
			return err
		}
		return read(name.(string)) //nolint:forcetypeassert // the decoder refuses other names
	})
}

// elements reads a list with read, which reads an element.
func (r *answerReader) elements(read func() error) error { return r.within('[', read) }

// within reads an object or a list. Null is an empty one.
func (r *answerReader) within(open json.Delim, read func() error) error {
	switch token, err := r.decoder.Token(); {
	case err != nil:
		return err
	case token == nil && r.hasTables:
		return nil
	case token != open:
		return errors.New(`it does not have the form {"Tables": [{"Columns": […], "Rows": […]}]}`)
	}
	for r.decoder.More() {
		if err := read(); err != nil {
			return err
		}
	}
	_, err := r.decoder.Token()
	return err
}

// check makes the rows readable by name. It is an error if one of the columns that the
// command requires is missing, or if a row has no value for one of them.
func (r *answerReader) check(cmd Command) error {
	width := len(r.answer.Columns)
	columns := columnIndex(r.answer.Columns)
	at := make([]int, len(cmd.Columns))
	for i, name := range cmd.Columns {
		var ok bool
		if at[i], ok = columns[strings.ToLower(name)]; !ok {
			return fmt.Errorf("it has no column %s", name)
		}
	}
	for i := range r.answer.Rows {
		row := &r.answer.Rows[i]
		row.columns = columns
		if len(row.values) > width {
			return fmt.Errorf("row %d has %d values for %d columns", i+1, len(row.values), width)
		}
		for j, name := range cmd.Columns {
			if len(row.values) < width || strings.TrimSpace(row.values[at[j]]) == "" {
				return fmt.Errorf("row %d has no %s", i+1, name)
			}
		}
	}
	return nil
}
