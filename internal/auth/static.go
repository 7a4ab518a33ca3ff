package auth

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/google/uuid"
)

// staticToken is an access token that somebody else obtained.
type staticToken struct {
	token      string
	tenant     string // as the token says; empty if it does not
	configured string // as tenant_id says; an id or a domain
	expires    time.Time
}

// opaqueLifetime is how long a token is kept that does not say when it expires.
// It only decides how soon the same token is handed out anew.
const opaqueLifetime = time.Hour

func (b *builder) accessToken() (azcore.TokenCredential, error) {
	c := b.config
	s := &staticToken{token: strings.TrimSpace(c.AccessToken), configured: c.TenantID}
	s.token = strings.TrimSpace(strings.TrimPrefix(s.token, "Bearer "))
	said, err := parseClaims(s.token)
	if err != nil {
		return s, nil //nolint:nilerr // An opaque token is still a token; the service decides.
	}
	s.expires = said.expiry()
	if said.TenantID == "" {
		return s, nil
	}
	s.tenant = said.TenantID
	if c.explicit("tenant_id") && isGUID(c.TenantID) && !strings.EqualFold(c.TenantID, said.TenantID) {
		return nil, &ConfigError{
			Attributes: []string{"access_token", "tenant_id"},
			Summary:    "The access token is another tenant's",
			Detail: fmt.Sprintf("%s is a token of tenant %s, but tenant_id is %s.",
				c.source("access_token"), said.TenantID, c.TenantID),
		}
	}
	return s, nil
}

// GetToken implements azcore.TokenCredential.
func (s *staticToken) GetToken(_ context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	if o.TenantID != "" && !strings.EqualFold(o.TenantID, s.tenant) && !strings.EqualFold(o.TenantID, s.configured) {
		return azcore.AccessToken{}, fmt.Errorf("the access token is of tenant %s and cannot answer for tenant %s",
			firstOf(s.tenant, s.configured, "(unknown)"), o.TenantID)
	}
	expires := s.expires
	if expires.IsZero() {
		expires = time.Now().Add(opaqueLifetime).UTC()
	}
	if !expires.After(time.Now()) {
		return azcore.AccessToken{}, fmt.Errorf("the access token expired at %s", expires.Format(time.RFC3339))
	}
	return azcore.AccessToken{Token: s.token, ExpiresOn: expires}, nil
}

func isGUID(s string) bool { return len(s) == 36 && uuid.Validate(s) == nil }
