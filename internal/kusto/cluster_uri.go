package kusto

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	trustedEndpoints "github.com/Azure/azure-kusto-go/azkustodata/trusted_endpoints"
)

// Cloud is one of Microsoft's clouds. It decides which hosts may be handed a
// token, by Microsoft's own list of trusted hosts.
type Cloud struct {
	// Name is the provider's environment: public, usgovernment or china.
	Name string
	// Audience is the resource a token is asked for where no cluster says it.
	Audience string
	// login is the cloud's key in the list of trusted hosts.
	login string
}

// The clouds whose clusters the provider knows.
var (
	PublicCloud       = Cloud{"public", "https://kusto.kusto.windows.net", "https://login.microsoftonline.com"}
	USGovernmentCloud = Cloud{"usgovernment", "https://kusto.kusto.usgovcloudapi.net", "https://login.microsoftonline.us"}
	ChinaCloud        = Cloud{"china", "https://kusto.kusto.chinacloudapi.cn", "https://login.partner.microsoftonline.cn"}
)

// Clouds are all of them, the default first.
func Clouds() []Cloud { return []Cloud{PublicCloud, USGovernmentCloud, ChinaCloud} }

// CloudNamed finds a cloud by its name; the empty name is the public cloud.
func CloudNamed(name string) (Cloud, bool) {
	for _, c := range Clouds() {
		if name == c.Name || name == "" {
			return c, true
		}
	}
	return Cloud{}, false
}

// trusts reports whether a token may be sent to the host of an https address.
func (c Cloud) trusts(uri string) bool {
	return trustedEndpoints.Instance.ValidateTrustedEndpoint(uri, c.login) == nil
}

// ClusterURI is the address of a cluster that may be handed a token: https, a
// trusted host in lower case, and nothing else.
type ClusterURI string

// ParseClusterURI reads an address as a person wrote it and brings it to one
// form. Its errors say which address was meant, where that can be told. The
// address is judged alone; no request is made.
func ParseClusterURI(raw string, cloud Cloud) (ClusterURI, error) {
	host, err := hostOf(raw)
	if err != nil {
		return "", err
	}
	uri := "https://" + host
	if rest, ok := strings.CutPrefix(host, "ingest-"); ok && cloud.trusts(uri) {
		return "", fmt.Errorf("%q is the cluster's ingestion endpoint, which takes no management commands; write https://%s", raw, rest)
	}
	if cloud.trusts(uri) {
		return ClusterURI(uri), nil
	}
	for _, other := range Clouds() {
		if other.trusts(uri) {
			return "", fmt.Errorf("%q belongs to another cloud than the configured %q; set environment = %q in the provider", raw, cloud.Name, other.Name)
		}
	}
	return "", fmt.Errorf("%q is not a host of Kusto that Microsoft lists as trusted, so no token is sent there; "+
		"an address looks like https://<cluster>.<region>.kusto.windows.net or https://<id>.z<n>.kusto.fabric.microsoft.com", raw)
}

// CheckResource says why no token may be asked for a resource (an audience):
// it must be an https address of the kind a cluster has. Nil when it may.
func CheckResource(raw string, cloud Cloud) error {
	host, err := hostOf(raw)
	if err != nil {
		return err
	}
	if isLoopback(host) || !cloud.trusts("https://"+host) {
		return fmt.Errorf("%q is not a resource of Kusto in the %s cloud; it is usually %s", raw, cloud.Name, cloud.Audience)
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
