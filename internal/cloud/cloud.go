// SPDX-License-Identifier: MPL-2.0

// Package cloud is the table of Microsoft's clouds: what they are called, where
// one signs in to them, and which tokens Kusto takes there.
package cloud

import (
	"net/url"
	"slices"
	"strings"

	trustedEndpoints "github.com/Azure/azure-kusto-go/azkustodata/trusted_endpoints"
)

// Cloud is one of Microsoft's clouds.
type Cloud struct {
	// Name is the provider's `environment`: "public", "usgovernment" or "china".
	Name string
	// Aliases are the names that the Azure CLI and SDKs use, such as in
	// AZURE_ENVIRONMENT.
	Aliases []string
	// LoginHosts are the hosts of Microsoft Entra ID, without a scheme. The first
	// is the one to sign in at; the others are its other names.
	LoginHosts []string
	// KustoAudience is the resource that a token for Kusto is requested for when
	// no cluster says otherwise.
	KustoAudience string
	// TrustedHosts are those of the configuration.
	TrustedHosts TrustedHosts
}

// The clouds whose clusters the provider knows.
var (
	Public = Cloud{
		Name:          "public",
		Aliases:       []string{"AzureCloud", "AzurePublicCloud"},
		LoginHosts:    []string{"login.microsoftonline.com", "login.microsoft.com", "login.windows.net", "sts.windows.net"},
		KustoAudience: "https://kusto.kusto.windows.net",
	}
	USGovernment = Cloud{
		Name:          "usgovernment",
		Aliases:       []string{"AzureUSGovernment", "AzureUSGovernmentCloud"},
		LoginHosts:    []string{"login.microsoftonline.us", "login.usgovcloudapi.net"},
		KustoAudience: "https://kusto.kusto.usgovcloudapi.net",
	}
	China = Cloud{
		Name:          "china",
		Aliases:       []string{"AzureChinaCloud"},
		LoginHosts:    []string{"login.partner.microsoftonline.cn", "login.chinacloudapi.cn"},
		KustoAudience: "https://kusto.kusto.chinacloudapi.cn",
	}
)

// All lists the clouds, the default first.
func All() []Cloud { return []Cloud{Public, USGovernment, China} }

// Names lists the clouds' own names, the default first.
func Names() []string {
	var names []string
	for _, c := range All() {
		names = append(names, c.Name)
	}
	return names
}

// Parse finds a cloud by its name or one of its aliases, ignoring case. The empty
// name is the public cloud.
func Parse(name string) (Cloud, bool) {
	if name == "" {
		return Public, true
	}
	for _, c := range All() {
		if slices.ContainsFunc(append(c.Aliases, c.Name), func(n string) bool { return strings.EqualFold(n, name) }) {
			return c, true
		}
	}
	return Cloud{}, false
}

// LoginURL is the address of Microsoft Entra ID: "https://login.microsoftonline.com".
func (c Cloud) LoginURL() string { return "https://" + c.LoginHosts[0] }

// Trusts reports whether a token for Kusto may be sent to the host of an https address:
// one on Microsoft's list, or one of TrustedHosts.
func (c Cloud) Trusts(uri string) bool {
	u, err := url.Parse(uri)
	return err == nil && (c.Lists(uri) || c.TrustedHosts.Match(u.Hostname()))
}

// microsoftsList is a copy, which keeps what is added to the SDK's own out.
var microsoftsList = *trustedEndpoints.Instance

// Lists reports whether the host of an https address is on Microsoft's list of the
// cloud's Kusto hosts, as the SDK ships it.
func (c Cloud) Lists(uri string) bool {
	return microsoftsList.ValidateTrustedEndpoint(uri, c.LoginURL()) == nil
}
