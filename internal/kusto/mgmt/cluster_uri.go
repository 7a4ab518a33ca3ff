// SPDX-License-Identifier: MPL-2.0

package mgmt

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/kusto-community/terraform-provider-kusto/internal/cloud"
)

// ClusterURI is the normalized address of a cluster that may be sent a token:
// https:// and a trusted host in lower case.
type ClusterURI string

// NormalizeClusterURI parses and normalizes an address, whether or not it may be sent a
// token. Its errors say which address to write instead, if that is known.
func NormalizeClusterURI(raw string) (string, error) {
	host, err := hostOf(raw)
	if err != nil {
		return "", err
	}
	uri := "https://" + host
	if rest, ok := strings.CutPrefix(host, "ingest-"); ok && slices.ContainsFunc(cloud.All(), func(c cloud.Cloud) bool { return c.Lists(uri) }) {
		return "", fmt.Errorf("%q is the cluster's ingestion endpoint, which does not accept management commands; use https://%s", raw, rest)
	}
	return uri, nil
}

// ParseClusterURI is [NormalizeClusterURI] for an address that may be sent a token. It
// makes no request.
func ParseClusterURI(raw string, c cloud.Cloud) (ClusterURI, error) {
	uri, err := NormalizeClusterURI(raw)
	if err != nil {
		return "", err
	}
	if c.Trusts(uri) {
		return ClusterURI(uri), nil
	}
	for _, other := range cloud.All() {
		if other.Lists(uri) {
			return "", fmt.Errorf("%q belongs to another cloud than the configured %q; set environment = %q in the provider", raw, c.Name, other.Name)
		}
	}
	return "", fmt.Errorf("%q is not a Kusto host that Microsoft lists as trusted, so no token is sent there; "+
		"a cluster URI looks like https://<cluster>.<region>.kusto.windows.net or https://<id>.z<n>.kusto.fabric.microsoft.com; "+
		"if the host is one of your own domain, add it to trusted_hosts in the provider", raw)
}

// CheckResource returns an error for a resource (an audience) that no token may be
// requested for: it must be an https address on Microsoft's list for the cloud.
func CheckResource(raw string, c cloud.Cloud) error {
	host, err := hostOf(raw)
	if err != nil {
		return err
	}
	if isLoopback(host) || !c.Lists("https://"+host) {
		return fmt.Errorf("%q is not a Kusto resource in the %s cloud; the default is %s", raw, c.Name, c.KustoAudience)
	}
	return nil
}

var errUserInfo = errors.New("the URI must not contain a user name or password (the part before the @); use https://<host>")

// hostOf returns the host, and the port if it is not 443, of an https URI without any
// other parts.
func hostOf(raw string) (string, error) {
	u, err := url.Parse(raw)
	switch {
	case strings.Contains(raw, "@"):
		return "", errUserInfo // not repeated: it may contain a password
	case err != nil:
		return "", fmt.Errorf("%q is not a URI; use https://<host>", raw)
	case u.Scheme == "http":
		return "", fmt.Errorf("%q would send the access token in clear text; use https://%s", raw, u.Host)
	case u.Scheme != "https" || u.Host == "":
		return "", fmt.Errorf("%q does not begin with https://; use https://<cluster>.<region>.kusto.windows.net", raw)
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return "", fmt.Errorf("%q contains more than the cluster's host; use https://%s, and database_name for the database", raw, u.Host)
	}
	if !isHostName(u.Hostname()) {
		return "", fmt.Errorf("%q is not a host name", u.Host)
	}
	host, port := strings.ToLower(u.Hostname()), u.Port()
	if port != "" && port != "443" {
		return net.JoinHostPort(host, port), nil
	}
	return host, nil
}

// isHostName reports whether a host is a domain name of ASCII letters and digits, or a
// loopback address. Other numeric hosts are neither.
func isHostName(host string) bool {
	if strings.Trim(host, "0123456789.") == "" {
		return isLoopback(host)
	}
	return IsDomainName(host) || host == "localhost"
}

var domainName = regexp.MustCompile(`^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)+$`)

// IsDomainName reports whether s is a domain name of ASCII letters and digits, with a dot
// in it: "contoso.com".
func IsDomainName(s string) bool { return domainName.MatchString(s) }

func isLoopback(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.To4() != nil && ip.IsLoopback())
}

// SameCluster reports whether two URIs are those of one cluster.
func SameCluster(a, b string) bool {
	ha, errA := hostOf(a)
	hb, errB := hostOf(b)
	return a == b || (errA == nil && errB == nil && ha == hb)
}
