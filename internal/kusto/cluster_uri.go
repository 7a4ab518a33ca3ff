package kusto

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/kusto-community/terraform-provider-kusto/internal/cloud"
)

// ClusterURI is the normalized address of a cluster that may be sent a token:
// https:// and a trusted host in lower case.
type ClusterURI string

// ParseClusterURI parses and normalizes an address. Its errors say which address to
// write instead, if that is known. It makes no request.
func ParseClusterURI(raw string, c cloud.Cloud) (ClusterURI, error) {
	host, err := hostOf(raw)
	if err != nil {
		return "", err
	}
	uri := "https://" + host
	if rest, ok := strings.CutPrefix(host, "ingest-"); ok && c.Trusts(uri) {
		return "", fmt.Errorf("%q is the cluster's ingestion endpoint, which takes no management commands; write https://%s", raw, rest)
	}
	if c.Trusts(uri) {
		return ClusterURI(uri), nil
	}
	for _, other := range cloud.All() {
		if other.Trusts(uri) {
			return "", fmt.Errorf("%q belongs to another cloud than the configured %q; set environment = %q in the provider", raw, c.Name, other.Name)
		}
	}
	return "", fmt.Errorf("%q is not a host of Kusto that Microsoft lists as trusted, so no token is sent there; "+
		"an address looks like https://<cluster>.<region>.kusto.windows.net or https://<id>.z<n>.kusto.fabric.microsoft.com", raw)
}

// CheckResource returns an error for a resource (an audience) that no token may be
// requested for: it must be an https address of Kusto in the cloud.
func CheckResource(raw string, c cloud.Cloud) error {
	host, err := hostOf(raw)
	if err != nil {
		return err
	}
	if isLoopback(host) || !c.Trusts("https://"+host) {
		return fmt.Errorf("%q is not a resource of Kusto in the %s cloud; it is usually %s", raw, c.Name, c.KustoAudience)
	}
	return nil
}

var errUserInfo = errors.New("the address must not hold a user name or password (what stands before the @); write https://<host>")

// hostOf takes the host, and the port where it is not 443, out of an https
// address that holds nothing else.
func hostOf(raw string) (string, error) {
	u, err := url.Parse(raw)
	switch {
	case strings.Contains(raw, "@"):
		return "", errUserInfo // not repeated: it may be a password
	case err != nil:
		return "", fmt.Errorf("%q is not an address: write https://<host>", raw)
	case u.Scheme == "http":
		return "", fmt.Errorf("%q would send the access token in clear text; write https://%s", raw, u.Host)
	case u.Scheme != "https" || u.Host == "":
		return "", fmt.Errorf("%q does not begin with https://; write https://<cluster>.<region>.kusto.windows.net", raw)
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return "", fmt.Errorf("%q holds more than the cluster's host; write https://%s and name the database in database_name", raw, u.Host)
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

// isHostName reports whether a host is a domain name of ASCII letters and
// digits, or a loopback address. What only looks like an address is neither: it
// would be looked up as a name.
func isHostName(host string) bool {
	if strings.Trim(host, "0123456789.") == "" {
		return isLoopback(host)
	}
	return domainPattern.MatchString(host) || host == "localhost"
}

func isLoopback(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.To4() != nil && ip.IsLoopback())
}

// SameCluster reports whether two addresses, as people write them, are one
// cluster's.
func SameCluster(a, b string) bool {
	ha, errA := hostOf(a)
	hb, errB := hostOf(b)
	return a == b || (errA == nil && errB == nil && ha == hb)
}
