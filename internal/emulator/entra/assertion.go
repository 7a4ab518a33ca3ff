// SPDX-License-Identifier: MPL-2.0

package entra

import (
	"crypto/sha1" //nolint:gosec // x5t is a SHA-1 thumbprint by definition (RFC 7515)
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// FederatedAudience is the audience that a federated identity token must have.
const FederatedAudience = "api://AzureADTokenExchange"

// checkAssertion accepts an assertion that is signed with one of the application's
// certificates, or a federated token of another issuer. A nil refusal is acceptance.
func (s *Server) checkAssertion(p *Principal, assertion, tenantID, host string) *refusal {
	claims := jwt.MapClaims{}
	token, _, err := jwt.NewParser().ParseUnverified(assertion, claims)
	if err != nil {
		return invalidAssertion(err.Error())
	}
	if refused := checkLifetime(claims); refused != nil {
		return refused
	}
	issuer, _ := claims.GetIssuer()
	if strings.EqualFold(issuer, p.AppID) {
		return s.checkCertificate(p, token, assertion, claims, tenantID, host)
	}
	return s.checkFederated(p, assertion, claims)
}

func checkLifetime(claims jwt.MapClaims) *refusal {
	now := time.Now()
	until, err := claims.GetExpirationTime()
	if err != nil || until == nil {
		return invalidAssertion("The 'exp' claim is missing.")
	}
	from, err := claims.GetNotBefore()
	if err != nil || from == nil {
		from = jwt.NewNumericDate(until.Add(-time.Hour))
	}
	const skew = 5 * time.Minute // tolerated between the clocks
	if !now.Before(until.Time) || now.Add(skew).Before(from.Time) {
		return expiredAssertion(from.Time, until.Time, now)
	}
	return nil
}

// checkCertificate verifies an assertion signed with one of the application's certificates.
func (s *Server) checkCertificate(p *Principal, token *jwt.Token, assertion string, claims jwt.MapClaims, tenantID, host string) *refusal {
	certificate, thumbprint := s.certificateOf(p, token)
	if certificate == nil {
		return certificateNotRegistered(thumbprint, p.AppID)
	}
	audiences, _ := claims.GetAudience()
	if !slices.ContainsFunc(audiences, func(a string) bool { return s.isTokenEndpoint(a, tenantID, host) }) {
		return &refusal{401, "invalid_client", 50027, fmt.Sprintf("JWT token is invalid: audience %v is not this token endpoint.", audiences)}
	}
	if subject, _ := claims.GetSubject(); !strings.EqualFold(subject, p.AppID) {
		return invalidAssertion("The subject is not the application.")
	}
	_, err := jwt.Parse(assertion, func(*jwt.Token) (any, error) { return certificate.PublicKey, nil },
		jwt.WithValidMethods([]string{"RS256", "PS256"}), jwt.WithoutClaimsValidation())
	if err != nil {
		return badSignature()
	}
	return nil
}

// certificateOf finds the registered certificate by the thumbprint in the
// assertion's header. If there is none, it returns the thumbprint in hexadecimal,
// as Entra ID's error shows it.
func (s *Server) certificateOf(p *Principal, token *jwt.Token) (*x509.Certificate, string) {
	sha1Print, _ := token.Header["x5t"].(string)
	sha256Print, _ := token.Header["x5t#S256"].(string)
	shown := sha256Print
	if sha1Print != "" {
		shown = sha1Print
	}
	decoded, _ := base64.RawURLEncoding.DecodeString(strings.TrimRight(shown, "="))
	d := s.directory
	d.mu.RLock()
	defer d.mu.RUnlock()
	for _, c := range p.Certificates {
		sum1, sum256 := sha1.Sum(c.Raw), sha256.Sum256(c.Raw) //nolint:gosec // see the import
		if sha1Print != "" && samePrint(sha1Print, sum1[:]) || sha256Print != "" && samePrint(sha256Print, sum256[:]) {
			return c, ""
		}
	}
	return nil, fmt.Sprintf("%X", decoded)
}

func samePrint(thumbprint string, sum []byte) bool {
	decoded, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(thumbprint, "="))
	if err != nil {
		decoded, err = base64.StdEncoding.DecodeString(thumbprint)
	}
	return err == nil && string(decoded) == string(sum)
}

// isTokenEndpoint reports whether an assertion's audience is the tenant's token endpoint or issuer at host.
func (s *Server) isTokenEndpoint(audience, tenantID, host string) bool {
	rest, ok := strings.CutPrefix(audience, "https://")
	if !ok {
		return false
	}
	audienceHost, path, _ := strings.Cut(rest, "/")
	name, path, _ := strings.Cut(path, "/")
	t := s.directory.tenant(name)
	sameHost := audienceHost == host || slices.Contains(publicAliases, host) && slices.Contains(publicAliases, audienceHost)
	return sameHost && t != nil && t.id == tenantID &&
		slices.Contains([]string{"oauth2/token", "oauth2/v2.0/token", "v2.0", ""}, path)
}

// checkFederated verifies a token of one of the emulator's own OIDC issuers
// against the application's federated credentials.
func (s *Server) checkFederated(p *Principal, assertion string, claims jwt.MapClaims) *refusal {
	issuer, _ := claims.GetIssuer()
	subject, _ := claims.GetSubject()
	audiences, _ := claims.GetAudience()
	d := s.directory
	d.mu.RLock()
	credentials := slices.Clone(p.FederatedCredentials)
	d.mu.RUnlock()
	if !slices.ContainsFunc(credentials, func(c FederatedCredential) bool { return c.Issuer == issuer }) {
		return unknownIssuer(issuer)
	}
	if !slices.Contains(credentials, FederatedCredential{Issuer: issuer, Subject: subject}) || !slices.Contains(audiences, FederatedAudience) {
		return noFederatedIdentity(subject, issuer, strings.Join(audiences, ","))
	}
	_, err := jwt.Parse(assertion, func(*jwt.Token) (any, error) { return s.tokens.key.Public(), nil },
		jwt.WithValidMethods([]string{"RS256"}), jwt.WithoutClaimsValidation())
	if err != nil {
		return invalidAssertion("The signature does not verify with the issuer's keys.")
	}
	return nil
}
