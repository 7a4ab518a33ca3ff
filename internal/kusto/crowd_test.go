package kusto

import (
	"context"
	"testing"
)

func TestCrowd_lastsAsLongAsAnyoneWaits(t *testing.T) {
	t.Parallel()
	gone, leave := context.WithCancelCause(t.Context())
	leave(context.DeadlineExceeded)
	patient, end := context.WithCancelCause(t.Context())
	c := newCrowd(gone)
	for range 100 { // one who is gone already ends it for no one else
		defer c.joinAll(gone, patient)()
	}
	if c.ctx.Err() != nil {
		t.Fatal("the crowd ended while someone waited")
	}
	end(context.DeadlineExceeded)
	<-c.ctx.Done()
	if cause := context.Cause(c.ctx); cause != context.DeadlineExceeded { //nolint:errorlint // the very value
		t.Errorf("it ended for %v", cause)
	}
}

type carried struct{}

func TestCrowd_carriesTheFirstOnesValues(t *testing.T) {
	t.Parallel()
	c := newCrowd(context.WithValue(t.Context(), carried{}, "log"))
	leave := c.join(t.Context())
	if c.ctx.Value(carried{}) != "log" {
		t.Error("the logger is lost")
	}
	leave()
	leave() // as often as one likes
	if c.ctx.Err() == nil || c.members != 0 {
		t.Errorf("%v, %d members", c.ctx.Err(), c.members)
	}
}
