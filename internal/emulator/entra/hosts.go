// SPDX-License-Identifier: MPL-2.0

package entra

import (
	"net/netip"
	"slices"
	"strings"
)

// clusterDomains are the domains of clusters, those of national clouds and of
// Microsoft's own rings included.
var clusterDomains = append([]string{
	".kustodev.windows.net", ".kustodev.azuresynapse-dogfood.net", ".kusto.data.microsoft.com", ".kusto.aria.microsoft.com",
	".kusto.azuresynapse.azure.cn",
	".kusto.core.eaglex.ic.gov", ".kustomfa.core.eaglex.ic.gov", ".kusto.core.microsoft.scloud", ".kustomfa.core.microsoft.scloud",
	".kusto.sovcloud-api.fr", ".kustomfa.sovcloud-api.fr", ".kusto.sovcloud-api.de", ".kustomfa.sovcloud-api.de",
	".kusto.sovcloud-api.sg", ".kustomfa.sovcloud-api.sg",
}, kustoSuffixes...)

// otherDomains are domains of other services of Microsoft's that take tokens for Kusto or
// hand out tokens.
var otherDomains = []string{
	".dxp.aad.azure.com", ".dxp-dev.aad.azure.com", ".playfabapi.com", ".playfab.com", ".azureplayfab.com", ".playfab.cn",
	".api.securityplatform.microsoft.com", ".securitycenter.windows.com",
	".arg-int.core.windows.net", ".arg-df.core.windows.net", ".arg.core.windows.net", ".arg.core.usgovcloudapi.net", ".arg.core.chinacloudapi.cn",
	".ade.applicationinsights.io", ".ade.loganalytics.io", ".applicationinsights.azure.com", ".loganalytics.azure.com", ".monitor.azure.com",
	".applicationinsights.azure.us", ".loganalytics.azure.us", ".monitor.azure.us",
	".applicationinsights.azure.cn", ".loganalytics.azure.cn", ".monitor.azure.cn",
	".login.usgovcloudapi.net", ".login.microsoftonline.de", ".login.microsoftonline.eaglex.ic.gov", ".login.microsoftonline.microsoft.scloud",
	".login.sovcloud-identity.fr", ".login.sovcloud-identity.de", ".login.sovcloud-identity.sg",
	".management.core.windows.net", ".management.core.usgovcloudapi.net", ".management.core.chinacloudapi.cn",
}

// IsCluster reports whether a host is in a domain of clusters.
func IsCluster(host string) bool {
	host = strings.ToLower(host)
	return validHost(host) && slices.ContainsFunc(clusterDomains, func(domain string) bool { return strings.HasSuffix(host, domain) })
}

// Sensitive reports whether a host is of a kind that the emulator plays, or one that takes
// the same tokens: a login host, a cluster, Azure Resource Manager, Microsoft Graph, or the
// instance metadata service. Nothing that is meant for the emulator may reach the real one.
func Sensitive(host string) bool {
	host = strings.TrimRight(host, ".")
	if address, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return address.Unmap().WithZone("").String() == IMDSAddress
	}
	return slices.ContainsFunc([][]string{clusterDomains, otherDomains, loginHosts, managementHosts, graphHosts}, func(domains []string) bool {
		return inOneOf(domains, host)
	})
}

// inOneOf reports whether a host is one of the domains, or in one.
func inOneOf(domains []string, host string) bool {
	dotted := "." + strings.ToLower(host)
	return slices.ContainsFunc(domains, func(domain string) bool {
		return strings.HasSuffix(dotted, "."+strings.TrimPrefix(domain, "."))
	})
}

// validHost reports whether each label of a host has only small letters, digits and hyphens.
func validHost(host string) bool {
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return false
		}
	}
	return true
}
