// SPDX-License-Identifier: MPL-2.0

package auth

import "testing"

func TestAuthority_followsEnvironmentAndHost(t *testing.T) {
	tests := []struct {
		name   string
		config Config
		env    map[string]string
		want   string // login host; "" is an error
		custom bool
	}{
		{"default", Config{}, nil, "login.microsoftonline.com", false},
		{"public", Config{Environment: "public"}, nil, "login.microsoftonline.com", false},
		{"US", Config{Environment: "usgovernment"}, nil, "login.microsoftonline.us", false},
		{"China", Config{Environment: "China"}, nil, "login.partner.microsoftonline.cn", false},
		{"name in AZURE_ENVIRONMENT", Config{}, map[string]string{"AZURE_ENVIRONMENT": "AzureUSGovernment"}, "login.microsoftonline.us", false},
		{"custom host", Config{AuthorityHost: "https://Login.Example.com/"}, nil, "login.example.com", true},
		{"host wins over environment", Config{Environment: "china", AuthorityHost: "https://login.example.com"}, nil, "login.example.com", true},
		{"Microsoft's own host is not custom", Config{AuthorityHost: "https://login.microsoftonline.com"}, nil, "login.microsoftonline.com", false},
		{
			"environment in the configuration wins over a host in the environment", Config{Environment: "usgovernment"},
			map[string]string{"AZURE_AUTHORITY_HOST": "https://login.microsoftonline.com/"}, "login.microsoftonline.us", false,
		},
		{"unknown", Config{Environment: "moon"}, nil, "", false},
		{"http", Config{AuthorityHost: "http://login.example.com"}, nil, "", false},
		{"user", Config{AuthorityHost: "https://login.microsoftonline.com@evil.example"}, nil, "", false},
		{"path", Config{AuthorityHost: "https://login.example.com/tenant"}, nil, "", false},
		{"query", Config{AuthorityHost: "https://login.example.com?x"}, nil, "", false},
		{"no scheme", Config{AuthorityHost: "login.example.com"}, nil, "", false},
		{"no host", Config{AuthorityHost: "https://:443"}, nil, "", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := withEnvironment(t, test.config, test.env)
			got, err := c.authority()
			if (err != nil) != (test.want == "") {
				t.Fatalf("error %v", err)
			}
			if err == nil && (got.hosts[0] != test.want || got.custom != test.custom) {
				t.Errorf("got %+v", got)
			}
		})
	}
}
