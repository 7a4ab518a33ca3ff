// SPDX-License-Identifier: MPL-2.0

package httpclient

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
)

func TestTransport_namesAProxyThatWantsCredentials(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]bool{http.StatusProxyAuthRequired: true, http.StatusBadGateway: false} {
		proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		defer proxy.Close()
		address, err := url.Parse(proxy.URL)
		if err != nil {
			t.Fatal(err)
		}
		address.User = url.UserPassword("me", "secret")
		transport := Transport()
		transport.Proxy = http.ProxyURL(address)
		resp, err := (&http.Client{Transport: transport}).Get("https://cluster.westeurope.kusto.windows.net")
		if err == nil {
			_ = resp.Body.Close()
			t.Fatal("there is no such host")
		}
		var refused *ProxyAuthenticationError
		if errors.As(err, &refused) != want || want && refused.Proxy != proxy.URL {
			t.Errorf("HTTP %d: %v", status, err)
		}
	}
}
