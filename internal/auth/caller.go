package auth

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"time"
)

// Caller is who an access token says its bearer is.
type Caller struct {
	TenantID    string
	ObjectID    string
	ClientID    string // the application the token was issued to; for an application, itself
	UPN         string // users only, and not all of them
	DisplayName string
	IsApp       bool
}

// claims are those of an Entra access token, versions 1 and 2.
type claims struct {
	TenantID          string  `json:"tid"`
	ObjectID          string  `json:"oid"`
	AppID             string  `json:"appid"` // version 1
	AuthorizedParty   string  `json:"azp"`   // version 2
	UPN               string  `json:"upn"`
	UniqueName        string  `json:"unique_name"`
	PreferredUsername string  `json:"preferred_username"`
	Name              string  `json:"name"`
	AppDisplayName    string  `json:"app_displayname"`
	IDType            string  `json:"idtyp"`
	Scope             string  `json:"scp"`
	Expires           float64 `json:"exp"`
}

var errNotJWT = errors.New("the access token is not a JSON Web Token, so it does not say who its bearer is")

// CallerOf reads the claims of an access token that say who its bearer is. The
// token is not verified; that is the business of the service it is shown to.
func CallerOf(token string) (Caller, error) {
	c, err := parseClaims(token)
	if err != nil {
		return Caller{}, err
	}
	return Caller{
		TenantID:    c.TenantID,
		ObjectID:    c.ObjectID,
		ClientID:    firstOf(c.AppID, c.AuthorizedParty),
		UPN:         firstOf(c.UPN, c.UniqueName, c.PreferredUsername),
		DisplayName: firstOf(c.Name, c.AppDisplayName),
		IsApp:       c.isApp(),
	}, nil
}

// isApp tells an application from a user. idtyp is an optional claim; without it
// the sign of a user is a delegated scope or a name to sign in with.
func (c claims) isApp() bool {
	if c.IDType != "" {
		return c.IDType == "app"
	}
	return c.Scope == "" && c.UPN == "" && c.UniqueName == "" && c.PreferredUsername == ""
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

func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
