// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// fakeCLI puts a script in place of az or azd, alone on PATH but for the shell's
// own tools. It returns the file in which each call leaves a line.
func fakeCLI(t *testing.T, name, script string) (calls string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the stand-in for the command is a shell script")
	}
	dir := t.TempDir()
	calls = filepath.Join(dir, "calls")
	body := "#!/bin/sh\necho \"$*\" >> '" + calls + "'\n" + script
	if err := os.WriteFile(filepath.Join(dir, name), []byte(body), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
	return calls
}

func callsIn(t *testing.T, file string) []string {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(content)), "\n")
}

func azAnswer(tenant string) string {
	return fmt.Sprintf(`{"accessToken":"%s","expires_on":4102444800}`, fakeJWT(map[string]any{"tid": tenant, "oid": "alice", "scp": "x"}))
}

const getToken = "account get-access-token -o json --resource https://kusto.kusto.windows.net"

func TestAzureCLI_runsTheCommandForTenantAndSubscription(t *testing.T) {
	const id = "44444444-4444-4444-4444-444444444444"
	tests := []struct {
		name   string
		config Config
		want   []string // the commands
	}{
		{"nothing", Config{}, []string{getToken}},
		{"tenant", Config{TenantID: tenant}, []string{getToken + " --tenant " + tenant}},
		{"subscription", Config{SubscriptionID: id}, []string{getToken + " --subscription " + id}},
		{"subscription by name", Config{SubscriptionID: "Data Team 1"}, []string{getToken + " --subscription Data Team 1"}},
		// az refuses --tenant and --subscription together.
		{"subscription and tenant", Config{SubscriptionID: id, TenantID: tenant}, []string{getToken + " --subscription " + id}},
		{
			"subscription by a name that azidentity refuses", Config{SubscriptionID: `données "$(id)" (prod)`},
			[]string{"account list --output json --only-show-errors", getToken + " --subscription " + id},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			calls := fakeCLI(t, "az", `case "$2" in
list) echo '[{"id":"x","name":"other"},{"id":"`+id+`","name":"Données \"$(id)\" (prod)"}]' ;;
*) echo '`+azAnswer(tenant)+`' ;;
esac
`)
			cred := configured(t, test.config)
			for range 2 {
				if caller := signIn(t, cred); caller.ObjectID != "alice" || caller.IsApp {
					t.Errorf("signed in as %+v", caller)
				}
			}
			if got := callsIn(t, calls); !slices.Equal(got, test.want) {
				t.Errorf("ran %q, want %q", got, test.want)
			}
		})
	}
}

func TestCLIs_explainMistakes(t *testing.T) {
	azd := Config{UseAZD: ptr(true), TenantID: tenant}
	tests := []struct {
		name   string
		config Config
		script string
		says   []string
	}{
		{
			"not signed in to azd", azd, "echo 'ERROR: not logged in, run `azd auth login` to login' >&2; exit 1",
			[]string{"Not signed in to the Azure Developer CLI", "Run: azd auth login --tenant-id " + tenant},
		},
		{
			"not signed in", Config{}, "echo \"ERROR: Please run 'az login' to setup account.\" >&2; exit 1",
			[]string{"Not signed in to the Azure CLI", "Run: az login"},
		},
		{
			"not signed in to the tenant", Config{TenantID: tenant},
			"echo \"ERROR: Please run 'az login' to setup account.\" >&2; exit 1",
			[]string{"Run: az login --tenant " + tenant},
		},
		{
			"a session that ran out", Config{TenantID: tenant},
			"echo 'ERROR: AADSTS700082: The refresh token has expired due to inactivity. Trace ID: x' >&2; exit 1",
			[]string{"Interactive sign-in required", "AADSTS700082", "Run: az login --tenant " + tenant},
		},
		{
			"unknown subscription", Config{SubscriptionID: "nope"},
			"echo \"ERROR: Subscription of 'nope' doesn't exist in cloud 'AzureCloud'.\" >&2; exit 1",
			[]string{"subscription is not usable", "az account list"},
		},
		{
			"unknown name that azidentity refuses", Config{SubscriptionID: "no (pe)"}, "echo '[]'",
			[]string{"subscription is not usable", `no subscription named "no (pe)"`, "az account list"},
		},
		{
			"two subscriptions of one name", Config{SubscriptionID: "t(w)o"},
			`echo '[{"id":"one","name":"t(w)o"},{"id":"two","name":"T(W)O"}]'`,
			[]string{"2 subscriptions are named", "one, two"},
		},
		{
			"subscription of another tenant", Config{SubscriptionID: "s", TenantID: otherTenant}, "echo '" + azAnswer(tenant) + "'",
			[]string{"subscription is not usable", tenant, otherTenant},
		},
		{"an expired token", Config{}, `echo '{"accessToken":"x","expires_on":1000000000}'`, []string{"already expired", "2001"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			command := "az"
			if test.config.UseAZD != nil {
				command = "azd"
			}
			fakeCLI(t, command, test.script+"\n")
			cred := configured(t, test.config)
			text, err := refusalOf(t, cred)
			wantWords(t, text, test.says...)
			wantNoSecret(t, text+err.Error())
		})
	}
}

func TestCLIs_explainWhereToInstallThem(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	for name, config := range map[string]Config{
		"The Azure CLI is not installed":           {},
		"The Azure CLI is not installed\n":         {SubscriptionID: "a (name)"},
		"The Azure Developer CLI is not installed": {UseAZD: ptr(true)},
	} {
		t.Run(strings.TrimSpace(name), func(t *testing.T) {
			cred := configured(t, config)
			text, _ := refusalOf(t, cred)
			wantWords(t, text, strings.TrimSpace(name), "https://aka.ms/")
		})
	}
}

func TestAzureDeveloperCLI_runsTheCommandForTheTenant(t *testing.T) {
	calls := fakeCLI(t, "azd", `echo '{"token":"`+fakeJWT(map[string]any{"tid": tenant, "oid": "alice", "upn": "alice@contoso.com"})+`","expiresOn":"2100-01-01T00:00:00Z"}'`+"\n")
	cred := configured(t, Config{UseAZD: ptr(true), TenantID: tenant})
	if caller := signIn(t, cred); caller.ObjectID != "alice" {
		t.Errorf("signed in as %+v", caller)
	}
	if got := callsIn(t, calls); !strings.Contains(got[0], "auth token -o json") || !strings.Contains(got[0], tenant) {
		t.Errorf("ran %q", got)
	}
}

// azidentity reads no token without an expiry in one of two forms.
func TestAzureCLI_isUsableWhateverItSaysOfTheExpiry(t *testing.T) {
	in := func(d time.Duration) int64 { return time.Now().Add(d).Unix() }
	jwt := func(expires any) string {
		return fakeJWT(map[string]any{"tid": tenant, "oid": "alice", "scp": "x", "exp": expires})
	}
	for name, c := range map[string]struct {
		token, expiry string
		want          time.Duration
	}{
		"a number":             {jwt(nil), fmt.Sprintf(`,"expires_on":%d`, in(time.Hour)), time.Hour},
		"none":                 {jwt(in(time.Hour)), ``, time.Hour},
		"none in the token":    {jwt(nil), ``, unknownLifetime},
		"an opaque token":      {"opaque", ``, unknownLifetime},
		"null":                 {jwt(in(time.Hour)), `,"expires_on":null,"expiresOn":null`, time.Hour},
		"N/A":                  {jwt(in(time.Hour)), `,"expiresOn":"N/A"`, time.Hour},
		"another form of date": {jwt(in(time.Hour)), `,"expiresOn":"2030-01-01T00:00:00Z"`, time.Hour},
		"a number as text":     {"opaque", fmt.Sprintf(`,"expires_on":"%d"`, in(time.Hour)), time.Hour},
		"a fraction":           {"opaque", fmt.Sprintf(`,"expires_on":%d.5`, in(time.Hour)), time.Hour},
		"another type":         {jwt(in(time.Hour)), `,"expiresOn":{"a":1},"expires_on":[]`, time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			calls := fakeCLI(t, "az", `echo '{"accessToken":"`+c.token+`"`+c.expiry+`}'`)
			cred, err := New(Config{SubscriptionID: "Data Team 1"}, "")
			if err != nil {
				t.Fatal(err)
			}
			token, err := cred.GetToken(t.Context(), options(""))
			if err != nil || token.Token != c.token || time.Until(token.ExpiresOn.Add(-c.want)).Abs() > time.Minute {
				t.Errorf("%s until %s, %v", token.Token, token.ExpiresOn, err)
			}
			for _, call := range callsIn(t, calls) {
				if call != getToken+" --subscription Data Team 1" {
					t.Errorf("az %s", call)
				}
			}
		})
	}
}

func TestAzureCLI_withoutATokenIsAnError(t *testing.T) {
	for _, answer := range []string{`{}`, `{"accessToken":5}`, `{"accessToken":"","expiresOn":null}`, `[]`, `null`, `not JSON`} {
		fakeCLI(t, "az", "echo '"+answer+"'")
		cred, err := New(Config{}, "")
		if err != nil {
			t.Fatal(err)
		}
		if token, err := cred.GetToken(t.Context(), options("")); err == nil {
			t.Errorf("%s: %v", answer, token)
		}
	}
}
