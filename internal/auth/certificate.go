package auth

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
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

// loadCertificate reads the client certificate, its chain and its key.
func loadCertificate(c *Config) ([]*x509.Certificate, crypto.PrivateKey, error) {
	attribute, content, err := certificateBytes(c)
	if err != nil {
		return nil, nil, err
	}
	chain, key, err := parseCertificate(content, c.ClientCertificatePassword)
	if err == nil && !isRSA(key) {
		err = errors.New("its private key is not RSA, the only kind that Microsoft Entra ID accepts")
	}
	if err == nil {
		return chain, key, nil
	}
	fault := &ConfigError{
		Attributes: []string{attribute},
		Summary:    "Cannot read the client certificate",
		Detail:     fmt.Sprintf("%s could not be used: %s.", c.source(attribute), redact(err.Error(), c.secrets())),
	}
	if errors.Is(err, errPassword) {
		fault.Attributes = []string{"client_certificate_password", attribute}
		fault.Detail += " Check client_certificate_password."
		if c.ClientCertificatePassword == "" {
			fault.Detail = fmt.Sprintf("%s is protected by a password. Set %s.",
				c.source(attribute), howToSet("client_certificate_password"))
		}
	}
	return nil, nil, fault
}

// certificateBytes returns the certificate's content and the attribute it came from.
func certificateBytes(c *Config) (attribute string, content []byte, err error) {
	const inline, path = "client_certificate", "client_certificate_path"
	// The configuration beats the environment also between these two.
	if c.rank(inline) == c.rank(path) && c.explicit(inline) {
		return "", nil, &ConfigError{
			Attributes: []string{inline, path},
			Summary:    "Two client certificates are configured",
			Detail:     "Both " + inline + " and " + path + " are set. Keep one of them.",
		}
	}
	if c.rank(inline) >= c.rank(path) {
		content, err = decodeCertificate(c.ClientCertificate)
		if err != nil {
			err = &ConfigError{Attributes: []string{inline}, Summary: "Cannot read the client certificate", Detail: c.source(inline) + " is neither base64 nor PEM. Encode the file with: base64 -w0 certificate.pfx"}
		}
		return inline, content, err
	}
	content, err = os.ReadFile(c.ClientCertificatePath)
	if err != nil {
		return path, nil, &ConfigError{
			Attributes: []string{path},
			Summary:    "Cannot read the client certificate",
			Detail:     fmt.Sprintf("The file that %s names could not be read: %v.", c.source(path), err),
		}
	}
	return path, content, nil
}

// decodeCertificate takes base64 in lines or without, or a PEM text as it is.
func decodeCertificate(text string) ([]byte, error) {
	if strings.Contains(text, "-----BEGIN") {
		return []byte(text), nil
	}
	return base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
}

var errPassword = errors.New("the password is wrong, or missing")

// parseCertificate reads PEM and PKCS#12. azidentity's own parser knows neither
// encrypted keys in PEM nor the SHA-256 MACs that OpenSSL 3 and Windows write.
func parseCertificate(content []byte, password string) ([]*x509.Certificate, crypto.PrivateKey, error) {
	if bytes.Contains(content, []byte("-----BEGIN")) {
		plain, err := decryptPEM(content, password)
		if err != nil {
			return nil, nil, err
		}
		return azidentity.ParseCertificates(plain, nil)
	}
	key, leaf, others, err := pkcs12.DecodeChain(content, password)
	switch {
	case errors.Is(err, pkcs12.ErrIncorrectPassword):
		return nil, nil, errPassword
	case err != nil:
		return nil, nil, fmt.Errorf("it is neither PEM nor a PKCS#12 file with one key: %w", err)
	}
	return append([]*x509.Certificate{leaf}, others...), key, nil
}

// decryptPEM returns the same blocks with every encrypted key in the clear.
func decryptPEM(content []byte, password string) ([]byte, error) {
	var out bytes.Buffer
	for block, rest := pem.Decode(content); block != nil; block, rest = pem.Decode(rest) {
		if strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED") {
			return nil, errors.New("its key is encrypted in an old way that is not safe; " +
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

func isRSA(key crypto.PrivateKey) bool {
	_, ok := key.(*rsa.PrivateKey)
	return ok
}
