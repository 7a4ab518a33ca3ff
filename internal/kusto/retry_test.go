package kusto

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator"
)

func TestAdd_getsThroughEveryPassingFault(t *testing.T) {
	t.Parallel()
	type fault = emulator.Fault
	for name, faults := range map[string][]fault{
		"throttled":           {{Kind: emulator.Throttle}, {Kind: emulator.Throttle}},
		"unavailable":         {{Kind: emulator.Unavailable}},
		"gateway timeout":     {{Kind: emulator.GatewayTimeout}, {Kind: emulator.GatewayTimeout}},
		"520":                 {{Kind: emulator.Status520}},
		"502 of a proxy":      {{Kind: emulator.Custom, Status: 502, Body: "<html>Bad Gateway</html>"}},
		"cut before":          {{Kind: emulator.CutBefore}},
		"cut after":           {{Kind: emulator.CutAfter}},
		"truncated":           {{Kind: emulator.Truncate}, {Kind: emulator.Truncate}},
		"partial":             {{Kind: emulator.Partial}},
		"partial row":         {{Kind: emulator.PartialRow}},
		"empty 200":           {{Kind: emulator.Custom, Status: 200}},
		"no table":            {{Kind: emulator.Custom, Status: 200, Body: `{"Tables":[]}`}},
		"HTML 200":            {{Kind: emulator.Custom, Status: 200, Body: "<html>"}},
		"executed, then HTML": {{Kind: emulator.CustomExecuted, Status: 503, Body: "<html>"}},
		"throttled in a 200": {{Kind: emulator.Custom, Status: 200,
			Body: `{"Tables":[{"TableName":"T","Columns":[],"Rows":[]}],"Exceptions":["ControlCommandThrottledException: at capacity"]}`}},
		"token refused": {{Kind: emulator.Unauthorized}},
		"one of each":   {{Kind: emulator.Throttle}, {Kind: emulator.Unauthorized}, {Kind: emulator.CutAfter}, {Kind: emulator.Truncate}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStand(t)
			app := newApp("faulty")
			s.failOnce(faults...)
			g, err := s.Add(t.Context(), s.db, Viewers, must(app.FQN()), nil)
			if err != nil || fqnOf(g) != app.FQN() {
				t.Fatalf("%v, %v", g, err)
			}
			s.wantHeld(s.db, Viewers, app.FQN())
			s.wantSent(".add", len(faults)+1)
			s.failOnce(faults...)
			if err := s.Drop(t.Context(), s.db, Viewers, g.Principal, false); err != nil {
				t.Fatal(err)
			}
			s.wantHeld(s.db, Viewers)
			s.failOnce(faults...)
			if _, err := s.Fresh(t.Context(), s.db); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestDrop_isDoneWhenTheCutTryDidIt(t *testing.T) {
	t.Parallel()
	for _, kind := range []emulator.FaultKind{emulator.CutAfter, emulator.Truncate} {
		s := newStand(t, func(o *standOptions) { o.Behaviour.DropAbsentIsError = true })
		app := newApp("cut")
		s.grant(s.db, Viewers, app)
		s.mustPicture(s.db)
		s.failOnce(emulator.Fault{Kind: kind})
		if err := s.Drop(t.Context(), s.db, Viewers, must(app.FQN()), false); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		s.wantHeld(s.db, Viewers)
		if _, found := s.mustPicture(s.db).Find(Viewers, must(app.FQN())); found {
			t.Errorf("%s: the picture still shows it", kind)
		}
	}
}

func TestRetry_waitsAsLongAsItIsAsked(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	ctx, cancel := context.WithCancel(t.Context())
	s.notifyFunc = func(ctx context.Context, e Event) {
		s.note(ctx, e)
		cancel() // the test has seen what it came for
	}
	s.failOnce(emulator.Fault{Kind: emulator.Throttle, RetryAfter: 90 * time.Second})
	_, err := s.Add(ctx, s.db, Viewers, must(newApp("slow").FQN()), nil)
	e := wantKind(t, err, Throttled)
	if e.RetryAfter != 90*time.Second || e.TimeUp == nil || e.Status != 429 {
		t.Errorf("%#v", e)
	}
	if events := s.paused(); len(events) != 1 || events[0].Pause != 90*time.Second || events[0].Kind != Throttled ||
		events[0].Verb != ".add" || events[0].Database != "Samples" || events[0].Tries != 1 || !strings.Contains(events[0].Reason, "throttling") {
		t.Errorf("%#v", events)
	}
}

func TestRetry_growsItsPausesUpToALimit(t *testing.T) {
	t.Parallel()
	r := &retrier{usual: growing(time.Second, 8*time.Second), late: growing(time.Minute, 2*time.Minute), last: &Error{Kind: Throttled}}
	base := time.Second
	for range 20 {
		pause := r.NextBackOff()
		if pause < base/2 || pause > base*3/2 {
			t.Errorf("a pause of %s, want around %s", pause, base)
		}
		base = min(base*18/10, 8*time.Second)
	}
	r.last = &Error{Kind: PrincipalNotFound, RetryAfter: time.Second}
	if pause := r.NextBackOff(); pause < 30*time.Second || pause > 90*time.Second {
		t.Errorf("for a late principal a pause of %s", pause)
	}
	r.last, r.unauthorized = &Error{Kind: Unauthorized}, 1
	if pause := r.NextBackOff(); pause != 0 {
		t.Errorf("for a fresh token a pause of %s", pause)
	}
}

func TestRetryAfter_readsBothForms(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "soon": 0, "-5": 0, "0": 0, "7": 7 * time.Second,
		"86400": longestRetryAfter, "99999999999999999999": 0,
		now.Add(20 * time.Second).Format(http.TimeFormat):  20 * time.Second,
		now.Add(-20 * time.Second).Format(http.TimeFormat): 0,
		now.Add(time.Hour).Format(http.TimeFormat):         longestRetryAfter,
	} {
		if got := retryAfter(value, now); got != want {
			t.Errorf("%q: %s, want %s", value, got, want)
		}
	}
}

func TestRetry_saysThatTimeWasUpAndKeepsKustosWords(t *testing.T) {
	t.Parallel()
	for _, do := range []struct {
		name string
		run  func(*stand, context.Context) error
	}{
		{"add", func(s *stand, ctx context.Context) error {
			_, err := s.Add(ctx, s.db, Viewers, resolvedAt(1), nil)
			return err
		}},
		{"set", func(s *stand, ctx context.Context) error {
			_, err := s.Set(ctx, s.db, Viewers, []FQN{resolvedAt(1)}, false)
			return err
		}},
		{"read", func(s *stand, ctx context.Context) error {
			_, err := s.Picture(ctx, s.db)
			return err
		}},
	} {
		t.Run(do.name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancelCause(t.Context())
			s := newStand(t)
			s.notifyFunc = func(_ context.Context, e Event) {
				if e.Tries >= 3 {
					cancel(context.DeadlineExceeded)
				}
			}
			s.remote.SetFaults(emulator.FaultPlan{Throttle: 1})
			e := wantKind(t, do.run(s, ctx), Throttled)
			if e.TimeUp != context.DeadlineExceeded || e.Tries < 3 || e.Waited == 0 || !strings.Contains(e.Error(), "aborted due to throttling") { //nolint:errorlint // the very value
				t.Errorf("%#v: %v", e, e)
			}
		})
	}
}

func TestRetry_sendsWhatIsPermanentOnce(t *testing.T) {
	t.Parallel()
	permanent := `{"error":{"code":"X","message":"m","@message":"It is broken for good.","@permanent":true}}`
	for name, tc := range map[string]struct {
		fault emulator.Fault
		want  ErrorKind
		words string
	}{
		"403":           {emulator.Fault{Kind: emulator.Forbidden}, Forbidden, "is not authorized to write database"},
		"syntax":        {emulator.Fault{Kind: emulator.Custom, Status: 400, Body: `{"error":{"@message":"Syntax error: x"}}`}, SyntaxError, "Syntax error"},
		"400":           {emulator.Fault{Kind: emulator.Custom, Status: 400, Body: permanent}, Unknown, "It is broken for good. (HTTP 400)"},
		"permanent 500": {emulator.Fault{Kind: emulator.Custom, Status: 500, Body: permanent}, Unavailable, "It is broken for good. (HTTP 500)"},
		"404, HTML":     {emulator.Fault{Kind: emulator.Custom, Status: 404, Body: "<html>"}, Unknown, "held no explanation: Not Found"},
		"no @message":   {emulator.Fault{Kind: emulator.Custom, Status: 400, Body: `{"error":{"message":"only this"}}`}, Unknown, "only this"},
		"array":         {emulator.Fault{Kind: emulator.Custom, Status: 400, Body: `[]`}, Unknown, "held no explanation"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStand(t)
			s.remote.Intercept(func(emulator.Command) *emulator.Fault { return &tc.fault })
			_, err := s.Add(t.Context(), s.db, Viewers, resolvedAt(1), nil)
			e := wantKind(t, err, tc.want)
			if e.Tries != 1 || e.Waited != 0 || e.TimeUp != nil || !strings.Contains(e.Error(), tc.words) {
				t.Errorf("%#v: %v", e, e)
			}
			if e.ActivityID == "" || !strings.HasPrefix(e.RequestID, "TFK.add;") || e.Cluster != s.URI() {
				t.Errorf("support would ask for more than activity %q, request %q at %q", e.ActivityID, e.RequestID, e.Cluster)
			}
			s.wantSent("", 1)
		})
	}
}

func TestErrors_nameWhatIsNotThere(t *testing.T) {
	t.Parallel()
	for _, status := range []int{0, 404} {
		s := newStand(t, func(o *standOptions) { o.Behaviour.NotFoundStatus = status })
		for in, subject := range map[Securable]string{database("it's not"): "it's not", entity("function", "F'"): "F'"} {
			_, err := s.Picture(t.Context(), in)
			if e := wantKind(t, err, SecurableNotFound); e.Subject != subject || e.Tries != 1 {
				t.Errorf("%#v", e)
			}
		}
	}
}

func TestAdd_waitsForAPrincipalThatIsLate(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	late := newApp("late")
	emu.Directory().HideFor(late, 4)
	g, err := s.Add(t.Context(), s.db, Viewers, must(late.FQN()), nil)
	if err != nil || fqnOf(g) != late.FQN() {
		t.Fatalf("%v, %v", g, err)
	}
	s.wantSent(".add", 5)
	for _, e := range s.paused() {
		if e.Kind != PrincipalNotFound || !strings.Contains(e.Reason, late.AppID) {
			t.Errorf("%#v", e)
		}
	}
}

func TestAdd_givesUpOnAPrincipalWhenTimeIsUp(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	s.notifyFunc = func(_ context.Context, e Event) {
		if e.Tries == 4 {
			cancel(context.DeadlineExceeded)
		}
	}
	_, err := s.Add(ctx, s.db, Viewers, must("aaduser=nobody@contoso.com"), nil)
	e := wantKind(t, err, PrincipalNotFound)
	if e.Subject != "nobody@contoso.com" || e.TimeUp == nil || e.Tries != 4 || e.Waited == 0 {
		t.Errorf("%#v", e)
	}
}

func TestRetry_doesNotInsistOnAStrangersCertificate(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	s := newStand(t)
	c, err := s.service.Cluster(ClusterURI(server.URL))
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Picture(t.Context(), s.db)
	if e := wantKind(t, err, Unavailable); e.Tries != 1 || !strings.Contains(e.Error(), "certificate") {
		t.Errorf("%#v: %v", e, e)
	}
	if made, _ := s.credential.counts(); made != 0 {
		t.Error("a token was made for it")
	}
}

func TestRetry_givesUpOnWhatNeverAnswered(t *testing.T) {
	t.Parallel()
	s := newStand(t, func(o *standOptions) { o.Pauses.Unreachable = 20 * time.Millisecond })
	c, err := s.service.Cluster("https://nowhere.westeurope.kusto.windows.net")
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Picture(t.Context(), s.db)
	if e := wantKind(t, err, Unavailable); e.Tries < 2 || e.TimeUp != nil || e.Status != 0 {
		t.Errorf("%#v: %v", e, e)
	}
}

// A refusal that was cut short says nothing, so it must not be taken for one.
func TestRetry_asksAgainWhenARefusalWasCutShort(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	late := newApp("late")
	emu.Directory().HideFor(late, 1)
	s.failOnce(emulator.Fault{Kind: emulator.Truncate})
	if g, err := s.Add(t.Context(), s.db, Viewers, must(late.FQN()), nil); err != nil || fqnOf(g) != late.FQN() {
		t.Errorf("%v, %v", g, err)
	}
	if events := s.paused(); len(events) != 1 || events[0].Kind != Unavailable || !strings.Contains(events[0].Reason, "unexpected EOF") {
		t.Errorf("%#v", events)
	}
}
