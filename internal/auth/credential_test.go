// SPDX-License-Identifier: MPL-2.0

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

// issuer is a sign-in that a test controls.
type issuer struct {
	calls    atomic.Int64
	lifetime time.Duration
	takes    time.Duration
	fail     atomic.Bool
}

func (s *issuer) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
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

func credentialOf(s *issuer) *Credential {
	m := method{name: methodSecret, build: func(*builder) (azcore.TokenCredential, error) { return s, nil }}
	return &Credential{config: &Config{TenantID: tenant}, method: m, tokens: map[tokenKey]cachedToken{}}
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

func TestCredential_cachesTokensUntilRenewal(t *testing.T) {
	for _, test := range []struct{ lifetime, renewedAfter time.Duration }{
		{time.Hour, 55 * time.Minute},
		{10 * time.Minute, 8 * time.Minute},
		{20 * time.Second, 16 * time.Second},
	} {
		t.Run(test.lifetime.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &issuer{lifetime: test.lifetime}
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

func TestCredential_cachesTokensByTenant(t *testing.T) {
	s := &issuer{lifetime: time.Hour}
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
		s := &issuer{lifetime: time.Hour, takes: time.Second}
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

func TestCredential_repeatsARequestWhoseFirstCallerGaveUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &issuer{lifetime: time.Hour, takes: time.Minute}
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
		for range 10 {
			all.Go(func() { mustGet(t, c, "") })
		}
		all.Wait()
		if n := s.calls.Load(); n != 2 {
			t.Errorf("%d requests, want 2", n)
		}
	})
}

func TestCredential_letsAWaitingCallerGiveUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &issuer{lifetime: time.Hour, takes: time.Minute}
		c := credentialOf(s)
		var all sync.WaitGroup
		all.Go(func() { mustGet(t, c, "") })
		synctest.Wait()
		reason := errors.New("the user pressed Ctrl-C")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(reason) })
		if _, err := c.GetToken(ctx, options("")); !errors.Is(err, reason) {
			t.Errorf("got %v, want the cause of the cancellation", err)
		}
		all.Wait()
	})
}

func TestCredential_limitsTheTimeOfARequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := credentialOf(&issuer{lifetime: time.Hour, takes: time.Hour})
		start := time.Now()
		_, err := c.GetToken(t.Context(), options(""))
		var failed *SignInError
		if !errors.As(err, &failed) || time.Since(start) != requestTimeout {
			t.Errorf("got %v after %v", err, time.Since(start))
		}
	})
}

func TestCredential_doesNotCacheErrors(t *testing.T) {
	s := &issuer{lifetime: time.Hour}
	c := credentialOf(s)
	s.fail.Store(true)
	if _, err := c.GetToken(t.Context(), options("")); err == nil {
		t.Fatal("no error")
	}
	s.fail.Store(false)
	mustGet(t, c, "")
}

func TestCredential_usesTheOldTokenWhenEarlyRenewalFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &issuer{lifetime: time.Hour}
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

func TestCredential_rejectsAnExpiredToken(t *testing.T) {
	c := credentialOf(&issuer{lifetime: -time.Second})
	_, err := c.GetToken(t.Context(), options(""))
	if err == nil {
		t.Fatal("an expired token was handed out")
	}
	wantWords(t, err.Error(), "already expired", "clock")
}

func TestCredential_refreshRequestsANewToken(t *testing.T) {
	s := newLoginStub(t)
	cred := atStub(t, s, secretConfig())
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

func TestCredential_doesNotCacheATokenRequestedBeforeRefresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &issuer{lifetime: time.Hour, takes: time.Second}
		c := credentialOf(s)
		var all sync.WaitGroup
		all.Go(func() { mustGet(t, c, "") })
		synctest.Wait()
		c.Refresh()
		second := mustGet(t, c, "")
		all.Wait()
		if got := mustGet(t, c, ""); got != second {
			t.Error("a token from before Refresh was cached")
		}
	})
}
