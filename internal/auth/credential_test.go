package auth

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// source is a sign-in that a test controls.
type source struct {
	calls    atomic.Int64
	lifetime time.Duration
	takes    time.Duration
	fail     atomic.Bool
}

func (s *source) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	n := s.calls.Add(1)
	select {
	case <-time.After(s.takes):
	case <-ctx.Done():
		return azcore.AccessToken{}, ctx.Err()
	}
	if s.fail.Load() {
		return azcore.AccessToken{}, errors.New("no")
	}
	return azcore.AccessToken{Token: fmt.Sprintf("%s#%d", o.TenantID, n), ExpiresOn: time.Now().Add(s.lifetime)}, nil
}

func credentialOf(s *source) *Credential {
	return &Credential{
		config: Config{TenantID: tenant}, method: methods[2], now: time.Now, inner: s,
		build:  func() (azcore.TokenCredential, error) { return s, nil },
		tokens: map[string]kept{}, flights: map[string]*flight{},
	}
}

func mustGet(t *testing.T, c *Credential, tenant string) string {
	t.Helper()
	token, err := c.GetToken(t.Context(), options(tenant))
	if err != nil {
		t.Fatal(err)
	}
	if !token.ExpiresOn.After(time.Now()) {
		t.Error("an expired token was handed out")
	}
	return token.Token
}

func TestCredential_keepsTokens(t *testing.T) {
	for _, test := range []struct{ lifetime, renewedAfter time.Duration }{
		{time.Hour, 55 * time.Minute},
		{10 * time.Minute, 8 * time.Minute},
		{20 * time.Second, 16 * time.Second},
	} {
		t.Run(test.lifetime.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &source{lifetime: test.lifetime}
				c := credentialOf(s)
				first := mustGet(t, c, "")
				time.Sleep(test.renewedAfter - time.Millisecond)
				if got := mustGet(t, c, ""); got != first {
					t.Errorf("renewed too early")
				}
				time.Sleep(2 * time.Millisecond)
				if got := mustGet(t, c, ""); got == first {
					t.Errorf("not renewed before expiry")
				}
			})
		})
	}
}

func TestCredential_keepsTenantsApart(t *testing.T) {
	s := &source{lifetime: time.Hour}
	c := credentialOf(s)
	if mustGet(t, c, "") != mustGet(t, c, tenant) {
		t.Error("the configured tenant, named, got another token")
	}
	if mustGet(t, c, otherTenant) == mustGet(t, c, "") {
		t.Error("two tenants share a token")
	}
	if n := s.calls.Load(); n != 2 {
		t.Errorf("%d requests, want 2", n)
	}
}

func TestCredential_sharesOneRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{lifetime: time.Hour, takes: time.Second}
		c := credentialOf(s)
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() { mustGet(t, c, "") })
		}
		all.Wait()
		if n := s.calls.Load(); n != 1 {
			t.Errorf("%d requests, want 1", n)
		}
	})
}

func TestCredential_oneCallersEndIsNotTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{lifetime: time.Hour, takes: time.Minute}
		c := credentialOf(s)
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var all sync.WaitGroup
		all.Go(func() {
			if _, err := c.GetToken(short, options("")); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
		})
		synctest.Wait()
		all.Go(func() { mustGet(t, c, "") })
		all.Wait()
		if n := s.calls.Load(); n != 1 {
			t.Errorf("%d requests, want 1", n)
		}
	})
}

func TestCredential_endsARequestNobodyWaitsFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{lifetime: time.Hour, takes: time.Hour}
		c := credentialOf(s)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		if _, err := c.GetToken(ctx, options("")); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		synctest.Wait()
		s.takes = 0
		mustGet(t, c, "")
	})
}

func TestCredential_doesNotKeepErrors(t *testing.T) {
	s := &source{lifetime: time.Hour}
	c := credentialOf(s)
	s.fail.Store(true)
	if _, err := c.GetToken(t.Context(), options("")); err == nil {
		t.Fatal("no error")
	}
	s.fail.Store(false)
	mustGet(t, c, "")
}

func TestCredential_aFailedEarlyRenewalIsNoHarm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{lifetime: time.Hour}
		c := credentialOf(s)
		first := mustGet(t, c, "")
		s.fail.Store(true)
		time.Sleep(58 * time.Minute)
		if got := mustGet(t, c, ""); got != first {
			t.Errorf("got %q", got)
		}
		time.Sleep(2 * time.Minute)
		if _, err := c.GetToken(t.Context(), options("")); err == nil {
			t.Error("an expired token was handed out")
		}
	})
}

func TestCredential_neverHandsOutAnExpiredToken(t *testing.T) {
	c := credentialOf(&source{lifetime: -time.Second})
	_, err := c.GetToken(t.Context(), options(""))
	if err == nil {
		t.Fatal("an expired token was handed out")
	}
	wantWords(t, err.Error(), "already expired", "clock")
}

func TestCredential_refreshAsksAnew(t *testing.T) {
	s := newLoginStub(t)
	cred := newCredential(t, s, secretConfig())
	signIn(t, cred)
	signIn(t, cred)
	if n := len(s.posts()); n != 1 {
		t.Fatalf("%d requests, want 1", n)
	}
	cred.Refresh()
	signIn(t, cred)
	if n := len(s.posts()); n != 2 {
		t.Errorf("%d requests after Refresh, want 2", n)
	}
}

func TestCredential_refreshDuringARequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &source{lifetime: time.Hour, takes: time.Second}
		c := credentialOf(s)
		var all sync.WaitGroup
		all.Go(func() { mustGet(t, c, "") })
		synctest.Wait()
		c.Refresh()
		second := mustGet(t, c, "")
		all.Wait()
		if got := mustGet(t, c, ""); got != second {
			t.Error("a token from before Refresh was kept")
		}
	})
}
