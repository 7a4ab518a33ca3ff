// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

func TestAdd_getsThroughEveryPassingFault(t *testing.T) {
	t.Parallel()
	type fault = kusto.Fault
	for name, faults := range map[string][]fault{
		"throttled":           {{Kind: kusto.Throttle}, {Kind: kusto.Throttle}},
		"unavailable":         {{Kind: kusto.Unavailable}},
		"gateway timeout":     {{Kind: kusto.GatewayTimeout}, {Kind: kusto.GatewayTimeout}},
		"520":                 {{Kind: kusto.Status520}},
		"502 of a proxy":      {{Kind: kusto.Custom, Status: 502, Body: "<html>Bad Gateway</html>"}},
		"cut before":          {{Kind: kusto.CutBefore}},
		"cut after":           {{Kind: kusto.CutAfter}},
		"truncated":           {{Kind: kusto.Truncate}, {Kind: kusto.Truncate}},
		"partial":             {{Kind: kusto.Partial}},
		"partial row":         {{Kind: kusto.PartialRow}},
		"empty 200":           {{Kind: kusto.Custom, Status: 200}},
		"no table":            {{Kind: kusto.Custom, Status: 200, Body: `{"Tables":[]}`}},
		"HTML 200":            {{Kind: kusto.Custom, Status: 200, Body: "<html>"}},
		"executed, then HTML": {{Kind: kusto.CustomExecuted, Status: 503, Body: "<html>"}},
		"throttled in a 200": {{Kind: kusto.Custom, Status: 200,
			Body: `{"Tables":[{"TableName":"T","Columns":[],"Rows":[]}],"Exceptions":["ControlCommandThrottledException: at capacity"]}`}},
		"token refused": {{Kind: kusto.Unauthorized}},
		"one of each":   {{Kind: kusto.Throttle}, {Kind: kusto.Unauthorized}, {Kind: kusto.CutAfter}, {Kind: kusto.Truncate}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t)
			app := newApp("faulty")
			s.failOnce(faults...)
			g, err := s.AddPrincipal(t.Context(), s.db, Viewers, must(app.FQN()), "")
			if err != nil || fqnOf(g.Grant) != app.FQN() {
				t.Fatalf("%v, %v", g, err)
			}
			s.wantHeld(s.db, Viewers, app.FQN())
			s.wantSent(".add", len(faults)+1)
			s.nextRun()
			s.failOnce(faults...)
			if err := s.dropErr(t.Context(), s.db, Viewers, g.Grant.Principal, false); err != nil {
				t.Fatal(err)
			}
			s.wantHeld(s.db, Viewers)
			s.nextRun()
			s.failOnce(faults...)
			if _, err := s.CurrentPrincipals(t.Context(), s.db); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestDrop_isDoneWhenTheCutTryDidIt(t *testing.T) {
	t.Parallel()
	for _, kind := range []kusto.FaultKind{kusto.CutAfter, kusto.Truncate} {
		s := newTestCluster(t, func(o *testOptions) { o.Behaviour.DropAbsentIsError = true })
		app := newApp("cut")
		s.grant(s.db, Viewers, app)
		s.mustList(s.db)
		s.failOnce(kusto.Fault{Kind: kind})
		if err := s.dropErr(t.Context(), s.db, Viewers, must(app.FQN()), false); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		s.wantHeld(s.db, Viewers)
		if s.mustList(s.db).Find(Viewers, must(app.FQN())) != nil {
			t.Errorf("%s: the list still shows it", kind)
		}
	}
}

func TestRetry_waitsAsLongAsItIsAsked(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t, byDefault)
	ctx, cancel := context.WithCancel(t.Context())
	s.onPause = func(mgmt.Event) { cancel() } // the test has seen what it came for
	s.failOnce(kusto.Fault{Kind: kusto.Throttle, RetryAfter: 90 * time.Second})
	_, err := s.AddPrincipal(ctx, s.db, Viewers, must(newApp("slow").FQN()), "")
	e := wantReason(t, err, mgmt.ErrThrottled)
	if e.RetryAfter != 90*time.Second || e.TimeUp == nil || e.Status != 429 {
		t.Errorf("%#v", e)
	}
	if events := s.paused(); len(events) != 1 || events[0].Pause != 90*time.Second || events[0].Err.Reason != mgmt.ErrThrottled ||
		events[0].Command != ".add" || events[0].Database != "Samples" || events[0].Err.Tries != 1 || !strings.Contains(events[0].Err.Error(), "throttling") {
		t.Errorf("%#v", events)
	}
}

func TestRetry_saysThatTimeWasUpAndKeepsKustosWords(t *testing.T) {
	t.Parallel()
	for _, do := range []struct {
		name string
		run  func(*testCluster, context.Context) error
	}{
		{"add", func(s *testCluster, ctx context.Context) error {
			_, err := s.AddPrincipal(ctx, s.db, Viewers, resolvedAt(1), "")
			return err
		}},
		{"set", func(s *testCluster, ctx context.Context) error {
			return s.setRole(ctx, s.db, Viewers, resolvedAt(1))
		}},
		{"read", func(s *testCluster, ctx context.Context) error {
			_, err := s.Principals(ctx, s.db)
			return err
		}},
	} {
		t.Run(do.name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancelCause(t.Context())
			s := newTestCluster(t, byDefault)
			s.onPause = func(e mgmt.Event) {
				if e.Err.Tries >= 3 {
					cancel(context.DeadlineExceeded)
				}
			}
			s.remote.SetFaults(kusto.FaultPlan{Throttle: 1})
			e := wantReason(t, do.run(s, ctx), mgmt.ErrThrottled)
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
		fault kusto.Fault
		want  mgmt.Reason
		words string
	}{
		"403":           {kusto.Fault{Kind: kusto.Forbidden}, mgmt.ErrForbidden, "is not authorized to write database"},
		"syntax":        {kusto.Fault{Kind: kusto.Custom, Status: 400, Body: `{"error":{"@message":"Syntax error: x"}}`}, mgmt.ErrSyntax, "Syntax error"},
		"400":           {kusto.Fault{Kind: kusto.Custom, Status: 400, Body: permanent}, mgmt.ErrRefused, "It is broken for good. (HTTP 400)"},
		"permanent 500": {kusto.Fault{Kind: kusto.Custom, Status: 500, Body: permanent}, mgmt.ErrUnavailable, "It is broken for good. (HTTP 500)"},
		"404, HTML":     {kusto.Fault{Kind: kusto.Custom, Status: 404, Body: "<html>"}, mgmt.ErrRefused, "held no explanation: Not Found"},
		"no @message":   {kusto.Fault{Kind: kusto.Custom, Status: 400, Body: `{"error":{"message":"only this"}}`}, mgmt.ErrRefused, "only this"},
		"array":         {kusto.Fault{Kind: kusto.Custom, Status: 400, Body: `[]`}, mgmt.ErrRefused, "held no explanation"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t)
			s.remote.Intercept(func(kusto.Command) *kusto.Fault { return &tc.fault })
			_, err := s.AddPrincipal(t.Context(), s.db, Viewers, resolvedAt(1), "")
			e := wantReason(t, err, tc.want)
			if e.Tries != 1 || e.Waited != 0 || e.TimeUp != nil || !strings.Contains(e.Error(), tc.words) {
				t.Errorf("%#v: %v", e, e)
			}
			if e.ActivityID == "" || !strings.HasPrefix(e.RequestID, "TFK.add;") || e.Cluster != s.Conn().URI() {
				t.Errorf("support would ask for more than activity %q, request %q at %q", e.ActivityID, e.RequestID, e.Cluster)
			}
			s.wantSent(".add", 1)
		})
	}
}

func TestErrors_nameWhatIsNotThere(t *testing.T) {
	t.Parallel()
	for _, status := range []int{0, 404} {
		s := newTestCluster(t, func(o *testOptions) { o.Behaviour.NotFoundStatus = status })
		for in, subject := range map[Securable]string{database("it's not"): "it's not", entity("function", "F'"): "F'"} {
			_, err := s.Principals(t.Context(), in)
			if e := wantReason(t, err, mgmt.ErrSecurableNotFound); e.Subject != subject || e.Tries != 1 {
				t.Errorf("%#v", e)
			}
		}
	}
}

func TestAdd_waitsForAPrincipalThatIsLate(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	late := newApp("late")
	emu.Directory().HideFor(late, 4)
	g, err := s.AddPrincipal(t.Context(), s.db, Viewers, must(late.FQN()), "")
	if err != nil || fqnOf(g.Grant) != late.FQN() {
		t.Fatalf("%v, %v", g, err)
	}
	s.wantSent(".add", 5)
	for _, e := range s.paused() {
		if e.Err.Reason != mgmt.ErrPrincipalNotFound || !strings.Contains(e.Err.Error(), late.AppID) {
			t.Errorf("%#v", e)
		}
	}
}

func TestAdd_givesUpOnAPrincipalWhenTimeIsUp(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	s.onPause = func(e mgmt.Event) {
		if e.Err.Tries == 4 {
			cancel(context.DeadlineExceeded)
		}
	}
	_, err := s.AddPrincipal(ctx, s.db, Viewers, must("aaduser=nobody@contoso.com"), "")
	e := wantReason(t, err, mgmt.ErrPrincipalNotFound)
	if e.Subject != "nobody@contoso.com" || e.TimeUp == nil || e.Tries != 4 || e.Waited == 0 {
		t.Errorf("%#v", e)
	}
}

func TestRetry_doesNotInsistOnAStrangersCertificate(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	s := newTestCluster(t)
	c, err := s.clients.Client(mgmt.ClusterURI(server.URL))
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Principals(t.Context(), s.db)
	if e := wantReason(t, err, mgmt.ErrUnavailable); e.Tries != 1 || !strings.Contains(e.Error(), "certificate") {
		t.Errorf("%#v: %v", e, e)
	}
	if made, _ := s.credential.counts(); made != 0 {
		t.Error("a token was made for it")
	}
}

func TestRetry_givesUpOnWhatNeverAnswered(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t, func(o *testOptions) { o.Retry.Unreachable = 500 * time.Millisecond })
	c, err := s.clients.Client("https://nowhere.westeurope.kusto.windows.net")
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Principals(t.Context(), s.db)
	if e := wantReason(t, err, mgmt.ErrUnavailable); e.Tries < 2 || e.TimeUp != nil || e.Status != 0 {
		t.Errorf("%#v: %v", e, e)
	}
}

// A refusal that was cut short says nothing, so it must not be taken for one.
func TestRetry_asksAgainWhenARefusalWasCutShort(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	late := newApp("late")
	emu.Directory().HideFor(late, 1)
	s.failOnce(kusto.Fault{Kind: kusto.Truncate})
	if g, err := s.AddPrincipal(t.Context(), s.db, Viewers, must(late.FQN()), ""); err != nil || fqnOf(g.Grant) != late.FQN() {
		t.Errorf("%v, %v", g, err)
	}
	if events := s.paused(); len(events) != 1 || events[0].Err.Reason != mgmt.ErrUnavailable || !strings.Contains(events[0].Err.Error(), "unexpected EOF") {
		t.Errorf("%#v", events)
	}
}
