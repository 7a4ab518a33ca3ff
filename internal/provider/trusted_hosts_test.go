// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	fakekusto "github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
)

// newOwnDomainCluster is a trust cluster with a host in a domain of one's own.
func newOwnDomainCluster(t *testing.T, host string) *testCluster {
	t.Helper()
	deployer := fake.Directory().AddApp(entra.ContosoTenantID, "own-domain")
	c := fake.AddCluster(fakekusto.ClusterConfig{Host: host, Admins: []*entra.Principal{deployer}, Behaviour: testBehaviour})
	c.AddDatabase("Samples")
	s := &testCluster{Cluster: c, uri: c.URI(), database: "Samples", deployer: deployer}
	s.provider = s.signedInAs(deployer)
	return s
}

// trusting is the provider block with more hosts to trust.
func (s *testCluster) trusting(hosts string) string {
	return strings.Replace(s.provider, "{", "{\n  trusted_hosts = "+hosts, 1)
}

func TestTrustedHosts_letTokensGoToOnesOwnDomain(t *testing.T) {
	t.Parallel()
	for host, entry := range map[string]string{
		"exact.trusted-hosts.example.com":    "Exact.Trusted-Hosts.example.com",
		"a.suffix.trusted-hosts.example.com": ".suffix.Trusted-hosts.example.com",
	} {
		t.Run(entry, func(t *testing.T) {
			t.Parallel()
			s := newOwnDomainCluster(t, host)
			// A cluster in a private cloud names that cloud's login host, which gets nothing.
			s.SetBehaviour(fakekusto.Behaviour{MetadataLoginEndpoint: "https://login." + host})
			s.uri = "https://" + strings.ToUpper(host) + "/"
			s.provider = s.signedInAs(s.deployer)
			grant := grantHCL("Samples", "viewers", "aaduser=alice@contoso.com", "")
			s.test(t, resource.TestStep{
				Config: s.trusting(fmt.Sprintf("[%q]", entry)) + grant,
				Check: resource.ComposeTestCheckFunc(
					s.holds(line(database("Samples"), "viewers", who("alice@contoso.com").FQN(), "")),
					resource.TestCheckResourceAttr("kusto_database_principal.it", "id",
						"https://"+host+"|Samples|viewers|"+"aaduser=alice@contoso.com"),
				),
			})
			if secrets, tokens := s.wentOnlyTo(t, authority, host); secrets == 0 || tokens == 0 {
				t.Errorf("the secret was sent %d times, tokens %d times: that shows nothing", secrets, tokens)
			}
			noConnection(t, "login."+host)
		})
	}
}

// What one configuration trusts, another one in the process does not.
func TestTrustedHosts_areThoseOfTheirConfigurationAlone(t *testing.T) {
	t.Parallel()
	const host = "one.trusted-hosts.example.org"
	trusted := newOwnDomainCluster(t, host)
	grant := grantHCL("Samples", "viewers", "aaduser=alice@contoso.com", "")
	trusted.test(t, resource.TestStep{Config: trusted.trusting(fmt.Sprintf("[%q]", host)) + grant})
	connects := len(fake.Connects())
	s := newTrustCluster(t)
	for _, hosts := range []string{"null", `["two.trusted-hosts.example.org"]`, `[".one.trusted-hosts.example.org"]`} {
		s.test(t, resource.TestStep{
			Config:      s.trusting(hosts) + grantHCL("Samples", "viewers", "aaduser=alice@contoso.com", fmt.Sprintf("cluster_uri = %q", trusted.uri)),
			ExpectError: at("cluster_uri", "Invalid cluster URI", "no token is sent there", "trusted_hosts"),
		})
	}
	for _, c := range fake.Connects()[connects:] {
		if strings.HasPrefix(c, host) {
			t.Errorf("%s was connected to", c)
		}
	}
}

func TestTrustedHosts_getTokensForKustoAlone(t *testing.T) {
	t.Parallel()
	for name, audience := range map[string]string{
		"Azure's": "https://management.azure.com", "the host's own": "https://audience.trusted-hosts.example.net",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newOwnDomainCluster(t, strings.ToLower(name[:1])+".trusted-hosts.example.net")
			s.SetBehaviour(fakekusto.Behaviour{MetadataResource: audience})
			s.provider = s.trusting(`[".trusted-hosts.example.net"]`)
			refused := says("Refusing to send a token to an untrusted cluster", "requests a token for a service other than Kusto")
			s.test(t,
				resource.TestStep{Config: s.config(grantHCL("Samples", "viewers", "aaduser=alice@contoso.com", "")), ExpectError: refused},
				resource.TestStep{Config: s.config(`data "kusto_access_token" "it" { cluster_uri = "` + s.uri + `" }`), ExpectError: refused},
				resource.TestStep{Config: s.config(`data "kusto_access_token" "it" { resource = "` + audience + `" }`), ExpectError: says("Not a Kusto resource")},
			)
			if secrets, tokens := s.wentOnlyTo(t, authority); secrets+tokens > 0 {
				t.Errorf("the secret was sent %d times, tokens %d times", secrets, tokens)
			}
		})
	}
}

func TestTrustedHosts_redirectNowhere(t *testing.T) {
	t.Parallel()
	s, other := newOwnDomainCluster(t, "redirects.trusted-hosts.example.com"), newTestCluster(t)
	s.SetBehaviour(fakekusto.Behaviour{RedirectTo: other.Host()})
	s.test(t, resource.TestStep{
		Config:      s.trusting(`["redirects.trusted-hosts.example.com"]`) + grantHCL("Samples", "viewers", "aaduser=alice@contoso.com", ""),
		ExpectError: says("Refusing to send a token to an untrusted cluster", "redirect", other.Host(), "which is not followed"),
	})
	noConnection(t, other.Host())
}

func TestTrustedHosts_refusesWhatIsNoHost(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	for _, entry := range []string{"", "https://kusto.contoso.com", "*", ".com", "10.0.0.1"} {
		s.test(t, resource.TestStep{
			Config:      s.trusting(fmt.Sprintf("[%q]", entry)) + grantHCL("Samples", "viewers", "aaduser=alice@contoso.com", ""),
			ExpectError: says("Invalid trusted_hosts", "trusted_hosts =", fmt.Sprintf("%q", entry)),
		})
	}
}

// The name of a cluster of this run is known only after its apply.
func TestTrustedHosts_waitForUnknownNames(t *testing.T) {
	t.Parallel()
	const host = "late.trusted-hosts.example.com"
	s := newOwnDomainCluster(t, host)
	s.testWithCLI(t, resource.TestStep{
		Config: fmt.Sprintf("resource \"terraform_data\" \"late\" { input = %q }\n", host) +
			s.trusting("[terraform_data.late.output]") + grantHCL("Samples", "viewers", "aaduser=alice@contoso.com", ""),
		Check: s.holds(line(database("Samples"), "viewers", who("alice@contoso.com").FQN(), "")),
	})
}
