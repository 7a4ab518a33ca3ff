// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
)

// newTrustCluster is a test cluster whose application no other test signs in as, so that
// its secret and its tokens can be followed.
func newTrustCluster(t *testing.T) *testCluster {
	t.Helper()
	return newTestClusterAs(t, fake.Directory().AddApp(entra.ContosoTenantID, "followed"))
}

const authority = "login.microsoftonline.com"

// wentOnlyTo checks that the secret went to one login host alone, and tokens to
// the listed clusters alone. It gives how often either was sent.
func (s *testCluster) wentOnlyTo(t *testing.T, login string, clusters ...string) (secrets, tokens int) {
	t.Helper()
	for _, q := range fake.Requests() {
		if strings.Contains(string(q.Body)+q.Path+fmt.Sprint(q.Header), s.deployer.Secrets[0]) {
			secrets++
			if q.Host != login {
				t.Errorf("the secret went to %s %s%s", q.Method, q.Host, q.Path)
			}
		}
		if s.isOwnToken(q.Header.Get("Authorization")) {
			tokens++
			if !slices.Contains(clusters, q.Host) {
				t.Errorf("a token went to %s %s%s", q.Method, q.Host, q.Path)
			}
		}
	}
	return secrets, tokens
}

// isOwnToken reports whether a header holds a token of the test cluster's application.
func (s *testCluster) isOwnToken(header string) bool {
	parts := strings.Split(strings.TrimPrefix(header, "Bearer "), ".")
	if len(parts) != 3 {
		return header != "" && strings.Contains(header, s.deployer.AppID)
	}
	claims, _ := base64.RawURLEncoding.DecodeString(parts[1])
	return strings.Contains(string(claims), s.deployer.AppID)
}

// noConnection checks that nobody tried to reach a host of that name.
func noConnection(t *testing.T, name string) {
	t.Helper()
	for _, host := range fake.Connects() {
		if strings.Contains(host, name) {
			t.Errorf("%s was connected to", host)
		}
	}
}

// lookAlikes are addresses that a hasty check would trust. %s is a host of
// nobody's.
var lookAlikes = map[string]string{
	"suffix":          "https://c.kusto.windows.net.%s",
	"user info":       "https://c.kusto.windows.net@%s",
	"path":            "https://%s/c.kusto.windows.net",
	"query":           "https://%s?c.kusto.windows.net",
	"fragment":        "https://%s#.kusto.windows.net",
	"backslash":       `https://%s\.kusto.windows.net`,
	"without the dot": "https://%skusto.windows.net",
	"clear text":      "http://%s.kusto.windows.net",
}

// The address is known only at apply, so that no validator sees it: the last
// gate must hold.
func TestTrust_lookAlikesAreRefusedBeforeAnyRequest(t *testing.T) {
	t.Parallel()
	for name, form := range lookAlikes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newTrustCluster(t)
			evil := fmt.Sprintf("evil-%s.example.com", s.deployer.AppID)
			address := quoteHCL(fmt.Sprintf(form, evil))
			refused := says("Invalid cluster URI")
			s.testWithCLI(t,
				resource.TestStep{Config: s.config(fmt.Sprintf(`
resource "terraform_data" "late" { input = %s }
data "kusto_access_token" "it" { cluster_uri = terraform_data.late.output }
`, address)), ExpectError: refused},
				resource.TestStep{Config: s.config(fmt.Sprintf(`
resource "terraform_data" "later" { input = %s }
`, address) + grantHCL("Samples", "viewers", "aaduser=alice@contoso.com", "cluster_uri = terraform_data.later.output")), ExpectError: refused},
			)
			noConnection(t, evil)
			if secrets, tokens := s.wentOnlyTo(t, authority); secrets+tokens > 0 {
				t.Errorf("the secret was sent %d times, tokens %d times", secrets, tokens)
			}
		})
	}
}

func TestTrust_redirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	s, other := newTrustCluster(t), newTestCluster(t)
	s.SetBehaviour(kusto.Behaviour{RedirectTo: other.Host()})
	s.test(t, resource.TestStep{
		Config:      s.config(grantHCL("Samples", "viewers", "aaduser=alice@contoso.com", "")),
		ExpectError: says("Refusing to send a token to an untrusted cluster", "redirect", other.Host(), "which is not followed"),
	})
	s.SetBehaviour(kusto.Behaviour{})
	noConnection(t, other.Host())
	s.wentOnlyTo(t, authority, s.Host())
}

func TestTrust_metadataCannotSendSecretsOrTokensElsewhere(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		tells func(evil string) kusto.Behaviour
		want  *regexp.Regexp
	}{
		{"another login host", func(evil string) kusto.Behaviour {
			return kusto.Behaviour{MetadataLoginEndpoint: "https://" + evil}
		},
			says("Refusing to send a token to an untrusted cluster", "names a login host that does not belong to this cluster's cloud")},
		{"another cloud's login host", func(string) kusto.Behaviour {
			return kusto.Behaviour{MetadataLoginEndpoint: "https://login.microsoftonline.us"}
		}, says("Refusing to send a token to an untrusted cluster")},
		{"a look-alike audience", func(evil string) kusto.Behaviour {
			return kusto.Behaviour{MetadataResource: "https://kusto.kusto.windows.net." + evil}
		}, says("Refusing to send a token to an untrusted cluster", "requests a token for a service other than Kusto")},
		{"the audience of Azure itself", func(string) kusto.Behaviour {
			return kusto.Behaviour{MetadataResource: "https://management.azure.com"}
		}, says("Refusing to send a token to an untrusted cluster", "management.azure.com")},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newTrustCluster(t)
			evil := "login-" + s.deployer.AppID + ".example.com"
			fake.AddAuthority(evil) // it would take a secret
			s.SetBehaviour(c.tells(evil))
			s.test(t,
				resource.TestStep{Config: s.config(grantHCL("Samples", "viewers", "aaduser=alice@contoso.com", "")), ExpectError: c.want},
				resource.TestStep{Config: s.config(`data "kusto_access_token" "it" { cluster_uri = "` + s.uri + `" }`), ExpectError: c.want},
			)
			noConnection(t, evil)
			if secrets, tokens := s.wentOnlyTo(t, authority); secrets+tokens > 0 {
				t.Errorf("the secret was sent %d times, tokens %d times", secrets, tokens)
			}
		})
	}
}

func TestTrust_onlyTheConfiguredAuthoritySeesTheSecret(t *testing.T) {
	t.Parallel()
	s := newTrustCluster(t)
	custom := "login-" + s.deployer.AppID + ".corp.example.com"
	fake.AddAuthority(custom)
	provider := strings.Replace(s.provider, "{", fmt.Sprintf("{\n  authority_host = \"https://%s\"", custom), 1)
	s.test(t, resource.TestStep{
		Config: provider + grantHCL("Samples", "viewers", "aaduser=alice@contoso.com", ""),
		Check:  s.holds(line(database("Samples"), "viewers", who("alice@contoso.com").FQN(), "")),
	})
	if secrets, tokens := s.wentOnlyTo(t, custom, s.Host()); secrets == 0 || tokens == 0 {
		t.Errorf("the secret was sent %d times, tokens %d times: that shows nothing", secrets, tokens)
	}
}

func TestTrust_aTokenGoesToItsClusterAlone(t *testing.T) {
	t.Parallel()
	s, other := newTrustCluster(t), newTestCluster(t)
	s.test(t, resource.TestStep{
		Config: s.config(grantHCL("Samples", "viewers", "aaduser=alice@contoso.com", "")),
		Check:  s.holds(line(database("Samples"), "viewers", who("alice@contoso.com").FQN(), "")),
	})
	if secrets, tokens := s.wentOnlyTo(t, authority, s.Host()); secrets == 0 || tokens == 0 {
		t.Errorf("the secret was sent %d times, tokens %d times: that shows nothing", secrets, tokens)
	}
	noConnection(t, other.Host())
}
