// SPDX-License-Identifier: MPL-2.0

package proxy

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"net"
	"strings"
	"sync"
	"time"
)

// certificates is a certificate authority and the host certificates that it has signed.
type certificates struct {
	ca    *x509.Certificate
	caKey *ecdsa.PrivateKey
	caPEM []byte
	key   *ecdsa.PrivateKey // shared by all leaves

	mu      sync.Mutex
	configs map[string]*tls.Config
}

func newCertificates() (*certificates, error) {
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := certificateTemplate("Kusto emulator CA (not a real authority)")
	template.IsCA = true
	template.BasicConstraintsValid = true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	der, err := x509.CreateCertificate(rand.Reader, template, template, caKey.Public(), caKey)
	if err != nil {
		return nil, err
	}
	ca, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return &certificates{
		ca: ca, caKey: caKey, key: key, configs: map[string]*tls.Config{},
		caPEM: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
	}, nil
}

func certificateTemplate(name string) *x509.Certificate {
	now := time.Now()
	return &x509.Certificate{
		Subject:   pkix.Name{CommonName: name},
		NotBefore: now.Add(-time.Hour),
		NotAfter:  now.Add(7 * 24 * time.Hour),
	}
}

// configFor returns the TLS configuration of a host, with a certificate for its
// name. There is one per host, so that sessions resume.
func (c *certificates) configFor(host string) *tls.Config {
	host = strings.ToLower(host)
	c.mu.Lock()
	defer c.mu.Unlock()
	if config := c.configs[host]; config != nil {
		return config
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}
	config.Certificates = []tls.Certificate{c.leaf(host)}
	c.configs[host] = config
	return config
}

func (c *certificates) leaf(host string) tls.Certificate {
	template := certificateTemplate("")
	if len(host) <= 64 { // the limit of a common name
		template.Subject.CommonName = host
	}
	template.DNSNames = []string{host}
	if ip := net.ParseIP(host); ip != nil {
		template.DNSNames, template.IPAddresses = nil, []net.IP{ip}
	}
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	der, err := x509.CreateCertificate(rand.Reader, template, c.ca, c.key.Public(), c.caKey)
	if err != nil {
		return tls.Certificate{} // the handshake fails
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: c.key}
}
