// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
)

func TestTenantID_isThatOfThePublishedIssuer(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		status int
		body   string
		want   string
		fails  bool
	}{
		"a tenant":            {200, `{"issuer":"https://login.microsoftonline.com/` + strings.ToUpper(tenant) + `/v2.0"}`, tenant, false},
		"an issuer of AD FS":  {200, `{"issuer":"https://adfs.contoso.com/adfs"}`, "", false},
		"no such tenant":      {400, `{"error":"invalid_tenant","error_description":"AADSTS90002: Tenant not found"}`, "", false},
		"a busy host":         {503, ``, "", true},
		"a page of something": {200, `<html>`, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			login := newLoginStub(t)
			login.respond = func(w http.ResponseWriter, r *http.Request) bool {
				if r.URL.Path != "/contoso.com/v2.0/.well-known/openid-configuration" || r.Header.Get("Authorization") != "" {
					t.Errorf("asked for %s with %q", r.URL, r.Header.Get("Authorization"))
				}
				w.WriteHeader(test.status)
				_, _ = w.Write([]byte(test.body))
				return true
			}
			cred, err := newCredential(Config{TenantID: tenant, ClientID: client, ClientSecret: secret}, &builder{client: login.client})
			if err != nil {
				t.Fatal(err)
			}
			id, err := cred.TenantID(t.Context(), "contoso.com")
			if id != tenant && id != "" || id != test.want || (err != nil) != test.fails {
				t.Errorf("%q, %v; want %q, an error: %t", id, err, test.want, test.fails)
			}
		})
	}
}

func TestSubscription_isOfTheTenantThatIsNamed(t *testing.T) {
	t.Parallel()
	ids := map[string]string{"contoso.com": tenant, "fabrikam.com": otherTenant}
	for name, test := range map[string]struct {
		tenant, says string
	}{
		"no tenant":                  {"", ""},
		"its tenant by id":           {strings.ToUpper(tenant), ""},
		"its tenant by domain":       {"contoso.com", ""},
		"another tenant by id":       {otherTenant, "belongs to tenant " + tenant},
		"another tenant by domain":   {"fabrikam.com", "belongs to tenant " + tenant},
		"a domain without a tenant":  {"x.example", "belongs to tenant " + tenant},
		"a domain that nobody knows": {"silent.example", "Write the id of the tenant in tenant_id"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cli := &subscriptionCLI{subscription: "Data", tenant: test.tenant, tenantID: func(_ context.Context, domain string) (string, error) {
				if domain == "silent.example" {
					return "", errors.New("no answer")
				}
				return ids[domain], nil
			}}
			err := cli.checkTenant(t.Context(), fakeJWT(map[string]any{"tid": tenant, "oid": "alice"}))
			if test.says == "" && err != nil || test.says != "" && (err == nil || !strings.Contains(err.Error(), test.says)) {
				t.Errorf("got %v, want %q", err, test.says)
			}
		})
	}
}
