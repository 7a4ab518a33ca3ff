// SPDX-License-Identifier: MPL-2.0

package entra

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// refreshPrefix begins a refresh token. The user's object id follows. Clients treat the token as opaque.
const refreshPrefix = "0.emulated-refresh-token."

// user authenticates a user by name and password.
func (s *Server) user(form url.Values) (*Principal, *refusal) {
	d := s.directory
	d.mu.RLock()
	defer d.mu.RUnlock()
	p := d.byUPN[strings.ToLower(form.Get("username"))]
	if p == nil || p.Password == "" || !oneOf([]string{p.Password}, form.Get("password")) {
		return nil, wrongPassword()
	}
	return p, nil
}

// refreshed authenticates a user by a refresh token of an earlier answer.
func (s *Server) refreshed(form url.Values) (*Principal, *refusal) {
	id, ok := strings.CutPrefix(form.Get("refresh_token"), refreshPrefix)
	d := s.directory
	d.mu.RLock()
	defer d.mu.RUnlock()
	p := d.byObjectID[id]
	if !ok || p == nil {
		return nil, &refusal{400, "invalid_grant", 9002313, "Invalid request. Request is malformed or invalid."}
	}
	return p, nil
}

// addUserParts adds the fields that only users get: id token, refresh token, scope and client info.
func (s *Server) addUserParts(answer map[string]any, g *tokenGrant, lifetime time.Duration) {
	p, now := g.principal, time.Now()
	answer["scope"] = g.scope
	answer["refresh_token"] = refreshPrefix + p.ObjectID
	answer["id_token"] = s.tokens.sign(jwt.MapClaims{
		"aud": g.clientID, "iss": "https://login.microsoftonline.com/" + p.TenantID + "/v2.0", "ver": "2.0",
		"iat": now.Unix(), "nbf": now.Add(-time.Minute).Unix(), "exp": now.Add(lifetime).Unix(),
		"name": p.DisplayName, "preferred_username": p.UPN, "oid": p.ObjectID, "sub": p.ObjectID, "tid": p.TenantID,
	})
	account, _ := json.Marshal(map[string]string{"uid": p.ObjectID, "utid": p.TenantID}) // strings always marshal
	answer["client_info"] = base64.RawURLEncoding.EncodeToString(account)
}
