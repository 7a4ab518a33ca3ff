// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// maxConfigurationSize is more than an OpenID configuration has, in bytes.
const maxConfigurationSize = 1 << 20

// TenantID returns the id of the tenant that a domain name belongs to, in lower case. The
// authority publishes it in its OpenID configuration, which needs no token. It is empty
// without an error if the authority knows no such tenant.
func (c *Credential) TenantID(ctx context.Context, domain string) (string, error) {
	return c.builder.tenantID(ctx, domain)
}

func (b *builder) tenantID(ctx context.Context, domain string) (string, error) {
	address := "https://" + b.authority.hosts[0] + "/" + url.PathEscape(domain) + "/v2.0/.well-known/openid-configuration"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", err
	}
	resp, err := b.client.Do(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = resp.Body.Close() }()
	var configuration struct {
		Issuer string `json:"issuer"`
	}
	switch {
	case resp.StatusCode == http.StatusBadRequest || resp.StatusCode == http.StatusNotFound:
		return "", nil
	case resp.StatusCode != http.StatusOK:
		return "", fmt.Errorf("the login host answered HTTP %d", resp.StatusCode)
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxConfigurationSize)).Decode(&configuration); err != nil {
		return "", fmt.Errorf("the login host's OpenID configuration could not be read: %w", err)
	}
	for _, part := range strings.Split(configuration.Issuer, "/") {
		if isGUID(part) {
			return strings.ToLower(part), nil
		}
	}
	return "", nil
}
