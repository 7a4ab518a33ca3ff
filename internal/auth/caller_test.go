// SPDX-License-Identifier: MPL-2.0

package auth

import (
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
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := CallerOf(fakeJWT(test.claims))
			if err != nil || !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %+v, %v; want %+v", got, err, test.want)
			}
		})
	}
	for _, bad := range []string{"", "opaque", "a.b", "eyJ.!!.x", "eyJ.eyJi.x"} {
		if _, err := CallerOf(bad); err == nil {
			t.Errorf("%q was read", bad)
		} else {
			wantNoSecret(t, err.Error())
		}
	}
}
