// SPDX-License-Identifier: MPL-2.0

package cloud

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// TrustedHosts are hosts that may be sent a token for Kusto besides those on Microsoft's
// list, in lower case: "kusto.contoso.com" is that host, ".contoso.com" every host below
// that domain.
type TrustedHosts []string

// ParseTrustedHosts checks and normalizes a list. It refuses a suffix below which anybody
// can get a host, such as ".com" and ".azurewebsites.net".
func ParseTrustedHosts(entries []string) (TrustedHosts, error) {
	var hosts TrustedHosts
	for _, entry := range entries {
		domain, isSuffix := strings.CutPrefix(strings.ToLower(entry), ".")
		public, _ := publicsuffix.PublicSuffix(domain)
		switch {
		case strings.Contains(entry, "@"):
			return nil, fmt.Errorf("an entry contains an @; %s", hostForms) // not repeated: it may contain a password
		case !isDomain(domain):
			return nil, fmt.Errorf("%q is not a host; %s", entry, hostForms)
		case isSuffix && public == domain:
			return nil, fmt.Errorf("%q is too broad: anybody can register a name that ends with it", entry)
		}
		hosts = append(hosts, strings.ToLower(entry))
	}
	return hosts, nil
}

const hostForms = "use a host such as kusto.contoso.com, or .contoso.com for every host below contoso.com, without https://, port and path, " +
	"and with an international name in its ASCII form (xn--…)"

// domainName has at least two labels. The last one begins with a letter, so that an IP
// address is none.
var domainName = regexp.MustCompile(`^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z](?:[a-z0-9-]*[a-z0-9])?$`)

func isDomain(s string) bool { return domainName.MatchString(s) }

// Match reports whether a host is one of the list, ignoring case.
func (t TrustedHosts) Match(host string) bool {
	host = strings.ToLower(host)
	return isDomain(host) && slices.ContainsFunc(t, func(entry string) bool {
		return host == entry || entry[0] == '.' && strings.HasSuffix(host, entry)
	})
}
