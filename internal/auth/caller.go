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
	TenantID          lenient[string]            `json:"tid"`
	ObjectID          lenient[string]            `json:"oid"`
	AppID             lenient[string]            `json:"appid"` // version 1
	AuthorizedParty   lenient[string]            `json:"azp"`   // version 2
	UPN               lenient[string]            `json:"upn"`
	UniqueName        lenient[string]            `json:"unique_name"`
	PreferredUsername lenient[string]            `json:"preferred_username"`
	IDType            lenient[string]            `json:"idtyp"`
	Scope             lenient[string]            `json:"scp"`
	Groups            lenient[[]lenient[string]] `json:"groups"`
	Expires           lenient[json.Number]       `json:"exp"` // also as text
}

var errNotJWT = errors.New("the access token is not a JSON Web Token, so its claims cannot be read")

// CallerOf reads the identity in the claims of an access token. It does not verify
// the token; the service that receives it does.
func CallerOf(token string) (Caller, error) {
	c, err := parseClaims(token)
	if err != nil {
		return Caller{}, err
	}
	caller := Caller{
		TenantID: c.TenantID.value,
		ObjectID: c.ObjectID.value,
		ClientID: cmp.Or(c.AppID.value, c.AuthorizedParty.value),
		IsApp:    c.isApp(),
	}
	for _, group := range c.Groups.value {
		if group.value != "" {
			caller.Groups = append(caller.Groups, group.value)
		}
	}
	return caller, nil
}

// isApp distinguishes an application from a user. The claim idtyp is optional;
// without it, a user has a delegated scope or a user name.
func (c claims) isApp() bool {
	if c.IDType.value != "" {
		return c.IDType.value == "app"
	}
	return cmp.Or(c.Scope.value, c.UPN.value, c.UniqueName.value, c.PreferredUsername.value) == ""
}

// expiry is the time at which the token expires; zero if it does not say.
func (c claims) expiry() time.Time { return unixTime(c.Expires.value) }

// unixTime reads seconds since 1970; zero for what cannot be a time.
func unixTime(number json.Number) time.Time {
	const latest = 253402300799 // the end of the year 9999, the last one of RFC 3339
	seconds, err := number.Float64()
	if err != nil || seconds <= 0 || seconds > latest {
		return time.Time{}
	}
	return time.Unix(int64(seconds), 0).UTC()
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
