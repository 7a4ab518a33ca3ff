// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"cmp"
	"encoding/json"
	"net/http"
	"strings"
)

// cloud is the login endpoint and the token audience of a domain of clusters.
type cloud struct{ suffix, login, resource string }

// sovereignClouds are all clouds but the public one.
var sovereignClouds = []cloud{
	{".kusto.usgovcloudapi.net", "https://login.microsoftonline.us", "https://kusto.kusto.usgovcloudapi.net"},
	{".kusto.chinacloudapi.cn", "https://login.partner.microsoftonline.cn", "https://kusto.kusto.chinacloudapi.cn"},
}

func cloudOf(host string) cloud {
	for _, c := range sovereignClouds {
		if strings.HasSuffix(host, c.suffix) {
			return c
		}
	}
	return cloud{"", "https://login.microsoftonline.com", "https://kusto.kusto.windows.net"}
}

// kustoResource is the audience of tokens for a cluster.
func kustoResource(host string) string { return cloudOf(host).resource }

// mfaResource is the audience of tokens for a cluster with LoginMfaRequired, as Microsoft's
// SDKs have it.
func mfaResource(resource string) string {
	return strings.Replace(resource, ".kusto.", ".kustomfa.", 1)
}

// serveMetadata answers /v1/rest/auth/metadata, which needs no token.
func (c *Cluster) serveMetadata(w http.ResponseWriter) {
	b := c.currentBehaviour()
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
	login := cmp.Or(b.MetadataLoginEndpoint, cloudOf(c.host).login)
	fields := map[string]any{
		"LoginEndpoint":          login,
		"LoginMfaRequired":       false,
		"KustoClientAppId":       "db662dc1-0cfe-4e1c-a843-19a68e65be58",
		"KustoClientRedirectUri": "https://microsoft/kustoclient",
		"KustoServiceResourceId": cmp.Or(b.MetadataResource, kustoResource(c.host)),
		"FirstPartyAuthorityUrl": login + "/f8cdef31-a31e-4b4a-93e4-5f571e91255a",
	}
	if replaced, ok := strings.CutPrefix(b.Metadata, "with:"); ok {
		_ = json.Unmarshal([]byte(replaced), &fields) // the test's own text
	}
	missing, _ := strings.CutPrefix(b.Metadata, "missing:")
	for field := range strings.SplitSeq(missing, ",") {
		delete(fields, field)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(map[string]any{"AzureAD": fields}) // fails only when the client has disconnected
}
