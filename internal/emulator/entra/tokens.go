// SPDX-License-Identifier: MPL-2.0

package entra

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
)

// signingKey is generated once per process, because that takes longer than everything else at start.
var signingKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

// tokenIssuer signs and verifies access tokens.
type tokenIssuer struct {
	key      *rsa.PrivateKey
	keyID    string
	lifetime time.Duration

	mu       sync.RWMutex
	verified map[string]*accessClaims // by token, so that a signature is verified once
}

// accessClaims are the claims of an access token in the v1 format.
type accessClaims struct {
	jwt.RegisteredClaims
	Resource   string `json:"aud"` // one string, not a list
	AppID      string `json:"appid,omitempty"`
	AppIDACR   string `json:"appidacr,omitempty"`
	IDType     string `json:"idtyp,omitempty"`
	IdP        string `json:"idp,omitempty"`
	Name       string `json:"name,omitempty"`
	ObjectID   string `json:"oid"`
	Scope      string `json:"scp,omitempty"`
	TenantID   string `json:"tid"`
	UniqueName string `json:"unique_name,omitempty"`
	UPN        string `json:"upn,omitempty"`
	UTI        string `json:"uti"`
	Version    string `json:"ver"`
}

func newTokenIssuer(lifetime time.Duration) (*tokenIssuer, error) {
	key, err := signingKey()
	if err != nil {
		return nil, fmt.Errorf("emulator: %w", err)
	}
	sum := sha256.Sum256(key.N.Bytes())
	return &tokenIssuer{
		key: key, keyID: base64.RawURLEncoding.EncodeToString(sum[:20]), lifetime: lifetime,
		verified: map[string]*accessClaims{},
	}, nil
}

// issuerOf is the issuer of a tenant's v1 tokens.
func issuerOf(tenantID string) string { return "https://sts.windows.net/" + tenantID + "/" }

// accessToken signs a token for p. viaApp is the client id of the program that
// requested it. For an application that is the application itself.
func (t *tokenIssuer) accessToken(p *Principal, viaApp, audience string, lifetime time.Duration) string {
	now := time.Now()
	claims := &accessClaims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: issuerOf(p.TenantID), Subject: p.ObjectID,
			IssuedAt: jwt.NewNumericDate(now), NotBefore: jwt.NewNumericDate(now.Add(-time.Minute)),
			ExpiresAt: jwt.NewNumericDate(now.Add(lifetime)),
		},
		Resource: audience, AppID: viaApp, AppIDACR: "1", IDType: "app", IdP: issuerOf(p.TenantID), ObjectID: p.ObjectID,
		TenantID: p.TenantID, UTI: uuid.NewString(), Version: "1.0",
	}
	if p.Kind != App {
		claims.IDType, claims.AppIDACR, claims.Scope = "user", "0", "user_impersonation"
		claims.Name, claims.UPN, claims.UniqueName = p.DisplayName, p.UPN, p.UPN
	}
	return t.sign(claims)
}

// sign makes an RS256 token with the key that the JWKS endpoints publish.
func (t *tokenIssuer) sign(claims jwt.Claims) string {
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, claims)
	token.Header["kid"] = t.keyID
	token.Header["x5t"] = t.keyID
	signed, err := token.SignedString(t.key)
	if err != nil {
		panic("emulator: signing failed: " + err.Error())
	}
	return signed
}

// verify checks signature, validity in time, issuer and audience.
func (t *tokenIssuer) verify(token string, audiences map[string]bool) (*accessClaims, error) {
	claims, err := t.checked(token)
	if err != nil {
		return nil, err
	}
	if now := time.Now(); !now.Before(claims.ExpiresAt.Time) || now.Before(claims.NotBefore.Time) {
		return nil, errors.New("token is expired or not yet valid")
	}
	if claims.Issuer != issuerOf(claims.TenantID) {
		return nil, errors.New("issuer does not match the tenant")
	}
	if !audiences[strings.ToLower(strings.TrimRight(claims.Resource, "/"))] {
		return nil, fmt.Errorf("audience %s is not this service", claims.Resource)
	}
	return claims, nil
}

func (t *tokenIssuer) checked(token string) (*accessClaims, error) {
	t.mu.RLock()
	claims := t.verified[token]
	t.mu.RUnlock()
	if claims != nil {
		return claims, nil
	}
	claims = &accessClaims{}
	_, err := jwt.ParseWithClaims(token, claims, func(*jwt.Token) (any, error) { return t.key.Public(), nil },
		jwt.WithValidMethods([]string{"RS256"}), jwt.WithoutClaimsValidation())
	if err != nil {
		return nil, err
	}
	if claims.ExpiresAt == nil || claims.NotBefore == nil {
		return nil, errors.New("token has no lifetime")
	}
	t.mu.Lock()
	t.verified[token] = claims
	t.mu.Unlock()
	return claims, nil
}

// jwks is the public half of the signing key, as OpenID Connect publishes it.
func (t *tokenIssuer) jwks() map[string]any {
	return map[string]any{"keys": []any{map[string]any{
		"kty": "RSA", "use": "sig", "alg": "RS256", "kid": t.keyID, "x5t": t.keyID,
		"n": base64.RawURLEncoding.EncodeToString(t.key.N.Bytes()),
		"e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(t.key.E)).Bytes()),
	}}}
}

// AppToken is an access token of application p for audience, such as
// "https://kusto.kusto.windows.net". With a negative lifetime it has expired.
func (s *Server) AppToken(p *Principal, audience string, lifetime time.Duration) string {
	return s.tokens.accessToken(p, p.AppID, audience, lifetime)
}

// Authenticate returns the principal whose access token r carries. It fails when
// the token is missing, invalid, expired, not for one of the audiences (lower
// case, without a slash at the end), or of a principal that was removed.
func (s *Server) Authenticate(r *http.Request, audiences map[string]bool) (*Principal, error) {
	claims, err := s.tokens.verify(bearer(r), audiences)
	if err != nil {
		return nil, fmt.Errorf("the access token is missing or not valid: %w", err)
	}
	s.directory.mu.RLock()
	defer s.directory.mu.RUnlock()
	p := s.directory.byObjectID[claims.ObjectID]
	if p == nil {
		return nil, errors.New("the access token's principal does not exist")
	}
	return p, nil
}
