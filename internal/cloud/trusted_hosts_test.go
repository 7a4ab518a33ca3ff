// SPDX-License-Identifier: MPL-2.0

package cloud

import (
	"strings"
	"testing"
)

func TestTrustedHosts_matchWholeLabels(t *testing.T) {
	hosts, err := ParseTrustedHosts([]string{"Kusto.Contoso.com", ".Fabrikam.com"})
	if err != nil {
		t.Fatal(err)
	}
	trusting := Public
	trusting.TrustedHosts = hosts
	for host, want := range map[string]bool{
		"kusto.contoso.com": true, "KUSTO.contoso.COM": true, "kusto.contoso.com:8443": true,
		"contoso.com": false, "a.kusto.contoso.com": false, "evilkusto.contoso.com": false, "kusto.contoso.com.evil.com": false,
		"a.fabrikam.com": true, "a.b.Fabrikam.com": true,
		"fabrikam.com": false, "evilfabrikam.com": false, "a.fabrikam.com.evil.com": false, ".fabrikam.com": false,
		"kusto.contoso.com.": false, "a.fabrikam.com.": false,
		"kusto.contoso.com@evil.com": false, "evil.com/kusto.contoso.com": false, "evil.com?.fabrikam.com": false, "evil.com#.fabrikam.com": false,
		"[fe80::1%25.fabrikam.com]": false, "кusto.contoso.com": false, "a。fabrikam.com": false,
	} {
		if got := trusting.Trusts("https://" + host); got != want {
			t.Errorf("%s: %t, want %t", host, got, want)
		}
		if Public.Trusts("https://"+host) || trusting.Lists("https://"+host) {
			t.Errorf("%s is trusted without the list", host)
		}
	}
}

func TestParseTrustedHosts_refusesWhatIsNoHostAndWhatIsTooBroad(t *testing.T) {
	for _, entry := range []string{"kusto.contoso.com", ".contoso.com", ".contoso.co.uk", "XN--Bcher-KVA.example", ".contoso.local", "contoso.azurefd.net"} {
		if _, err := ParseTrustedHosts([]string{entry}); err != nil {
			t.Errorf("%q: %v", entry, err)
		}
	}
	for entry, want := range map[string]string{
		"": "not a host", " ": "not a host", ".": "not a host", "*": "not a host", "*.contoso.com": ".contoso.com for every host below contoso.com",
		".com": "not a host", "com": "not a host", "localhost": "not a host", "..contoso.com": "not a host",
		"https://kusto.contoso.com": "without https://", "kusto.contoso.com/": "not a host", "kusto.contoso.com:443": "not a host",
		"kusto.contoso.com.": "not a host", "kusto.contoso.com ": "not a host", "a,b.com": "not a host", "kusto_1.contoso.com": "not a host",
		"10.0.0.1": "not a host", ".0.0.1": "not a host", "::1": "not a host", "[::1]": "not a host", "127.1": "not a host",
		"bücher.example": "ASCII form", "u:s3cret@kusto.contoso.com": "contains an @",
		".co.uk": "too broad", ".azurewebsites.net": "too broad", ".azurefd.net": "too broad", ".AzureFD.net": "too broad",
	} {
		_, err := ParseTrustedHosts([]string{"kusto.contoso.com", entry})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%q: error %v, want one with %q", entry, err, want)
		}
	}
}
