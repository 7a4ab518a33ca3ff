// SPDX-License-Identifier: MPL-2.0

package mgmt

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestAnswers_areReadUpToABound(t *testing.T) {
	t.Parallel()
	resp := &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(io.LimitReader(spaces{}, maxAnswer+2))}
	if err := new(transport).readBody(resp, &attempt{phase: "command"}); !errors.Is(err, ErrUnexpectedAnswer) || !strings.Contains(err.Error(), "longer than 128 MiB") {
		t.Error(err)
	}
}

// spaces reads as blanks without end.
type spaces struct{}

func (spaces) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}
