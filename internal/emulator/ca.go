// SPDX-License-Identifier: MPL-2.0

package emulator

import (
	"fmt"
	"os"
)

// systemCAFiles are where systems keep the certificates that they trust, in one file: the
// ones that Go looks at on Linux and the BSDs, of which macOS has the last.
var systemCAFiles = []string{
	"/etc/ssl/certs/ca-certificates.crt",                // Debian, Ubuntu, Gentoo
	"/etc/pki/tls/certs/ca-bundle.crt",                  // Fedora, RHEL 6
	"/etc/ssl/ca-bundle.pem",                            // openSUSE
	"/etc/pki/tls/cacert.pem",                           // OpenELEC
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // CentOS, RHEL 7
	"/usr/local/etc/ssl/cert.pem",                       // FreeBSD
	"/usr/local/share/certs/ca-root-nss.crt",            // FreeBSD, DragonFly
	"/etc/openssl/certs/ca-certificates.crt",            // NetBSD
	"/etc/ssl/cert.pem",                                 // Alpine Linux, OpenBSD, macOS
}

// systemCA returns a function that reads the certificates that programs trust without an
// emulator, in PEM, and none if nothing passes through. SSL_CERT_FILE is what it is now:
// later it may be the emulator's.
func systemCA(passThrough bool) func() ([]byte, error) {
	configured := os.Getenv("SSL_CERT_FILE")
	return func() ([]byte, error) {
		if !passThrough {
			return nil, nil
		}
		if configured != "" {
			certificates, err := os.ReadFile(configured) //nolint:gosec // reading the configured path is the point
			if err != nil {
				return nil, fmt.Errorf("emulator: SSL_CERT_FILE: %w", err)
			}
			return certificates, nil
		}
		for _, file := range systemCAFiles {
			if certificates, err := os.ReadFile(file); err == nil {
				return certificates, nil
			}
		}
		return nil, nil // as on Windows, where programs ask the system
	}
}
