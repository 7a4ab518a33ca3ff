// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/youmark/pkcs8"
	"software.sslmate.com/src/go-pkcs12"
)

const unreadableCertificate = "Cannot read the client certificate"

// loadCertificate reads the client certificate, its chain and its key.
func loadCertificate(c *Config) ([]*x509.Certificate, crypto.PrivateKey, error) {
	argument, err := c.onlyOne("client_certificate", "client_certificate_path")
	if err != nil {
		return nil, nil, err
	}
	content, err := certificateBytes(c, argument)
	if err != nil {
		return nil, nil, err
	}
	chain, key, err := parseCertificate(content, c.ClientCertificatePassword)
	if _, isRSA := key.(*rsa.PrivateKey); err == nil && !isRSA {
		err = errors.New("its private key is not RSA, the only kind that Microsoft Entra ID accepts")
	}
	switch {
	case err == nil:
		return chain, key, nil
	case errors.Is(err, errPassword) && c.ClientCertificatePassword == "":
		return nil, nil, configError(unreadableCertificate, "client_certificate_password",
			"%s is protected by a password. Set %s.", c.source(argument), howToSet("client_certificate_password"))
	case errors.Is(err, errPassword):
		return nil, nil, configError(unreadableCertificate, "client_certificate_password",
			"The password is wrong for %s. Check %s.", c.source(argument), c.source("client_certificate_password"))
	case errors.Is(err, errNoMAC):
		return nil, nil, configError(unreadableCertificate, argument,
			"%s is encrypted and has no MAC, so its password cannot be checked. PEM needs none. Convert the file with: "+
				"openssl pkcs12 -in old.pfx -out certificate.pem", c.source(argument))
	}
	return nil, nil, configError(unreadableCertificate, argument,
		"%s could not be used: %s.", c.source(argument), redact(err.Error(), c.secrets()))
}

// certificateBytes returns the certificate that the argument contains or names: PEM or
// PKCS#12. Both may be in base64, with or without line breaks.
func certificateBytes(c *Config, argument string) ([]byte, error) {
	content := []byte(c.ClientCertificate)
	if argument == "client_certificate_path" {
		var err error
		if content, err = os.ReadFile(c.ClientCertificatePath); err != nil {
			return nil, configError(unreadableCertificate, argument, "The file that %s names could not be read: %v.", c.source(argument), err)
		}
	}
	content = decodeText(content)
	if isPEM(content) {
		return content, nil
	}
	decoded, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(string(content)), ""))
	switch {
	case err == nil:
		return decodeText(decoded), nil
	case argument == "client_certificate":
		return nil, configError(unreadableCertificate, argument,
			"%s is neither base64 nor PEM. Encode the file with: base64 -w0 certificate.pfx", c.source(argument))
	}
	return content, nil // PKCS#12 as it is
}

func isPEM(content []byte) bool { return bytes.Contains(content, []byte("-----BEGIN")) }

var errPassword = errors.New("the password is wrong or missing")

// parseCertificate reads PEM and PKCS#12. azidentity's own parser supports neither
// encrypted keys in PEM nor the SHA-256 MACs that OpenSSL 3 and Windows write.
func parseCertificate(content []byte, password string) ([]*x509.Certificate, crypto.PrivateKey, error) {
	if isPEM(content) {
		plain, err := decryptPEM(content, password)
		if err != nil {
			return nil, nil, err
		}
		return azidentity.ParseCertificates(plain, nil)
	}
	content = withoutLineEnd(content)
	key, leaf, others, err := pkcs12.DecodeChain(content, password)
	if err != nil && hasNoMAC(content) {
		// The library takes the password from the MAC. Without one, it reads what is not
		// encrypted, and takes no password for that.
		if key, leaf, others, err = pkcs12.DecodeChain(content, ""); err != nil {
			err = errNoMAC
		}
	}
	switch {
	case errors.Is(err, pkcs12.ErrIncorrectPassword):
		return nil, nil, errPassword
	case errors.Is(err, errNoMAC):
		return nil, nil, err
	case err != nil:
		return nil, nil, fmt.Errorf("it is neither PEM nor a PKCS#12 file with one key: %w", err)
	}
	return append([]*x509.Certificate{leaf}, others...), key, nil
}

var errNoMAC = errors.New("it is encrypted and has no MAC")

// hasNoMAC reports whether the library misses a MAC, for which it has no error of its own.
func hasNoMAC(content []byte) bool {
	_, _, _, err := pkcs12.DecodeChain(content, "any")
	return err != nil && strings.Contains(err.Error(), "no MAC in data")
}

// withoutLineEnd cuts the line end off that an editor or a shell adds to PKCS#12. The
// last byte of the file itself may look like one.
func withoutLineEnd(content []byte) []byte {
	var pfx asn1.RawValue
	if rest, err := asn1.Unmarshal(content, &pfx); err == nil && len(bytes.TrimSpace(rest)) == 0 {
		return pfx.FullBytes
	}
	return content
}

// decryptPEM returns the same blocks with every encrypted key decrypted.
func decryptPEM(content []byte, password string) ([]byte, error) {
	var out bytes.Buffer
	for block, rest := pem.Decode(content); block != nil; block, rest = pem.Decode(rest) {
		if strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED") {
			return nil, errors.New("its key is encrypted in an obsolete, insecure format; " +
				"convert it with: openssl pkcs8 -topk8 -in old.pem -out new.pem")
		}
		if block.Type == "ENCRYPTED PRIVATE KEY" {
			key, err := decryptKey(block.Bytes, password)
			if err != nil {
				return nil, err
			}
			block = &pem.Block{Type: "PRIVATE KEY", Bytes: key}
		}
		if err := pem.Encode(&out, block); err != nil {
			return nil, err
		}
	}
	return out.Bytes(), nil
}

func decryptKey(encrypted []byte, password string) ([]byte, error) {
	key, _, err := pkcs8.ParsePrivateKey(encrypted, []byte(password))
	if err != nil {
		return nil, errPassword
	}
	return x509.MarshalPKCS8PrivateKey(key)
}
