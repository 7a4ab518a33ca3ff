// SPDX-License-Identifier: MPL-2.0

// Package httpclient makes the HTTP transport of everything that the provider asks: the
// login host and the clusters.
package httpclient

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
)

// ProxyAuthenticationError is a proxy's 407. It is final: the proxy refuses every
// request without the right credentials.
type ProxyAuthenticationError struct {
	// Proxy is the proxy's address without credentials.
	Proxy string
}

// Error implements error.
func (e *ProxyAuthenticationError) Error() string {
	return fmt.Sprintf("the proxy %s requires authentication (HTTP 407)", e.Proxy)
}

// NonRetriable tells azcore's retry policy not to try again.
func (*ProxyAuthenticationError) NonRetriable() {}

// Transport returns a copy of Go's default transport, which reads the proxy variables. It
// trusts the certificates in SSL_CERT_FILE on every operating system, or else returns a
// [CertificateFileError]. For a 407 of the proxy it returns a [ProxyAuthenticationError],
// of which Go itself keeps only the text.
func Transport() *http.Transport {
	t, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		t = &http.Transport{Proxy: http.ProxyFromEnvironment}
	}
	t = t.Clone()
	t.OnProxyConnectResponse = func(_ context.Context, proxy *url.URL, _ *http.Request, answer *http.Response) error {
		if answer.StatusCode == http.StatusProxyAuthRequired {
			return &ProxyAuthenticationError{Proxy: proxy.Scheme + "://" + proxy.Host}
		}
		return nil
	}
	if file := os.Getenv(certFileVariable); platformVerifies && file != "" {
		trustFile(t, file)
	}
	return t
}
