// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/youmark/pkcs8"
	"software.sslmate.com/src/go-pkcs12"
)

const pfxPassword = "pässword of the file"

// testCertificate is one RSA key and certificate for all tests; making it is slow.
var testCertificate = sync.OnceValues(func() (*x509.Certificate, *rsa.PrivateKey) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return selfSigned(key, &key.PublicKey), key
})

func selfSigned(key crypto.PrivateKey, public crypto.PublicKey) *x509.Certificate {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, key)
	if err != nil {
		panic(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return cert
}

func writeFile(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func pemOf(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// certificateFiles are the formats of certificates in use.
func certificateFiles() map[string]struct {
	content  []byte
	password string
} {
	cert, key := testCertificate()
	plain := must(x509.MarshalPKCS8PrivateKey(key))
	sealed := must(pkcs8.MarshalPrivateKey(key, []byte(pfxPassword), nil))
	certPEM := pemOf("CERTIFICATE", cert.Raw)
	return map[string]struct {
		content  []byte
		password string
	}{
		"PEM, PKCS#8 key":               {append(pemOf("PRIVATE KEY", plain), certPEM...), ""},
		"PEM, PKCS#1 key":               {append(bytes.Clone(certPEM), pemOf("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key))...), ""},
		"PEM, password for nothing":     {append(pemOf("PRIVATE KEY", plain), certPEM...), pfxPassword},
		"PEM, encrypted key":            {append(pemOf("ENCRYPTED PRIVATE KEY", sealed), certPEM...), pfxPassword},
		"PFX, modern":                   {must(pkcs12.Modern.Encode(key, cert, nil, pfxPassword)), pfxPassword},
		"PFX, modern, with a chain":     {must(pkcs12.Modern.Encode(key, cert, []*x509.Certificate{cert}, pfxPassword)), pfxPassword},
		"PFX, legacy":                   {must(pkcs12.LegacyDES.Encode(key, cert, nil, pfxPassword)), pfxPassword},
		"PFX, modern, without password": {must(pkcs12.Modern.Encode(key, cert, nil, "")), ""},
		"PFX, legacy, without password": {must(pkcs12.LegacyDES.Encode(key, cert, nil, "")), ""},
		"PFX, not protected at all":     {must(pkcs12.Passwordless.Encode(key, cert, nil, "")), ""},
		"PFX, password for nothing":     {must(pkcs12.Passwordless.Encode(key, cert, nil, "")), pfxPassword},
	}
}

func TestLoadCertificate_readsEachFormat(t *testing.T) {
	cert, key := testCertificate()
	for name, file := range certificateFiles() {
		inBase64 := base64.StdEncoding.EncodeToString(file.content)
		inLines := inBase64[:64] + "\r\n" + inBase64[64:128] + "\r\n" + inBase64[128:] + "\r\n"
		inFile := func(content string) Config {
			return Config{ClientCertificatePath: writeFile(t, "certificate", content)}
		}
		cases := map[string]Config{
			"path":                            inFile(string(file.content)),
			"base64":                          {ClientCertificate: inBase64},
			"base64 in lines":                 {ClientCertificate: inLines},
			"base64 after a byte order mark":  {ClientCertificate: "\ufeff" + inBase64},
			"base64 in a file":                inFile(inBase64),
			"base64 in lines in a file":       inFile(inLines),
			"base64 in a file, after a mark":  inFile("\ufeff" + inLines),
			"base64 in a file of PowerShell":  inFile(inUTF16(inLines)),
			"base64 of a file with a newline": {ClientCertificate: base64.StdEncoding.EncodeToString(append(bytes.Clone(file.content), '\n'))},
			"path, newline at the end":        inFile(string(file.content) + "\n"),
			"path, CRLF at the end":           inFile(string(file.content) + "\r\n"),
		}
		if strings.Contains(name, "PEM") {
			cases["path, after a byte order mark"] = inFile("\ufeff" + string(file.content))
			cases["base64, of a byte order mark and PEM"] = Config{ClientCertificate: base64.StdEncoding.EncodeToString(append([]byte("\ufeff"), file.content...))}
			cases["path, of PowerShell"] = inFile(inUTF16(string(file.content)))
			cases["path, CRLF"] = inFile(strings.ReplaceAll(string(file.content), "\n", "\r\n"))
		}
		for how, config := range cases {
			t.Run(name+", "+how, func(t *testing.T) {
				config.ClientCertificatePassword = file.password
				chain, got, err := loadCertificate(&config)
				if err != nil {
					t.Fatal(err)
				}
				if !chain[0].Equal(cert) || !key.Equal(got) {
					t.Error("another certificate or key was read")
				}
			})
		}
	}
}

// inUTF16 is a text as > of Windows PowerShell writes it to a file.
func inUTF16(s string) string {
	var out bytes.Buffer
	for _, unit := range utf16.Encode([]rune("\ufeff" + s)) {
		out.Write([]byte{byte(unit), byte(unit >> 8)})
	}
	return out.String()
}

// withoutMAC is a PFX as openssl pkcs12 -export -nomac writes it.
func withoutMAC(pfx []byte) string {
	var file struct {
		Version  int
		AuthSafe asn1.RawValue
		MAC      asn1.RawValue `asn1:"optional"`
	}
	if _, err := asn1.Unmarshal(pfx, &file); err != nil {
		panic(err)
	}
	return string(must(asn1.Marshal(struct {
		Version  int
		AuthSafe asn1.RawValue
	}{file.Version, file.AuthSafe})))
}

func TestLoadCertificate_explainsMistakes(t *testing.T) {
	cert, key := testCertificate()
	files := certificateFiles()
	curve := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	tests := []struct {
		name      string
		config    Config
		attribute string
		says      []string
	}{
		{
			"wrong password on a PFX",
			Config{ClientCertificatePath: writeFile(t, "c.pfx", string(files["PFX, modern"].content)), ClientCertificatePassword: secret},
			"client_certificate_password",
			[]string{"password is wrong"},
		},
		{
			"no password for a PFX", Config{ClientCertificatePath: writeFile(t, "c.pfx", string(files["PFX, legacy"].content))},
			"client_certificate_password",
			[]string{"protected by a password", "ARM_CLIENT_CERTIFICATE_PASSWORD"},
		},
		{
			"wrong password on a PEM",
			Config{ClientCertificatePath: writeFile(t, "c.pem", string(files["PEM, encrypted key"].content)), ClientCertificatePassword: secret},
			"client_certificate_password",
			[]string{"password is wrong"},
		},
		{
			"PFX with a password and no MAC",
			Config{ClientCertificatePath: writeFile(t, "c.pfx", withoutMAC(files["PFX, modern"].content)), ClientCertificatePassword: pfxPassword},
			"client_certificate_path",
			[]string{"no MAC, so its password", "openssl pkcs12 -in"},
		},
		{
			"PFX with a password and no MAC, without the password",
			Config{ClientCertificatePath: writeFile(t, "c.pfx", withoutMAC(files["PFX, modern"].content))},
			"client_certificate_path",
			[]string{"no MAC, so its password", "openssl pkcs12 -in"},
		},
		{
			"more than one PFX in a file",
			Config{ClientCertificatePath: writeFile(t, "c.pfx", string(files["PFX, modern"].content)+string(files["PFX, modern"].content)), ClientCertificatePassword: pfxPassword},
			"client_certificate_path",
			[]string{"neither PEM nor a PKCS#12"},
		},
		{"not base64", Config{ClientCertificate: "not base64!"}, "client_certificate", []string{"base64 -w0"}},
		{
			"neither PEM nor PFX", Config{ClientCertificatePath: writeFile(t, "c.pfx", "hello")},
			"client_certificate_path",
			[]string{"neither PEM nor a PKCS#12"},
		},
		{
			"certificate without key", Config{ClientCertificatePath: writeFile(t, "c.pem", string(pemOf("CERTIFICATE", cert.Raw)))},
			"client_certificate_path",
			[]string{"no private key"},
		},
		{
			"key without certificate", Config{ClientCertificate: string(pemOf("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(key))))},
			"client_certificate",
			[]string{"no certificate"},
		},
		{
			"key that is not RSA",
			Config{ClientCertificate: string(append(pemOf("CERTIFICATE", selfSigned(curve, &curve.PublicKey).Raw), pemOf("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(curve)))...))},
			"client_certificate",
			[]string{"not RSA"},
		},
		{
			"old encrypted PEM",
			Config{ClientCertificate: "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: DES-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n"},
			"client_certificate",
			[]string{"openssl pkcs8"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, _, err := loadCertificate(&test.config)
			wantConfigError(t, err, []string{test.attribute}, test.says...)
		})
	}
}
