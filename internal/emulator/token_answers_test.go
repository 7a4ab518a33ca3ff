// SPDX-License-Identifier: MPL-2.0

package emulator_test

import (
	"net/url"
	"testing"
	"time"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
)

func TestInterceptTokens_changesTheAnswersForOneApplication(t *testing.T) {
	s := newFixture(t)
	app := s.Directory().AddApp("contoso.com", "intercepted")
	answers := []entra.TokenAnswer{{Status: 429, RetryAfter: 1500 * time.Millisecond}, {Status: 503}, {AADSTS: 53003}, {Lifetime: 3 * time.Second}, {}}
	s.InterceptTokens(app.AppID, func() entra.TokenAnswer {
		next := answers[0]
		answers = answers[1:]
		return next
	})
	ask := func(p *entra.Principal) (int, map[string]any) {
		return s.form("https://login.microsoftonline.com/"+p.TenantID+"/oauth2/v2.0/token", url.Values{
			"grant_type": {"client_credentials"}, "client_id": {p.AppID}, "client_secret": {p.Secrets[0]},
			"scope": {"https://kusto.kusto.windows.net/.default"},
		})
	}
	for _, want := range []struct {
		status  int
		seconds any
	}{{429, nil}, {503, nil}, {400, nil}, {200, 3.0}, {200, 3600.0}} {
		if status, body := ask(app); status != want.status || body["expires_in"] != want.seconds {
			t.Errorf("%d %v, want %v", status, body, want)
		}
		if status, _ := ask(s.Directory().App("ci-deployer")); status != 200 {
			t.Errorf("another application got %d", status)
		}
	}
}
