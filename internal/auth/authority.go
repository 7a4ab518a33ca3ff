// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"net/url"
	"slices"
	"strings"

	azcloud "github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"

	"github.com/kusto-community/terraform-provider-kusto/internal/cloud"
)

// authority is the Microsoft Entra ID endpoint to sign in at.
type authority struct {
	cloud cloud.Cloud
	// hosts may receive secrets. The first is the one to sign in at; the others are
	// Microsoft's other names for it, one of which its metadata may name.
	hosts []string
	// custom is true for a host that is not one of Microsoft's. Instance discovery,
	// which asks Microsoft's public cloud whether the host is genuine, is then off.
	custom bool
}

// authority reads environment, trusted_hosts and authority_host. A host must be an https URL
// without path, query or user, since secrets are sent there.
func (c *Config) authority() (authority, error) {
	known, ok := cloud.Parse(c.Environment)
	if !ok {
		return authority{}, configError("Unknown environment", "environment",
			"The value of %s is %q. Allowed values are %s. For another cloud, set authority_host.",
			c.source("environment"), c.Environment, strings.Join(cloud.Names(), ", "))
	}
	var err error
	if known.TrustedHosts, err = cloud.ParseTrustedHosts(c.TrustedHosts); err != nil {
		return authority{}, configError("Invalid trusted_hosts", "trusted_hosts", "In %s, %v.", c.source("trusted_hosts"), err)
	}
	// On AKS, AZURE_AUTHORITY_HOST is always set: environment takes precedence over
	// it when only environment is in the configuration.
	if c.AuthorityHost == "" || c.origin("environment") > c.origin("authority_host") {
		return authority{cloud: known, hosts: known.LoginHosts}, nil
	}
	host, err := c.authorityHost()
	if err != nil {
		return authority{}, err
	}
	for _, other := range cloud.All() {
		if slices.Contains(other.LoginHosts, host) {
			return authority{cloud: known, hosts: append([]string{host}, other.LoginHosts...)}, nil
		}
	}
	return authority{cloud: known, hosts: []string{host}, custom: true}, nil
}

func (c *Config) authorityHost() (string, error) {
	u, err := url.Parse(c.AuthorityHost)
	bare := err == nil && u.Scheme == "https" && u.Hostname() != "" && u.User == nil && strings.Trim(u.Path, "/") == "" &&
		u.RawQuery == "" && !u.ForceQuery && u.Fragment == "" && u.Opaque == ""
	if !bare {
		return "", configError("Invalid authority_host", "authority_host",
			"The value of %s must be https:// and a host name, without path, query or user, "+
				"such as https://login.microsoftonline.com. Secrets are sent to this host.", c.source("authority_host"))
	}
	return strings.ToLower(u.Host), nil
}

// configuration is the authority as azidentity takes it.
func (a authority) configuration() azcloud.Configuration {
	return azcloud.Configuration{
		ActiveDirectoryAuthorityHost: "https://" + a.hosts[0] + "/",
		Services:                     map[azcloud.ServiceName]azcloud.ServiceConfiguration{},
	}
}
