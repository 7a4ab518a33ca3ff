// SPDX-License-Identifier: MPL-2.0

package httpclient

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// secureServer is a server that offers HTTP/2, with a certificate that no system trusts.
func secureServer(t *testing.T) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	server.EnableHTTP2 = true
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

// certFile writes the server's certificate to a PEM file. A file may have text before it.
func certFile(t *testing.T, server *httptest.Server) string {
	t.Helper()
	return fileWith(t, "# The proxy's\n"+string(pemOf(server.Certificate().Raw)))
}

func fileWith(t *testing.T, content string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// get requests a page through the transport, and returns the version of HTTP.
func get(t *testing.T, transport *http.Transport, url string) (version int, err error) {
	t.Helper()
	t.Cleanup(transport.CloseIdleConnections)
	resp, err := (&http.Client{Transport: transport}).Get(url)
	if err != nil {
		return 0, err
	}
	return resp.ProtoMajor, resp.Body.Close()
}

func TestTrustFile_reachesAHostWhoseCertificateIsOnlyThere(t *testing.T) {
	t.Parallel()
	server := secureServer(t)
	transport := Transport()
	trustFile(transport, certFile(t, server))
	if version, err := get(t, transport, server.URL); err != nil || version != 2 {
		t.Errorf("HTTP/%d: %v, want HTTP/2", version, err)
	}
}

func TestTrustFile_refusesAHostWhoseCertificateIsNotThere(t *testing.T) {
	t.Parallel()
	server, transport := secureServer(t), Transport()
	trustFile(transport, fileWith(t, string(pemOf(anotherCertificate(t)))))
	_, err := get(t, transport, server.URL)
	var untrusted *tls.CertificateVerificationError
	if !errors.As(err, &untrusted) {
		t.Errorf("got %v", err)
	}
}

// anotherCertificate is that of a certificate authority that signed nothing.
func anotherCertificate(t *testing.T) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Another"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func pemOf(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func TestTrustFile_namesAFileWithoutCertificates(t *testing.T) {
	t.Parallel()
	secure := secureServer(t)
	plain := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(plain.Close)
	for name, file := range map[string]string{
		"missing": filepath.Join(t.TempDir(), "missing.pem"), "a folder": t.TempDir(),
		"empty": fileWith(t, ""), "not PEM": fileWith(t, "ca"),
		"a broken certificate": fileWith(t, "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			transport := Transport()
			trustFile(transport, file)
			_, err := get(t, transport, secure.URL)
			var refused *CertificateFileError
			if !errors.As(err, &refused) || refused.File != file {
				t.Fatalf("https: %v", err)
			}
			if text := refused.Error(); !strings.HasPrefix(text, "SSL_CERT_FILE="+file+": ") || strings.Count(text, file) != 1 {
				t.Errorf("the error is %q", text)
			}
			// A managed identity's endpoint has no TLS.
			if _, err := get(t, transport, plain.URL); err != nil {
				t.Errorf("http: %v", err)
			}
		})
	}
}

// Not in parallel: the environment is the process's.
func TestTransport_trustsTheFileOfTheVariable(t *testing.T) {
	if !platformVerifies {
		t.Skip("Go itself reads SSL_CERT_FILE on this system, once a process")
	}
	server := secureServer(t)
	t.Setenv(certFileVariable, certFile(t, server))
	if _, err := get(t, Transport(), server.URL); err != nil {
		t.Error(err)
	}
	t.Setenv(certFileVariable, fileWith(t, ""))
	var refused *CertificateFileError
	if _, err := get(t, Transport(), server.URL); !errors.As(err, &refused) {
		t.Errorf("an empty file: %v", err)
	}
}
