// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"time"
)

// Caller is the identity that an access token was issued to. All ids are GUIDs.
type Caller struct {
	TenantID string
	ObjectID string
	ClientID string // the application; for a user, the one used to sign in
	IsApp    bool
	Groups   []string // object ids; only if the token has a groups claim
}

// claims are those of a Microsoft Entra access token, versions 1 and 2.
type claims struct {
	TenantID          string   `json:"tid"`
	ObjectID          string   `json:"oid"`
	AppID             string   `json:"appid"` // version 1
	AuthorizedParty   string   `json:"azp"`   // version 2
	UPN               string   `json:"upn"`
	UniqueName        string   `json:"unique_name"`
	PreferredUsername string   `json:"preferred_username"`
	IDType            string   `json:"idtyp"`
	Scope             string   `json:"scp"`
	Groups            []string `json:"groups"`
	Expires           float64  `json:"exp"`
}

var errNotJWT = errors.New("the access token is not a JSON Web Token, so its claims cannot be read")

// CallerOf reads the identity in the claims of an access token. It does not verify
// the token; the service that receives it does.
func CallerOf(token string) (Caller, error) {
	c, err := parseClaims(token)
	if err != nil {
		return Caller{}, err
	}
	return Caller{
		TenantID: c.TenantID,
		ObjectID: c.ObjectID,
		ClientID: cmp.Or(c.AppID, c.AuthorizedParty),
		IsApp:    c.isApp(),
		Groups:   c.Groups,
	}, nil
}

// isApp distinguishes an application from a user. The claim idtyp is optional;
// without it, a user has a delegated scope or a user name.
func (c claims) isApp() bool {
	if c.IDType != "" {
		return c.IDType == "app"
	}
	return cmp.Or(c.Scope, c.UPN, c.UniqueName, c.PreferredUsername) == ""
}

func (c claims) expiry() time.Time {
	if c.Expires <= 0 {
		return time.Time{}
	}
	return time.Unix(int64(c.Expires), 0).UTC()
}

func parseClaims(token string) (claims, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return claims{}, errNotJWT
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return claims{}, errNotJWT
	}
	var c claims
	// The decoder's own error could quote the token.
	if json.Unmarshal(payload, &c) != nil {
		return claims{}, errNotJWT
	}
	return c, nil
}
