package auth

import (
	"net/url"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
)

// environments maps each accepted spelling to its cloud. Beside the documented
// names stand those that the Azure CLI and SDKs put into AZURE_ENVIRONMENT.
var environments = map[string]cloud.Configuration{
	"":                       cloud.AzurePublic,
	"public":                 cloud.AzurePublic,
	"azurecloud":             cloud.AzurePublic,
	"azurepubliccloud":       cloud.AzurePublic,
	"usgovernment":           cloud.AzureGovernment,
	"azureusgovernment":      cloud.AzureGovernment,
	"azureusgovernmentcloud": cloud.AzureGovernment,
	"china":                  cloud.AzureChina,
	"azurechinacloud":        cloud.AzureChina,
}

// microsoftHosts are Microsoft's own login hosts, those of one cloud together: the
// metadata of one may name another. An authority_host among them is no custom one.
var microsoftHosts = [][]string{
	{"login.microsoftonline.com", "login.microsoft.com", "login.windows.net", "sts.windows.net"},
	{"login.microsoftonline.us", "login.usgovcloudapi.net"},
	{"login.chinacloudapi.cn", "login.partner.microsoftonline.cn"},
}

// Cloud returns where to sign in. authority_host, where it counts, must be an
// https URL of a host and nothing more, since secrets are sent there.
func (c Config) Cloud() (cloud.Configuration, error) {
	known, ok := environments[strings.ToLower(c.Environment)]
	if !ok {
		return cloud.Configuration{}, &ConfigError{
			Attributes: []string{"environment"},
			Summary:    "Unknown environment",
			Detail: c.source("environment") + " is \"" + c.Environment + "\". It can be public, usgovernment or china; " +
				"for another cloud, set authority_host.",
		}
	}
	if c.AuthorityHost == "" || c.environmentOutranksHost() {
		return known, nil
	}
	host, err := c.authorityHost()
	if err != nil {
		return cloud.Configuration{}, err
	}
	return cloud.Configuration{ActiveDirectoryAuthorityHost: "https://" + host + "/", Services: known.Services}, nil
}

// environmentOutranksHost is true for an environment in the configuration and a
// host that merely comes from a variable: on AKS, AZURE_AUTHORITY_HOST is always set.
func (c *Config) environmentOutranksHost() bool {
	return c.rank("environment") > c.rank("authority_host")
}

func (c *Config) authorityHost() (string, error) {
	u, err := url.Parse(c.AuthorityHost)
	bare := err == nil && u.Host != "" && u.User == nil && strings.Trim(u.Path, "/") == "" &&
		u.RawQuery == "" && !u.ForceQuery && u.Fragment == "" && u.Opaque == ""
	if !bare || u.Scheme != "https" || u.Hostname() == "" {
		return "", &ConfigError{
			Attributes: []string{"authority_host"},
			Summary:    "Invalid authority_host",
			Detail: "The value of " + c.source("authority_host") + " must be https:// and a host name, without path, query or user, " +
				"such as https://login.microsoftonline.com: secrets are sent there.",
		}
	}
	return strings.ToLower(u.Host), nil
}

// loginHosts lists the hosts that may see a secret meant for the authority:
// itself first, then the other names that Microsoft has for it.
func loginHosts(authority string) []string {
	for _, names := range microsoftHosts {
		if slices.Contains(names, authority) {
			return append([]string{authority}, names...)
		}
	}
	return []string{authority}
}

// customAuthority reports whether the host is none of Microsoft's.
func customAuthority(host string) bool { return len(loginHosts(host)) == 1 }

// hostOf returns the host of a cloud's login URL.
func hostOf(authority string) string {
	u, err := url.Parse(authority)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Host)
}
