// SPDX-License-Identifier: MPL-2.0

package httpclient

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"runtime"
)

// certFileVariable names a PEM file with certificate authorities to trust.
const certFileVariable = "SSL_CERT_FILE"

// platformVerifies is whether Go leaves the verification of certificates to the operating
// system, as crypto/x509 does. There Go ignores SSL_CERT_FILE. Elsewhere it reads the file
// itself, in place of the system's own file.
const platformVerifies = runtime.GOOS == "darwin" || runtime.GOOS == "ios" || runtime.GOOS == "windows"

// CertificateFileError is a file in SSL_CERT_FILE that gives no certificates. It is final.
type CertificateFileError struct {
	// File is the path in the variable.
	File string
	// Err is why.
	Err error
}

// Error implements error.
func (e *CertificateFileError) Error() string {
	return fmt.Sprintf("%s=%s: %v", certFileVariable, e.File, e.Err)
}

// Unwrap returns the reason.
func (e *CertificateFileError) Unwrap() error { return e.Err }

// NonRetriable tells azcore's retry policy not to try again.
func (*CertificateFileError) NonRetriable() {}

// trustFile makes the transport trust the certificates of a file, besides those of the
// system. If the file gives none, every https request fails and says so.
func trustFile(t *http.Transport, file string) {
	roots, err := systemRootsAnd(file)
	if err != nil {
		refuseHTTPS(t, &CertificateFileError{File: file, Err: err})
		return
	}
	if t.TLSClientConfig == nil {
		t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	t.TLSClientConfig.RootCAs = roots
}

// systemRootsAnd returns the system's certificates and those of a file. Where the
// operating system verifies, crypto/x509 asks it first and then tries those of the file.
func systemRootsAnd(file string) (*x509.CertPool, error) {
	content, err := os.ReadFile(file) //nolint:gosec // the person names the file
	if err != nil {
		var failed *fs.PathError
		if errors.As(err, &failed) {
			err = failed.Err // the error names the file already
		}
		return nil, err
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		return nil, err
	}
	if !roots.AppendCertsFromPEM(content) {
		return nil, errors.New("no certificates")
	}
	return roots, nil
}

// refuseHTTPS makes every https request of the transport fail. The choice of a proxy comes
// before the connection, and its error reaches the caller unchanged.
func refuseHTTPS(t *http.Transport, because error) {
	proxy := t.Proxy
	t.Proxy = func(req *http.Request) (*url.URL, error) {
		if req.URL.Scheme == "https" {
			return nil, because
		}
		return proxy(req)
	}
}
