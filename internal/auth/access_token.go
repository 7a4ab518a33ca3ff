// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/google/uuid"
)

// staticToken is an access token obtained outside the provider.
type staticToken struct {
	token      string
	tenant     string // from the token's claims; empty for an opaque token
	configured string // tenant_id: an id or a domain
	expires    time.Time
}

// opaqueLifetime is the assumed lifetime of a token without an expiry. After it the
// same token is handed out again.
const opaqueLifetime = time.Hour

var (
	errTokenExpired = errors.New("the access token expired")
	errTokenTenant  = errors.New("the access token is for another tenant")
)

func (b *builder) accessToken() (azcore.TokenCredential, error) {
	c := b.config
	token := strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(c.AccessToken), "Bearer "))
	s := &staticToken{token: token, configured: c.TenantID}
	said, err := parseClaims(token)
	if err != nil {
		return s, nil //nolint:nilerr // The service decides whether an opaque token is valid.
	}
	s.expires, s.tenant = said.expiry(), said.TenantID.value
	if s.tenant != "" && c.origin("tenant_id") == fromConfiguration && isGUID(c.TenantID) && !strings.EqualFold(c.TenantID, s.tenant) {
		return nil, &ConfigError{
			Attributes: []string{"access_token", "tenant_id"},
			Summary:    "The access token does not match tenant_id",
			Detail:     fmt.Sprintf("The token in %s is for tenant %s, but tenant_id is %s.", c.source("access_token"), s.tenant, c.TenantID),
		}
	}
	return s, nil
}

// GetToken implements azcore.TokenCredential.
func (s *staticToken) GetToken(_ context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	if o.TenantID != "" && !strings.EqualFold(o.TenantID, s.tenant) && !strings.EqualFold(o.TenantID, s.configured) {
		return azcore.AccessToken{}, fmt.Errorf("%w: it is for %s, not for %s",
			errTokenTenant, cmp.Or(s.tenant, s.configured, "(unknown)"), o.TenantID)
	}
	expires := s.expires
	if expires.IsZero() {
		expires = time.Now().Add(opaqueLifetime).UTC()
	}
	if !expires.After(time.Now()) {
		return azcore.AccessToken{}, fmt.Errorf("%w at %s", errTokenExpired, expires.Format(time.RFC3339))
	}
	return azcore.AccessToken{Token: s.token, ExpiresOn: expires}, nil
}

func isGUID(s string) bool { return len(s) == 36 && uuid.Validate(s) == nil }
