// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kusto-community/terraform-provider-kusto/internal/cloud"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/proxy"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

// requestsTo are the requests that reached a host.
func requestsTo(host string) []proxy.Request {
	return slices.DeleteFunc(emu.Requests(), func(r proxy.Request) bool { return r.Host != host })
}

func TestUnauthorized_isAnsweredWithAFreshToken(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	s.mustList(s.db)
	s.failOnce(kusto.Fault{Kind: kusto.Unauthorized})
	if _, err := s.AddPrincipal(t.Context(), s.db, Viewers, must("aaduser=alice@contoso.com"), ""); err != nil {
		t.Fatal(err)
	}
	if made, refreshed := s.credential.counts(); made != 2 || refreshed != 1 {
		t.Errorf("%d tokens made, %d thrown away; want 2 and 1", made, refreshed)
	}
	if events := s.paused(); len(events) != 1 || events[0].Pause != 0 {
		t.Errorf("an expired token is no reason to wait: %#v", events)
	}
}

func TestUnauthorized_thatStaysIsTheError(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	s.remote.SetFaults(kusto.FaultPlan{Unauthorized: 1})
	_, err := s.AddPrincipal(t.Context(), s.db, Viewers, must("aaduser=alice@contoso.com"), "")
	e := wantReason(t, err, mgmt.ErrUnauthorized)
	if e.Tries != 4 || e.TimeUp != nil || !strings.Contains(e.Error(), "access token has expired") {
		t.Errorf("%#v", e)
	}
	if made, _ := s.credential.counts(); made != 4 {
		t.Errorf("%d tokens made", made)
	}
}

type tokenError struct{ temporary bool }

func (e tokenError) Error() string   { return "AADSTS7000215: Invalid client secret provided" }
func (e tokenError) Temporary() bool { return e.temporary }

func TestSignIn_isTriedAgainWhenEntraIsBusy(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	failures := 3
	s.credential.fail = func() error {
		if failures--; failures < 0 {
			return nil
		}
		return tokenError{temporary: true}
	}
	if _, err := s.Principals(t.Context(), s.db); err != nil {
		t.Fatal(err)
	}
	s.wantSent("", 1)
}

func TestSignIn_thatIsRefusedKeepsEntrasWords(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	s.credential.fail = func() error { return tokenError{} }
	_, err := s.AddPrincipal(t.Context(), s.db, Viewers, must("aaduser=alice@contoso.com"), "")
	e := wantReason(t, err, mgmt.ErrSignIn)
	var cause tokenError
	if !errors.As(err, &cause) || e.Tries != 1 || e.Status != 0 || !strings.HasPrefix(e.Error(), "AADSTS7000215") {
		t.Errorf("%#v: %v", e, e)
	}
	s.wantSent("", 0)
}

func TestRedirect_isNotFollowed(t *testing.T) {
	t.Parallel()
	other := newTestCluster(t)
	s := newTestCluster(t, func(o *testOptions) { o.Behaviour.RedirectTo = other.remote.Host() })
	_, err := s.AddPrincipal(t.Context(), s.db, Viewers, must("aaduser=alice@contoso.com"), "")
	e := wantReason(t, err, mgmt.ErrUntrusted)
	if e.Tries != 1 || !strings.Contains(e.Error(), `redirect to "https://`+other.remote.Host()) {
		t.Errorf("%#v: %v", e, e)
	}
	if slices.Contains(emu.Connects(), other.remote.Host()+":443") {
		t.Error("the other host was asked")
	}
}

func TestMetadata_thatNamesAnotherLoginHostGetsNoToken(t *testing.T) {
	t.Parallel()
	for _, login := range []string{"https://login.evil.example.com", "https://login.microsoftonline.us", "http://login.microsoftonline.com"} {
		s := newTestCluster(t, byDefault, func(o *testOptions) { o.Behaviour.MetadataLoginEndpoint = login })
		for range 2 { // the SDK remembers it
			_, err := s.AddPrincipal(t.Context(), s.db, Viewers, must("aaduser=alice@contoso.com"), "")
			if e := wantReason(t, err, mgmt.ErrUntrusted); e.Tries != 1 || !strings.Contains(e.Error(), "login host") {
				t.Errorf("%s: %#v: %v", login, e, e)
			}
		}
		s.wantNoToken()
	}
}

func TestMetadata_thatNamesAnotherAudienceGetsNoToken(t *testing.T) {
	t.Parallel()
	for _, resource := range []string{"https://management.azure.com", "https://graph.microsoft.com/", "https://localhost", "http://kusto.kusto.windows.net", "x"} {
		s := newTestCluster(t, byDefault, func(o *testOptions) { o.Behaviour.MetadataResource = resource })
		_, err := s.Principals(t.Context(), s.db)
		if e := wantReason(t, err, mgmt.ErrUntrusted); e.Tries != 1 || !strings.Contains(e.Error(), "a service other than Kusto") {
			t.Errorf("%s: %#v: %v", resource, e, e)
		}
		if _, err := s.Conn().Audience(t.Context()); !errors.Is(err, mgmt.ErrUntrusted) {
			t.Errorf("%s: %v", resource, err)
		}
		s.wantNoToken()
	}
}

func (s *testCluster) wantNoToken() {
	s.t.Helper()
	if made, _ := s.credential.counts(); made != 0 || len(s.credential.scopes) != 0 {
		s.t.Errorf("%d tokens were made for %v", made, s.credential.scopes)
	}
	for _, r := range requestsTo(s.remote.Host()) {
		if r.Header.Get("Authorization") != "" || r.Method != http.MethodGet {
			s.t.Errorf("%s %s was sent", r.Method, r.Path)
		}
	}
}

func TestMetadata_mayBeAbsent(t *testing.T) {
	t.Parallel()
	for _, published := range []string{
		"empty", "404", "missing:KustoServiceResourceId", "missing:LoginEndpoint", "missing:LoginEndpoint,KustoServiceResourceId,KustoClientAppId",
	} {
		for _, cl := range cloud.All() {
			t.Run(cl.Name+" "+published, func(t *testing.T) {
				t.Parallel()
				s := newTestCluster(t, func(o *testOptions) {
					o.Behaviour.Metadata, o.Cloud = published, cl
					o.Host = o.Name + strings.TrimPrefix(cl.KustoAudience, "https://kusto")
				})
				if _, err := s.Principals(t.Context(), s.db); err != nil {
					t.Fatal(err)
				}
				if audience, err := s.Conn().Audience(t.Context()); err != nil || audience != cl.KustoAudience {
					t.Errorf("audience %q, %v; want %q", audience, err, cl.KustoAudience)
				}
				if want := cl.KustoAudience + "/.default"; s.credential.scopes[0] != want {
					t.Errorf("a token for %q, want %q", s.credential.scopes[0], want)
				}
			})
		}
	}
}

// One field of an unexpected type costs neither the sign-in nor the other fields.
func TestMetadata_mayHaveFieldsOfAnyType(t *testing.T) {
	t.Parallel()
	const withMFA = "https://kusto.kustomfa.windows.net"
	for fields, want := range map[string]string{
		`{"LoginMfaRequired":true}`:                               withMFA,
		`{"LoginMfaRequired":"True"}`:                             withMFA,
		`{"LoginMfaRequired":"false"}`:                            cloud.Public.KustoAudience,
		`{"LoginMfaRequired":"maybe"}`:                            cloud.Public.KustoAudience,
		`{"LoginMfaRequired":1}`:                                  cloud.Public.KustoAudience,
		`{"LoginMfaRequired":null}`:                               cloud.Public.KustoAudience,
		`{"LoginMfaRequired":true,"KustoServiceResourceId":null}`: withMFA,
		`{"LoginMfaRequired":true,"KustoServiceResourceId":"https://api.kusto.windows.net"}`:          "https://api.kustomfa.windows.net",
		`{"LoginEndpoint":5,"KustoServiceResourceId":[]}`:                                             cloud.Public.KustoAudience,
		`{"KustoClientAppId":7,"KustoClientRedirectUri":{},"FirstPartyAuthorityUrl":false,"New":[1]}`: cloud.Public.KustoAudience,
	} {
		t.Run(fields, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t, byDefault, func(o *testOptions) { o.Behaviour.Metadata = "with:" + fields })
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			if _, err := s.AddPrincipal(ctx, s.db, Viewers, must("aaduser=alice@contoso.com"), ""); err != nil && !strings.Contains(fields, "api.kusto") {
				t.Fatal(err)
			}
			if audience, err := s.Conn().Audience(ctx); err != nil || audience != want {
				t.Errorf("audience %q, %v; want %q", audience, err, want)
			}
			for _, scope := range s.credential.scopes {
				if scope != want+"/.default" {
					t.Errorf("a token for %q, want %q", scope, want)
				}
			}
		})
	}
}

func TestMetadata_isAskedForAgainWhenItFails(t *testing.T) {
	t.Parallel()
	for name, ask := range map[string]func(*testCluster) error{
		"command": func(s *testCluster) error {
			_, err := s.AddPrincipal(t.Context(), s.db, Viewers, must("aaduser=alice@contoso.com"), "")
			return err
		},
		"audience": func(s *testCluster) error { _, err := s.Conn().Audience(t.Context()); return err },
	} {
		s := newTestCluster(t)
		s.remote.SetFaults(kusto.FaultPlan{MetadataFailures: 3})
		if err := ask(s); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		events := s.paused()
		if len(events) != 3 || events[0].Err.Reason != mgmt.ErrUnavailable || !strings.Contains(events[0].Err.Error(), "/v1/rest/auth/metadata") {
			t.Errorf("%s: %#v", name, events)
		}
	}
}

func TestMetadata_thatCannotBeReadIsSaidSoon(t *testing.T) {
	t.Parallel()
	for name, ask := range map[string]func(*testCluster) error{
		"command": func(s *testCluster) error { _, err := s.Principals(t.Context(), s.db); return err },
		"sign-in": func(s *testCluster) error { return s.Conn().SignIn(t.Context()) },
	} {
		s := newTestCluster(t)
		asked := 0
		s.remote.InterceptMetadata(func() *kusto.Fault {
			asked++
			return &kusto.Fault{Kind: kusto.Custom, Status: 200, Body: "<html>Sign in"}
		})
		if e := wantReason(t, ask(s), mgmt.ErrUnexpectedAnswer); e.Body != "<html>Sign in" || asked > 9 { // a sign-in asks within its own tries
			t.Errorf("%s, asked %d times: %#v", name, asked, e)
		}
	}
}

func TestMetadata_isReadOncePerCluster(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	for range 3 {
		if _, err := s.AddPrincipal(t.Context(), s.db, Viewers, must("aaduser=alice@contoso.com"), ""); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Conn().Audience(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if got := requestsTo(s.remote.Host()); len(got) != 4 {
		t.Errorf("%d requests, want one for metadata and three commands", len(got))
	}
	if made, _ := s.credential.counts(); made != 1 {
		t.Errorf("%d tokens were made, want one for all", made)
	}
}

func TestRequests_tellTheServiceWhoCallsAndNoMore(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	s.mustList(s.db)
	c := s.remote.Commands()[0]
	if c.App != "terraform-provider-kusto/test" || !strings.HasPrefix(c.ClientVersion, "terraform-provider-kusto/test|") || !strings.HasPrefix(c.ClientRequestID, "TFK.show;") {
		t.Errorf("%#v", c)
	}
	if c.User != "[none]" && c.User != "" {
		t.Errorf("the service got the user %q", c.User)
	}
	for _, r := range requestsTo(s.remote.Host()) {
		if got := r.Header.Get("User-Agent"); got != "terraform-provider-kusto/test" {
			t.Errorf("user agent %q", got)
		}
	}
}

func TestCluster_isTheSameForTheSameAddress(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	again, err := s.clients.Client(s.Conn().URI())
	if err != nil || again != s.Client {
		t.Errorf("%p, %v; want %p", again, err, s.Client)
	}
}
