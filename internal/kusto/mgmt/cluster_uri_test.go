// SPDX-License-Identifier: MPL-2.0

package mgmt

import (
	"net/url"
	"strings"
	"testing"

	trustedendpoints "github.com/Azure/azure-kusto-go/azkustodata/trusted_endpoints"

	"github.com/kusto-community/terraform-provider-kusto/internal/cloud"
)

func TestParseClusterURI_bringsGoodAddressesToOneForm(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]ClusterURI{
		"https://demo.westeurope.kusto.windows.net":       "https://demo.westeurope.kusto.windows.net",
		"https://demo.westeurope.kusto.windows.net/":      "https://demo.westeurope.kusto.windows.net",
		"https://demo.westeurope.kusto.windows.net:443":   "https://demo.westeurope.kusto.windows.net",
		"https://demo.westeurope.kusto.windows.net:8443":  "https://demo.westeurope.kusto.windows.net:8443",
		"HTTPS://Demo.WestEurope.Kusto.Windows.NET":       "https://demo.westeurope.kusto.windows.net",
		"https://abc123.z4.kusto.fabric.microsoft.com":    "https://abc123.z4.kusto.fabric.microsoft.com",
		"https://pool.ws.kusto.azuresynapse.net":          "https://pool.ws.kusto.azuresynapse.net",
		"https://xn--dm-fka.westeurope.kusto.windows.net": "https://xn--dm-fka.westeurope.kusto.windows.net",
		"https://localhost:8080":                          "https://localhost:8080",
		"https://127.0.0.1:8080":                          "https://127.0.0.1:8080",
	} {
		got, err := ParseClusterURI(raw, cloud.Public)
		if err != nil || got != want {
			t.Errorf("%q gives %q, %v; want %q", raw, got, err, want)
		}
	}
	if _, err := ParseClusterURI("https://demo.kusto.usgovcloudapi.net", cloud.USGovernment); err != nil {
		t.Error(err)
	}
	if _, err := ParseClusterURI("https://demo.kusto.chinacloudapi.cn", cloud.China); err != nil {
		t.Error(err)
	}
}

func TestParseClusterURI_refusesBeforeAnyRequest(t *testing.T) {
	t.Parallel()
	const untrusted = "not a Kusto host that Microsoft lists as trusted"
	for raw, want := range map[string]string{
		"":                                                     "does not begin with https://",
		"demo.westeurope.kusto.windows.net":                    "does not begin with https://",
		"https:demo.kusto.windows.net":                         "does not begin with https://",
		"https:///demo.kusto.windows.net":                      "does not begin with https://",
		"ftp://demo.kusto.windows.net":                         "does not begin with https://",
		"http://demo.kusto.windows.net":                        "clear text; use https://demo.kusto.windows.net",
		"HTTP://demo.kusto.windows.net":                        "clear text",
		"https://u:p@demo.kusto.windows.net":                   "must not contain a user name or password",
		"https://demo.kusto.windows.net@evil.example.com":      "must not contain a user name or password",
		"https://demo.kusto.windows.net:x@evil.example.com/?a": "must not contain a user name",
		"https://demo.kusto.windows.net/Samples":               "use https://demo.kusto.windows.net, and database_name for the database",
		"https://demo.kusto.windows.net?x":                     "contains more than the cluster's host",
		"https://demo.kusto.windows.net?":                      "contains more than the cluster's host",
		"https://demo.kusto.windows.net#x":                     "contains more than the cluster's host",
		"https://evil.example/?x.kusto.windows.net":            "contains more than",
		"https://evil.example/x.kusto.windows.net":             "contains more than",
		"https://evil.example#x.kusto.windows.net":             "contains more than",
		`https://evil.example\x.kusto.windows.net`:             "not a URI",
		"https://evil.example%2f.kusto.windows.net":            "not a URI",
		"https://demo.kusto.windows.net.evil.example.com":      untrusted,
		"https://evilkusto.windows.net":                        untrusted,
		"https://kusto.windows.net":                            untrusted,
		"https://demo.kusto.windows.net.":                      "is not a host name",
		"https://.kusto.windows.net":                           "is not a host name",
		"https://-a.kusto.windows.net":                         "is not a host name",
		"https://demo_x.kusto.windows.net":                     "is not a host name",
		"https://demo.\u212austo.windows.net":                  "is not a host name",
		"https://demo.kusto。windows.net":                       "is not a host name",
		"https://dеmo.kusto.windows.net":                       "is not a host name", // a Cyrillic е
		"https://demo.kusto.windows.net:":                      "",
		"https://demo.kusto.windows.net:x":                     "not a URI",
		"https://ingest-demo.westeurope.kusto.windows.net":     "ingestion endpoint, which does not accept management commands; use https://demo.westeurope.kusto.windows.net",
		"https://INGEST-abc.z4.kusto.fabric.microsoft.com":     "use https://abc.z4.kusto.fabric.microsoft.com",
		"https://ingest-demo.example.com":                      untrusted,
		"https://demo.kusto.usgovcloudapi.net":                 `another cloud than the configured "public"; set environment = "usgovernment"`,
		"https://demo.kusto.chinacloudapi.cn":                  `set environment = "china"`,
		"https://10.0.0.1":                                     "is not a host name",
		"https://127.0.0.999":                                  "is not a host name",
		"https://127.0000.0.1":                                 "is not a host name",
		"https://[::1]:443":                                    "is not a host name",
		"https://[fe80::1%25.x.kusto.windows.net]":             "is not a host name",
		" https://demo.kusto.windows.net":                      "not a URI",
		"https://demo.kusto.windows.net ":                      "not a URI",
		"https://demo.kusto.windows.net\n":                     "not a URI",
		"https://a b.kusto.windows.net":                        "not a URI",
	} {
		got, err := ParseClusterURI(raw, cloud.Public)
		wantError(t, raw, err, want)
		if err != nil && got != "" {
			t.Errorf("%q was refused and still gave %q", raw, got)
		}
	}
}

func TestParseClusterURI_trustsHostsOfTheConfiguration(t *testing.T) {
	t.Parallel()
	trusting := cloud.Public
	trusting.TrustedHosts = cloud.TrustedHosts{"kusto.contoso.com", ".fabrikam.com"}
	for raw, want := range map[string]string{
		"https://kusto.contoso.com":              "",
		"HTTPS://KUSTO.Contoso.com:443/":         "",
		"https://a.fabrikam.com:8443":            "",
		"https://demo.kusto.windows.net":         "",
		"http://kusto.contoso.com":               "clear text; use https://kusto.contoso.com",
		"https://u:p@kusto.contoso.com":          "must not contain a user name or password",
		"https://kusto.contoso.com@evil.example": "must not contain a user name or password",
		"https://kusto.contoso.com.":             "is not a host name",
		"https://kusto.contoso.com/Samples":      "contains more than the cluster's host",
		"https://kusto.contoso.com.evil.example": "add it to trusted_hosts",
		"https://evilfabrikam.com":               "add it to trusted_hosts",
		"https://fabrikam.com":                   "add it to trusted_hosts",
		"https://demo.kusto.usgovcloudapi.net":   "another cloud",
		"https://ingest-demo.kusto.windows.net":  "ingestion endpoint",
		"https://\u212austo.contoso.com":         "is not a host name", // a Kelvin sign
		"https://[fe80::1%25.fabrikam.com]":      "is not a host name",
	} {
		got, err := ParseClusterURI(raw, trusting)
		wantError(t, raw, err, want)
		if want == "" && string(got) != strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(raw), "/"), ":443") {
			t.Errorf("%q gives %q", raw, got)
		}
	}
	for _, audience := range []string{"https://kusto.contoso.com", "https://a.fabrikam.com"} {
		wantError(t, audience, CheckResource(audience, trusting), "not a Kusto resource")
	}
}

func TestParseClusterURI_repeatsNoPassword(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{"https://u:s3cret@demo.kusto.windows.net", "https://u:s3cret @demo", "u:s3cret@demo", "https://u:s3cret%zz@demo"} {
		if _, err := ParseClusterURI(raw, cloud.Public); err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%q: %v", raw, err)
		}
	}
}

func TestCheckResource_allowsKustoAlone(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"https://kusto.kusto.windows.net":           "",
		"https://api.kusto.windows.net":             "",
		"https://demo.westeurope.kusto.windows.net": "",
		"https://kusto.fabric.microsoft.com":        "not a Kusto resource",
		"https://management.azure.com":              "not a Kusto resource in the public cloud; the default is https://kusto.kusto.windows.net",
		"https://graph.microsoft.com":               "not a Kusto resource",
		"https://kusto.kusto.usgovcloudapi.net":     "not a Kusto resource in the public cloud",
		"https://localhost":                         "not a Kusto resource",
		"https://127.0.0.1:443":                     "not a Kusto resource",
		"api://something":                           "does not begin with https://",
		"https://kusto.kusto.windows.net/x":         "contains more than",
		"":                                          "does not begin with https://",
	} {
		wantError(t, raw, CheckResource(raw, cloud.Public), want)
	}
}

func TestSameCluster_readsBothAsPeopleWriteThem(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		a, b string
		same bool
	}{
		{"https://demo.kusto.windows.net", "HTTPS://Demo.kusto.windows.net:443/", true},
		{"https://demo.kusto.windows.net", "https://demo2.kusto.windows.net", false},
		{"https://demo.kusto.windows.net", "https://demo.kusto.windows.net:444", false},
		{"not a uri", "not a uri", true},
		{"not a uri", "not a url", false},
	} {
		if got := SameCluster(tc.a, tc.b); got != tc.same {
			t.Errorf("%q and %q: %t", tc.a, tc.b, got)
		}
	}
}

func FuzzParseClusterURI(f *testing.F) {
	for _, seed := range []string{
		"https://demo.westeurope.kusto.windows.net", "https://demo.kusto.windows.net.evil.example.com", "https://u@x.kusto.windows.net",
		"https://127.0.0.1:1", "https://x.kusto.windows.net:443/", "https://evil.example/?x.kusto.windows.net", "https://[::1%25.kusto.windows.net]",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		got, err := ParseClusterURI(raw, cloud.Public)
		if err != nil {
			return
		}
		u, err := url.Parse(string(got))
		if err != nil || u.Scheme != "https" || u.User != nil || u.Path != "" || u.RawQuery != "" || u.Host == "" || string(got) != "https://"+u.Host {
			t.Fatalf("%q gives %q, which reads as %#v, %v", raw, got, u, err)
		}
		if trustedendpoints.Instance.ValidateTrustedEndpoint(string(got), "https://login.microsoftonline.com") != nil {
			t.Errorf("%q gives %q, which is not trusted", raw, got)
		}
		if again, err := ParseClusterURI(string(got), cloud.Public); err != nil || again != got {
			t.Errorf("%q gives %q, and that gives %q, %v", raw, got, again, err)
		}
		if !strings.Contains(strings.ToLower(raw), u.Hostname()) {
			t.Errorf("%q gives another host: %q", raw, got)
		}
	})
}
