package emulator

import (
	"net/http"
	"strings"
)

// cloud is where a cluster's domain signs in and what its tokens are for.
type cloud struct{ suffix, login, resource string }

// clouds lists the sovereign ones; everything else is public.
var clouds = []cloud{
	{".kusto.usgovcloudapi.net", "https://login.microsoftonline.us", "https://kusto.kusto.usgovcloudapi.net"},
	{".kusto.chinacloudapi.cn", "https://login.partner.microsoftonline.cn", "https://kusto.kusto.chinacloudapi.cn"},
}

func cloudOf(host string) cloud {
	for _, c := range clouds {
		if strings.HasSuffix(host, c.suffix) {
			return c
		}
	}
	return cloud{"", "https://login.microsoftonline.com", "https://kusto.kusto.windows.net"}
}

// kustoResource is the audience of tokens for a cluster.
func kustoResource(host string) string { return cloudOf(host).resource }

// serveMetadata answers /v1/rest/auth/metadata, which needs no token.
func (c *Cluster) serveMetadata(w http.ResponseWriter) {
	b := c.Behaviour()
	if c.faults.metadataFails() {
		http.Error(w, "Service Unavailable", http.StatusServiceUnavailable)
		return
	}
	switch b.Metadata {
	case "404":
		http.Error(w, "Not Found", http.StatusNotFound)
		return
	case "empty":
		w.WriteHeader(http.StatusOK)
		return
	}
	own := cloudOf(c.host)
	if b.MetadataLoginEndpoint != "" {
		own.login = b.MetadataLoginEndpoint
	}
	if b.MetadataResource != "" {
		own.resource = b.MetadataResource
	}
	fields := map[string]any{
		"LoginEndpoint":          own.login,
		"LoginMfaRequired":       false,
		"KustoClientAppId":       "db662dc1-0cfe-4e1c-a843-19a68e65be58",
		"KustoClientRedirectUri": "https://microsoft/kustoclient",
		"KustoServiceResourceId": own.resource,
		"FirstPartyAuthorityUrl": own.login + "/f8cdef31-a31e-4b4a-93e4-5f571e91255a",
	}
	missing, _ := strings.CutPrefix(b.Metadata, "missing:")
	for field := range strings.SplitSeq(missing, ",") {
		delete(fields, field)
	}
	writeJSON(w, http.StatusOK, map[string]any{"AzureAD": fields})
}
