// SPDX-License-Identifier: MPL-2.0

package cloud

import "testing"

func TestParse_acceptsTheNamesThatAzureToolsWrite(t *testing.T) {
	for name, want := range map[string]string{
		"": "public", "public": "public", "PUBLIC": "public",
		"AzureCloud": "public", "AzurePublicCloud": "public", "azurepubliccloud": "public",
		"usgovernment": "usgovernment", "AzureUSGovernment": "usgovernment", "AZUREUSGOVERNMENTCLOUD": "usgovernment",
		"china": "china", "AzureChinaCloud": "china",
	} {
		got, ok := Parse(name)
		if !ok || got.Name != want {
			t.Errorf("Parse(%q) = %q, %v; want %q", name, got.Name, ok, want)
		}
	}
	for _, name := range []string{"german", "azure", " public"} {
		if got, ok := Parse(name); ok {
			t.Errorf("Parse(%q) = %q, want none", name, got.Name)
		}
	}
}

func TestTrusts_onlyHostsOfItsOwnCloud(t *testing.T) {
	hosts := map[string]string{
		"https://c.westeurope.kusto.windows.net":              "public",
		"https://abc.z0.kusto.fabric.microsoft.com":           "public",
		"https://pool.ws.kusto.azuresynapse.net":              "public",
		"https://c.usgovvirginia.kusto.usgovcloudapi.net":     "usgovernment",
		"https://c.chinaeast2.kusto.chinacloudapi.cn":         "china",
		"https://c.westeurope.kusto.windows.net.evil.example": "",
		"https://example.com":                                 "",
	}
	for uri, owner := range hosts {
		for _, c := range All() {
			if got := c.Trusts(uri); got != (c.Name == owner) {
				t.Errorf("%s trusts %s: %v", c.Name, uri, got)
			}
		}
	}
}
