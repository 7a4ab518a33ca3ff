// SPDX-License-Identifier: MPL-2.0

package mgmt

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestAnswers_areReadUpToABound(t *testing.T) {
	t.Parallel()
	for _, beginning := range []string{"", `{"Tables":[`} {
		body := io.MultiReader(strings.NewReader(beginning), io.LimitReader(spaces{}, maxAnswer+2))
		resp := &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(body)}
		if err := new(transport).readBody(resp, &attempt{phase: "command"}); !errors.Is(err, ErrUnexpectedAnswer) || !strings.Contains(err.Error(), "longer than 128 MiB") {
			t.Errorf("%q: %v", beginning, err)
		}
	}
}

// Rows are read as they arrive, so that a connection that ends, by an interrupt too, ends the
// reading: it is not the answer that is at fault.
func TestAnswers_areReadAsTheyArrive(t *testing.T) {
	t.Parallel()
	list := io.MultiReader(strings.NewReader(`{"Tables":[{"Columns":[{"ColumnName":"Role"}],"Rows":[["a"]`), &rows{left: 100_000})
	x := &attempt{command: Command{Verb: Show, Lists: "principals"}}
	if err := x.readAnswer(list); !errors.Is(err, context.Canceled) || !errors.Is(x.netErr, context.Canceled) {
		t.Errorf("%v, %v", err, x.netErr)
	}
}

// rows reads as rows, and then the caller is gone.
type rows struct{ left int }

func (r *rows) Read(p []byte) (int, error) {
	if r.left--; r.left < 0 {
		return 0, context.Canceled
	}
	return copy(p, `,["b"]`), nil
}

// spaces reads as blanks without end.
type spaces struct{}

func (spaces) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}
