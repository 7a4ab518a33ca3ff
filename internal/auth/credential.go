package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/kusto-community/terraform-provider-kusto/internal/cloud"
)

// Credential gets access tokens by one method, and keeps them while they last.
// It is safe for concurrent use.
type Credential struct {
	config    Config
	authority authority
	method    method
	passed    []Skipped
	build     func() (azcore.TokenCredential, error)
	client    *http.Client
	now       func() time.Time

	mu      sync.Mutex
	inner   azcore.TokenCredential // nil after Refresh, until the next token
	tokens  map[string]kept
	flights map[string]*flight
}

var _ azcore.TokenCredential = (*Credential)(nil)

// kept is a token and when it was obtained.
type kept struct {
	azcore.AccessToken
	since time.Time
}

// Option changes how New makes a credential.
type Option func(*builder)

// WithApplicationID puts id, at most 24 characters without spaces, in front of
// the user agent that the login host sees.
func WithApplicationID(id string) Option {
	const limit = 24 // azcore refuses more
	id = strings.ReplaceAll(id, " ", "-")
	return func(b *builder) { b.applicationID = id[:min(len(id), limit)] }
}

// withClient replaces the HTTP client, for this package's tests.
func withClient(client *http.Client) Option {
	return func(b *builder) {
		client.CheckRedirect = b.client.CheckRedirect
		b.client = client
	}
}

// New chooses a method by the rules in the package comment. It reads files that c
// names, but sends nothing: whether the sign-in works shows at the first GetToken.
// What is wrong with c is a [*ConfigError].
func New(c Config, opts ...Option) (*Credential, error) {
	authority, err := c.authority()
	if err != nil {
		return nil, err
	}
	if err := checkTenants(&c); err != nil {
		return nil, err
	}
	chosen, passed, err := choose(&c)
	if err != nil {
		return nil, err
	}
	b := &builder{
		config: c, authority: authority,
		client: newHTTPClient(), retry: loginRetry,
	}
	for _, o := range opts {
		o(b)
	}
	inner, err := chosen.build(b)
	if err != nil {
		return nil, asConfigError(&c, chosen, err)
	}
	return &Credential{
		config: c, authority: authority, method: chosen, passed: passed, client: b.client, now: time.Now,
		build: func() (azcore.TokenCredential, error) { return chosen.build(b) },
		inner: inner, tokens: map[string]kept{}, flights: map[string]*flight{},
	}, nil
}

var oddTenant = regexp.MustCompile(`[^A-Za-z0-9.-]`)

// checkTenants applies azidentity's rule for tenants where the attribute is known.
func checkTenants(c *Config) error {
	check := func(attribute, tenant string) error {
		if !oddTenant.MatchString(tenant) {
			return nil
		}
		return &ConfigError{
			Attributes: []string{attribute},
			Summary:    "Invalid " + attribute,
			Detail: fmt.Sprintf("%s has the tenant %q. A tenant is an id (a GUID) or a domain name such as contoso.onmicrosoft.com.",
				c.source(attribute), tenant),
		}
	}
	for _, tenant := range c.AuxiliaryTenantIDs {
		if err := check("auxiliary_tenant_ids", tenant); err != nil {
			return err
		}
	}
	return check("tenant_id", c.TenantID)
}

// asConfigError makes any error of a constructor one that names an attribute.
func asConfigError(c *Config, m method, err error) error {
	var fault *ConfigError
	if errors.As(err, &fault) {
		return fault
	}
	_, by, _ := m.asked(c)
	return &ConfigError{
		Attributes: []string{by},
		Summary:    "Cannot sign in with " + m.name,
		Detail:     tidySentence(redact(err.Error(), c.secrets()), ""),
	}
}

// Method is the name of the chosen method, such as "client secret".
func (c *Credential) Method() string { return c.method.name }

// Passed lists the methods that were passed over, and why, in documented order.
func (c *Credential) Passed() []Skipped { return slices.Clone(c.passed) }

// Cloud is the cloud that environment names, also with a custom authority_host.
func (c *Credential) Cloud() cloud.Cloud { return c.authority.cloud }

// Secrets lists the configured values that must never be shown.
func (c *Credential) Secrets() []string { return c.config.secrets() }

// TenantID is the configured tenant, an id or a domain, or the tenant of a given
// access token; empty when it is left to a CLI or the machine's identity.
func (c *Credential) TenantID() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s, ok := c.inner.(*staticToken); ok && s.tenant != "" {
		return s.tenant
	}
	return c.config.TenantID
}

// Refresh forgets every token, so that the next GetToken asks anew: for use when
// the service refuses a token. The library keeps tokens of its own inside its
// credential, which is therefore made anew too.
func (c *Credential) Refresh() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, static := c.inner.(*staticToken); !static {
		c.inner = nil
	}
	c.tokens = map[string]kept{}
	// Flights under way go on for those who wait for them, but keep nothing.
	c.flights = map[string]*flight{}
}

// Close drops idle connections to the login host. The credential stays usable.
func (c *Credential) Close() { c.client.CloseIdleConnections() }

// GetToken implements azcore.TokenCredential. Callers who want the same token
// share one request, and each may give up on its own. An error is a
// [*SignInError], or that of ctx; it is not kept.
func (c *Credential) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	if strings.EqualFold(o.TenantID, c.config.TenantID) {
		o.TenantID = ""
	}
	key := cacheKey(o)
	c.mu.Lock()
	if have, ok := c.tokens[key]; ok && c.now().Before(have.renewAt()) {
		c.mu.Unlock()
		return have.AccessToken, nil
	}
	f := c.join(ctx, key, o)
	c.mu.Unlock()
	return f.wait(ctx)
}

func cacheKey(o policy.TokenRequestOptions) string {
	return strings.Join([]string{
		strings.Join(o.Scopes, " "), strings.ToLower(o.TenantID), o.Claims, strconv.FormatBool(o.EnableCAE),
	}, "\n")
}

// renewAt is well before the expiry: five minutes, so that a command and its
// retries can finish; a fifth of its life for a token that lives shortly.
func (k kept) renewAt() time.Time {
	const margin = 5 * time.Minute
	at := k.ExpiresOn.Add(-min(margin, k.ExpiresOn.Sub(k.since)/5))
	// What a library calls the time to refresh can only make it sooner.
	if !k.RefreshOn.IsZero() && k.RefreshOn.After(k.since) && k.RefreshOn.Before(at) {
		return k.RefreshOn
	}
	return at
}

// fetch asks the method for a token, and checks what comes.
func (c *Credential) fetch(ctx context.Context, o policy.TokenRequestOptions) (kept, error) {
	inner, err := c.credential()
	if err != nil {
		return kept{}, err
	}
	token, err := inner.GetToken(ctx, o)
	if err != nil {
		return kept{}, newSignInError(c.method.name, c.config.secrets(), err)
	}
	now := c.now()
	if token.Token == "" || !token.ExpiresOn.After(now) {
		return kept{}, &SignInError{Method: c.method.name, Message: fmt.Sprintf(
			"the token that came had already expired, at %s by a clock that here shows %s",
			token.ExpiresOn.UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339))}
	}
	return kept{token, now}, nil
}

// credential returns the inner credential, made anew after a Refresh.
func (c *Credential) credential() (azcore.TokenCredential, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.inner == nil {
		inner, err := c.build()
		if err != nil {
			return nil, asConfigError(&c.config, c.method, err)
		}
		c.inner = inner
	}
	return c.inner, nil
}
