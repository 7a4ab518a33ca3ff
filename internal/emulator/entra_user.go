package emulator

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// refreshPrefix marks a refresh token, which is opaque to clients. What follows is the user's object id.
const refreshPrefix = "0.emulated-refresh-token."

// user authenticates a user by name and password.
func (s *entra) user(form url.Values) (*Principal, *entraError) {
	d := s.emulator.directory
	d.mu.RLock()
	defer d.mu.RUnlock()
	p := d.byUPN[strings.ToLower(form.Get("username"))]
	if p == nil || p.Password == "" || !oneOf([]string{p.Password}, form.Get("password")) {
		return nil, wrongPassword()
	}
	return p, nil
}

// refreshed authenticates a user by the refresh token they got before.
func (s *entra) refreshed(form url.Values) (*Principal, *entraError) {
	id, ok := strings.CutPrefix(form.Get("refresh_token"), refreshPrefix)
	d := s.emulator.directory
	d.mu.RLock()
	defer d.mu.RUnlock()
	p := d.byObjectID[id]
	if !ok || p == nil {
		return nil, &entraError{400, "invalid_grant", 9002313, "Invalid request. Request is malformed or invalid."}
	}
	return p, nil
}

// addUserParts adds what only users get: id token, refresh token, scope and client info.
func (s *entra) addUserParts(answer map[string]any, g *tokenGrant, lifetime time.Duration) {
	p, now := g.principal, time.Now()
	answer["scope"] = g.scope
	answer["refresh_token"] = refreshPrefix + p.ObjectID
	answer["id_token"] = s.emulator.tokens.sign(jwt.MapClaims{
		"aud": g.clientID, "iss": "https://login.microsoftonline.com/" + p.TenantID + "/v2.0", "ver": "2.0",
		"iat": now.Unix(), "nbf": now.Add(-time.Minute).Unix(), "exp": now.Add(lifetime).Unix(),
		"name": p.DisplayName, "preferred_username": p.UPN, "oid": p.ObjectID, "sub": p.ObjectID, "tid": p.TenantID,
	})
	account, _ := json.Marshal(map[string]string{"uid": p.ObjectID, "utid": p.TenantID}) // strings always marshal
	answer["client_info"] = base64.RawURLEncoding.EncodeToString(account)
}
