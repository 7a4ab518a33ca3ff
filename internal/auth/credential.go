// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/kusto-community/terraform-provider-kusto/internal/cloud"
	"github.com/kusto-community/terraform-provider-kusto/internal/singleflight"
)

// Credential gets access tokens by one sign-in method and caches them. It is safe
// for concurrent use.
type Credential struct {
	config  *Config
	method  method
	builder *builder

	requests singleflight.Group[tokenRequest, azcore.AccessToken]

	mu         sync.Mutex
	inner      azcore.TokenCredential // nil after Refresh, until the next request
	tokens     map[tokenKey]cachedToken
	generation int // counts calls of Refresh
}

var _ azcore.TokenCredential = (*Credential)(nil)

// tokenKey is what a token was requested for.
type tokenKey struct {
	scopes, tenant, claims string // scopes with a blank between them, as OAuth writes them
	cae                    bool
}

// tokenRequest is a request for a token, in one generation of tokens.
type tokenRequest struct {
	tokenKey
	generation int
}

// cachedToken is a token and the time at which it was obtained.
type cachedToken struct {
	azcore.AccessToken
	obtained time.Time
}

// requestTimeout bounds one request for a token, including the library's retries.
// A deadline also replaces the ten seconds that azidentity allows a CLI, some of
// which start slowly.
const requestTimeout = 90 * time.Second

// New chooses the sign-in method by the rules in the package comment. It reads the
// files that c names, but sends nothing: the first GetToken shows whether sign-in
// works. applicationID precedes the user agent that Microsoft Entra ID sees; only
// its first 24 characters count. Errors are of type [*ConfigError].
func New(c Config, applicationID string) (*Credential, error) {
	return newCredential(c, &builder{client: newHTTPClient(), retry: loginRetry, applicationID: applicationID})
}

func newCredential(c Config, b *builder) (*Credential, error) {
	var err error
	if b.authority, err = c.authority(); err != nil {
		return nil, err
	}
	err = cmp.Or(c.checkTenant(), c.readFile("client_id", "client_id_file_path"), c.readFile("client_secret", "client_secret_file_path"))
	if err != nil {
		return nil, err
	}
	chosen, err := choose(&c)
	if err != nil {
		return nil, err
	}
	b.config = &c
	cred := &Credential{config: &c, method: chosen, builder: b, tokens: map[tokenKey]cachedToken{}}
	if _, err := cred.credential(); err != nil {
		return nil, err
	}
	return cred, nil
}

// Method is the name of the chosen method, such as "client secret".
func (c *Credential) Method() string { return c.method.name }

// Cloud is the cloud that environment names, also with a custom authority_host.
func (c *Credential) Cloud() cloud.Cloud { return c.builder.authority.cloud }

// Secrets lists the configured values that must never be shown.
func (c *Credential) Secrets() []string { return c.config.secrets() }

// Refresh discards every cached token, so that the next GetToken requests a new
// one. Call it when a service refuses a token. The library caches tokens inside its
// own credential, which is therefore rebuilt. Requests in progress still complete
// for their callers, but their tokens are not cached.
func (c *Credential) Refresh() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.inner = nil
	c.generation++
	clear(c.tokens)
}

// errAbandoned reports a request whose initiator gave up.
var errAbandoned = errors.New("the caller that made the request gave up")

// GetToken implements azcore.TokenCredential. Callers that want the same token
// share one request, made under the context of the first. Each can give up on its
// own; when the first gives up, the others make the request again. An error is a
// [*SignInError], or the cause of ctx's end. Errors are not cached.
func (c *Credential) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	if strings.EqualFold(o.TenantID, c.config.TenantID) {
		o.TenantID = ""
	}
	key := tokenKey{strings.Join(o.Scopes, " "), strings.ToLower(o.TenantID), o.Claims, o.EnableCAE}
	for ctx.Err() == nil {
		token, generation, found := c.cached(key)
		if found {
			return token, nil
		}
		results := c.requests.DoChan(tokenRequest{key, generation}, func() (azcore.AccessToken, error) {
			return c.obtain(ctx, o, key, generation)
		})
		select {
		case <-ctx.Done():
		case r := <-results:
			if errors.Is(r.Err, errAbandoned) {
				continue
			}
			return r.Val, r.Err
		}
	}
	return azcore.AccessToken{}, context.Cause(ctx)
}

// cached returns the token for key unless it is due for renewal, and the generation
// that a new one would belong to.
func (c *Credential) cached(key tokenKey) (token azcore.AccessToken, generation int, found bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t, ok := c.tokens[key]
	return t.AccessToken, c.generation, ok && time.Now().Before(t.renewAt())
}

// renewAt is five minutes before the expiry, so that a command and its retries can
// finish, and less for short-lived tokens: a fifth of their lifetime.
func (t cachedToken) renewAt() time.Time {
	const margin = 5 * time.Minute
	at := t.ExpiresOn.Add(-min(margin, t.ExpiresOn.Sub(t.obtained)/5))
	if t.RefreshOn.After(t.obtained) && t.RefreshOn.Before(at) {
		return t.RefreshOn
	}
	return at
}

// obtain gets a token and caches it, unless Refresh was called in the meantime.
func (c *Credential) obtain(ctx context.Context, o policy.TokenRequestOptions, key tokenKey, generation int) (azcore.AccessToken, error) {
	limited, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	token, err := c.fetch(limited, o)
	c.mu.Lock()
	defer c.mu.Unlock()
	old := c.tokens[key]
	switch {
	case err == nil && generation == c.generation:
		c.tokens[key] = token
	case err == nil:
	case ctx.Err() != nil:
		return azcore.AccessToken{}, errAbandoned
	case old.ExpiresOn.After(time.Now()):
		// Only the early renewal failed. The next call tries it again.
		return old.AccessToken, nil
	}
	return token.AccessToken, err
}

// fetch gets a token by the chosen method and checks it.
func (c *Credential) fetch(ctx context.Context, o policy.TokenRequestOptions) (cachedToken, error) {
	inner, err := c.credential()
	if err != nil {
		return cachedToken{}, err
	}
	var cause error
	token, err := inner.GetToken(context.WithValue(ctx, causeKey{}, &cause), o)
	if err != nil {
		return cachedToken{}, newSignInError(c.method.name, c.config.secrets(), err, cause)
	}
	now := time.Now()
	if token.Token == "" || !token.ExpiresOn.After(now) {
		return cachedToken{}, &SignInError{Method: c.method.name, Message: fmt.Sprintf(
			"the token received had already expired, at %s (clock of this machine: %s)",
			token.ExpiresOn.UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339))}
	}
	return cachedToken{token, now}, nil
}

// credential returns the library's credential, and builds it after a Refresh.
func (c *Credential) credential() (azcore.TokenCredential, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.inner == nil {
		inner, err := c.method.build(c.builder)
		if err != nil {
			return nil, c.config.asConfigError(c.method, err)
		}
		c.inner = inner
	}
	return c.inner, nil
}
