// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"fmt"
	"reflect"
	"testing"
)

func TestCallerOf_readsTheClaims(t *testing.T) {
	tests := []struct {
		name   string
		claims map[string]any
		want   Caller
	}{
		{
			"application, version 1",
			map[string]any{"tid": tenant, "oid": "o", "appid": client, "idtyp": "app", "app_displayname": "loader"},
			Caller{TenantID: tenant, ObjectID: "o", ClientID: client, IsApp: true},
		},
		{
			"application, version 2 without idtyp",
			map[string]any{"tid": tenant, "oid": "o", "azp": client},
			Caller{TenantID: tenant, ObjectID: "o", ClientID: client, IsApp: true},
		},
		{
			"user",
			map[string]any{"tid": tenant, "oid": "o", "appid": client, "upn": "alice@contoso.com", "name": "Alice", "scp": "user_impersonation", "groups": []string{"g1", "g2"}},
			Caller{TenantID: tenant, ObjectID: "o", ClientID: client, Groups: []string{"g1", "g2"}},
		},
		{
			"guest",
			map[string]any{"tid": tenant, "oid": "o", "unique_name": "live.com#bob@example.com"},
			Caller{TenantID: tenant, ObjectID: "o"},
		},
	}
	// A claim of an unexpected type counts as absent, and does not cost the others.
	for claim, values := range map[string][]any{
		"groups": {"abc", 5, nil, map[string]any{"a": 1}}, "exp": {"soon", nil, true, []int{1}}, "upn": {7, nil}, "scp": {[]string{}, nil}, "idtyp": {false}, "azp": {1.5},
	} {
		for _, value := range values {
			tests = append(tests, struct {
				name   string
				claims map[string]any
				want   Caller
			}{fmt.Sprintf("%s is %v", claim, value), map[string]any{"tid": tenant, "oid": "o", "appid": client, claim: value},
				Caller{TenantID: tenant, ObjectID: "o", ClientID: client, IsApp: true}})
		}
	}
	tests = append(tests, []struct {
		name   string
		claims map[string]any
		want   Caller
	}{
		{"oid is a number", map[string]any{"tid": tenant, "oid": 5, "appid": client}, Caller{TenantID: tenant, ClientID: client, IsApp: true}},
		{"tid is null", map[string]any{"tid": nil, "oid": "o", "appid": client}, Caller{ObjectID: "o", ClientID: client, IsApp: true}},
		{"a group is a number", map[string]any{"tid": tenant, "oid": "o", "groups": []any{"g1", 2, nil, "g3"}}, Caller{TenantID: tenant, ObjectID: "o", IsApp: true, Groups: []string{"g1", "g3"}}},
	}...)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := CallerOf(fakeJWT(test.claims))
			if err != nil || !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %+v, %v; want %+v", got, err, test.want)
			}
		})
	}
	for _, bad := range []string{"", "opaque", "a.b", "eyJ.!!.x", "eyJ.eyJi.x", "eyJ.W10.x", "eyJ.ImEi.x"} {
		if _, err := CallerOf(bad); err == nil {
			t.Errorf("%q was read", bad)
		} else {
			wantNoSecret(t, err.Error())
		}
	}
}

func TestAccessToken_readsItsExpiryOfAnyType(t *testing.T) {
	for name, c := range map[string]struct {
		expires any
		want    int64
	}{
		"a number": {1893456000, 1893456000}, "a fraction": {1893456000.7, 1893456000}, "text": {"1893456000", 1893456000},
		"an exponent": {1.893456e9, 1893456000},
		"none":        {nil, 0}, "words": {"soon", 0}, "a list": {[]int{1893456000}, 0}, "zero": {0, 0}, "negative": {"-5", 0}, "too large": {1e300, 0},
	} {
		claims, err := parseClaims(fakeJWT(map[string]any{"exp": c.expires, "tid": tenant}))
		got := claims.expiry()
		if err != nil || got.IsZero() != (c.want == 0) || c.want != 0 && got.Unix() != c.want {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
}
