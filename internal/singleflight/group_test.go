// SPDX-License-Identifier: MPL-2.0

package singleflight

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
)

type question struct{ database, table string }

func TestDoChan_sharesAnAnswerThatIsUnderWay(t *testing.T) {
	t.Parallel()
	var group Group[question, string]
	var asked atomic.Int32
	gate := make(chan struct{})
	ask := func(q question) func() (string, error) {
		return func() (string, error) {
			asked.Add(1)
			<-gate
			return fmt.Sprint(q.database, "/", q.table), errors.New("and an error")
		}
	}
	one, other := question{"sales", "eu orders"}, question{"sales eu", "orders"}
	results := []<-chan Result[string]{group.DoChan(one, ask(one)), group.DoChan(one, ask(one)), group.DoChan(other, ask(other))}
	close(gate)
	for i, want := range []string{"sales/eu orders", "sales/eu orders", "sales eu/orders"} {
		if r := <-results[i]; r.Val != want || r.Err == nil {
			t.Errorf("answer %d is %q, %v; want %q", i, r.Val, r.Err, want)
		}
	}
	if n := asked.Load(); n != 2 {
		t.Errorf("%d questions were asked, want 2", n)
	}
	if r := <-group.DoChan(one, func() (string, error) { return "new", nil }); r.Val != "new" || r.Err != nil {
		t.Errorf("an answer was kept: %q, %v", r.Val, r.Err)
	}
}
