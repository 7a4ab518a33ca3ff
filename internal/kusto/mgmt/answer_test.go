// SPDX-License-Identifier: MPL-2.0

package mgmt

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

// An error in an answer is the service's own, in each form that it was seen in.
func TestReadAnswer_reportsFailures(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]struct {
		reason  Reason
		message string
	}{
		`{"Tables":[{"Columns":[],"Rows":[{"Exceptions":["Database 'D' was not found."]}]}]}`:   {ErrSecurableNotFound, "Database 'D' was not found."},
		`{"Tables":[],"Exceptions":["it broke"]}`:                                               {ErrUnavailable, "it broke"},
		`{"Exceptions":"it broke","Tables":[]}`:                                                 {ErrUnavailable, "it broke"},
		`{"Tables":[{}],"Exceptions":[""]}`:                                                     {ErrUnavailable, "an error without a message"},
		`{"Tables":[{}],"Exceptions":[{"error":{"code":403,"@message":"no","message":"No."}}]}`: {ErrUnavailable, "no"},
		`{"Tables":[{},{"Rows":[[1],{"Exceptions":["the second"]}]}]}`:                          {ErrUnavailable, "the second"},
		`{"error":{"code":"BadRequest_SyntaxError","@message":"Syntax error: x"}}`:              {ErrSyntax, "Syntax error: x"},
	} {
		_, err := ReadAnswer(strings.NewReader(body), Command{Verb: Show, Lists: "principals"})
		var later *laterError
		if !errors.As(err, &later) {
			t.Errorf("%s: %v", body, err)
			continue
		}
		e := &Error{Status: 200}
		if e.readLater(later.refusal); e.Reason != want.reason || e.Message != want.message {
			t.Errorf("%s: %v %q", body, e.Reason, e.Message)
		}
	}
}

// FuzzReadAnswer: an answer has as many rows as its first table, or it is an error.
func FuzzReadAnswer(f *testing.F) {
	f.Add(`{"Tables":[{"Columns":[{"ColumnName":"Role"}],"Rows":[["a"],[1],[true],[null],[{"a":1}]]}]}`)
	f.Add(`{"Tables":[null,{"Rows":[null]}],"Exceptions":[]}`)
	f.Add(`[]`)
	f.Add("\ufeff{}")
	f.Fuzz(func(t *testing.T, body string) {
		answer, err := ReadAnswer(strings.NewReader(body), Command{Verb: Show, Lists: "principals"})
		if err != nil {
			return
		}
		var want struct{ Tables []struct{ Rows [][]any } }
		decoder := json.NewDecoder(strings.NewReader(body))
		if decoder.Decode(&want) != nil || strings.Count(strings.ToLower(body), "tables") > 1 || strings.Count(strings.ToLower(body), "rows") > len(want.Tables) {
			return // the library is stricter, or a member stands twice
		}
		if len(answer.Rows) != len(want.Tables[0].Rows) {
			t.Errorf("%d rows of %q", len(answer.Rows), body)
		}
		for i, row := range answer.Rows {
			if len(row.values) != len(want.Tables[0].Rows[i]) {
				t.Errorf("row %d of %q has %d values", i, body, len(row.values))
			}
		}
	})
}
