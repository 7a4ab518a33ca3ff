// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestNew_choosesTheMethod(t *testing.T) {
	file := writeFile(t, "token", "eyJfederated")
	app := Config{TenantID: tenant, ClientID: client}
	with := func(change func(*Config)) Config { c := app; change(&c); return c }
	envApp := map[string]string{"ARM_TENANT_ID": tenant, "ARM_CLIENT_ID": client}
	withEnv := func(pairs ...string) map[string]string {
		m := map[string]string{}
		for k, v := range envApp {
			m[k] = v
		}
		for i := 0; i < len(pairs); i += 2 {
			m[pairs[i]] = pairs[i+1]
		}
		return m
	}
	tests := []struct {
		name   string
		config Config
		env    map[string]string
		want   string
	}{
		{"nothing is the Azure CLI", Config{}, nil, methodAzureCLI},
		{"only a tenant is the Azure CLI", Config{TenantID: tenant}, nil, methodAzureCLI},
		{"client id from the environment alone is the Azure CLI", Config{}, map[string]string{"AZURE_CLIENT_ID": client}, methodAzureCLI},
		{"access token", Config{AccessToken: "t"}, nil, methodAccessToken},
		{"secret", with(func(c *Config) { c.ClientSecret = secret }), nil, methodSecret},
		{"secret from the environment", Config{}, withEnv("ARM_CLIENT_SECRET", secret), methodSecret},
		{"secret before MSI, both from the environment", Config{}, withEnv("ARM_CLIENT_SECRET", secret, "ARM_USE_MSI", "true"), methodSecret},
		{"MSI in the configuration beats a secret in the environment", Config{UseMSI: ptr(true)}, withEnv("ARM_CLIENT_SECRET", secret), methodManagedIdentity},
		{"CLI in the configuration beats a secret in the environment", Config{UseCLI: ptr(true)}, withEnv("ARM_CLIENT_SECRET", secret), methodAzureCLI},
		{"a complete method beats an incomplete one in the environment", Config{}, map[string]string{"ARM_CLIENT_SECRET": secret, "ARM_USE_MSI": "true"}, methodManagedIdentity},
		{"OIDC token", with(func(c *Config) { c.UseOIDC = ptr(true); c.OIDCToken = "t" }), nil, methodOIDCToken},
		{"OIDC token without use_oidc", with(func(c *Config) { c.OIDCToken = "t" }), nil, methodOIDCToken},
		{"OIDC variables without use_oidc are left alone", Config{}, withEnv("ACTIONS_ID_TOKEN_REQUEST_URL", "https://x", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "t"), methodAzureCLI},
		{"GitHub Actions", Config{UseOIDC: ptr(true)}, withEnv("ACTIONS_ID_TOKEN_REQUEST_URL", "https://x", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "t"), methodGitHub},
		{"GitHub Actions by the environment alone", Config{}, withEnv("ARM_USE_OIDC", "true", "ACTIONS_ID_TOKEN_REQUEST_URL", "https://x", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "t"), methodGitHub},
		{"token file", Config{UseOIDC: ptr(true)}, withEnv("AZURE_FEDERATED_TOKEN_FILE", file), methodOIDCTokenFile},
		{
			"Azure Pipelines in the configuration beats a token file in the environment",
			Config{UseOIDC: ptr(true), ADOPipelineServiceConnectionID: "sc"},
			withEnv("AZURE_FEDERATED_TOKEN_FILE", file, "SYSTEM_ACCESSTOKEN", "t", "SYSTEM_OIDCREQUESTURI", "https://x"),
			methodAzurePipelines,
		},
		{
			"Azure Pipelines with everything in the configuration",
			with(func(c *Config) {
				c.ADOPipelineServiceConnectionID, c.OIDCRequestToken, c.OIDCRequestURL = "sc", "t", "https://x"
			}),
			nil, methodAzurePipelines,
		},
		{"AKS", Config{UseAKSWorkloadIdentity: ptr(true)}, withEnv("AZURE_FEDERATED_TOKEN_FILE", file), methodAKS},
		{"azd", Config{UseAZD: ptr(true)}, nil, methodAzureDeveloperCLI},
		{"use_msi = false is not asking for it", Config{UseMSI: ptr(false)}, nil, methodAzureCLI},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("SYSTEM_OIDCREQUESTURI", "https://dev.azure.com/x")
			cred := configured(t, withEnvironment(t, test.config, test.env))
			if cred.Method() != test.want {
				t.Errorf("chose %q, want %q", cred.Method(), test.want)
			}
			checkSkipped(t, cred)
		})
	}
}

// checkSkipped wants a reason for every method except the chosen one.
func checkSkipped(t *testing.T, cred *Credential) {
	t.Helper()
	for _, s := range cred.Skipped() {
		if _, reason, _ := strings.Cut(s, ": "); len(reason) < 10 || strings.Contains(s, "  ") {
			t.Errorf("skipped %q", s)
		}
	}
	if len(cred.Skipped()) != len(methods)-1 {
		t.Errorf("skipped %q", cred.Skipped())
	}
}

func TestNew_rejectsInvalidConfigurations(t *testing.T) {
	tests := []struct {
		name       string
		config     Config
		env        map[string]string
		attributes []string
		says       []string
	}{
		{
			"secret without client id", Config{ClientSecret: secret, TenantID: tenant}, nil,
			[]string{"client_id"}, []string{"client_secret is set", "KUSTO_CLIENT_ID", "ARM_CLIENT_ID", "AZURE_CLIENT_ID"},
		},
		{
			"secret of the environment alone", Config{}, map[string]string{"ARM_CLIENT_SECRET": secret},
			[]string{"tenant_id", "client_id"}, []string{"ARM_CLIENT_SECRET is set", "client secret"},
		},
		{
			"two methods", Config{ClientSecret: secret, UseMSI: ptr(true), ClientID: client, TenantID: tenant}, nil,
			[]string{"client_secret", "use_msi"}, []string{"client secret", "managed identity", "Keep one"},
		},
		{
			"two OIDC tokens", Config{OIDCToken: "t", OIDCTokenFilePath: "f", ClientID: client, TenantID: tenant}, nil,
			[]string{"oidc_token", "oidc_token_file_path"}, []string{"Keep one"},
		},
		{
			"two certificates", Config{ClientCertificate: "t", ClientCertificatePath: "f", ClientID: client, TenantID: tenant}, nil,
			[]string{"client_certificate", "client_certificate_path"}, []string{"Keep one"},
		},
		{"nothing allowed", Config{UseCLI: ptr(false)}, nil, []string{"use_cli"}, []string{"client_secret", "use_msi", "use_oidc"}},
		{
			"OIDC without any token", Config{UseOIDC: ptr(true), ClientID: client, TenantID: tenant}, nil,
			[]string{"use_oidc"}, []string{"ACTIONS_ID_TOKEN_REQUEST_URL", "AZURE_FEDERATED_TOKEN_FILE", "id-token: write"},
		},
		{"a client id and no way to sign in", Config{ClientID: client, TenantID: tenant}, nil, []string{"client_id"}, []string{"client_secret", "use_cli = true"}},
		{
			"AKS outside a pod", Config{UseAKSWorkloadIdentity: ptr(true), ClientID: client, TenantID: tenant}, nil,
			[]string{"oidc_token_file_path"}, []string{"AZURE_FEDERATED_TOKEN_FILE"},
		},
		{
			"token file that is not there", Config{OIDCTokenFilePath: "/nowhere/token", ClientID: client, TenantID: tenant}, nil,
			[]string{"oidc_token_file_path"}, []string{"/nowhere/token"},
		},
		{
			"Azure Pipelines outside a job", Config{ADOPipelineServiceConnectionID: "sc", OIDCRequestToken: "t", ClientID: client, TenantID: tenant}, nil,
			[]string{"ado_pipeline_service_connection_id"}, []string{"SYSTEM_OIDCREQUESTURI"},
		},
		{
			"request URL without TLS", Config{OIDCRequestURL: "http://x/?t=1", OIDCRequestToken: "t", ClientID: client, TenantID: tenant}, nil,
			[]string{"oidc_request_url"}, []string{"https"},
		},
		{
			"certificate file that is not there", Config{ClientCertificatePath: "/nowhere.pfx", ClientID: client, TenantID: tenant}, nil,
			[]string{"client_certificate_path"}, []string{"/nowhere.pfx"},
		},
		{"odd tenant", Config{TenantID: "my tenant"}, nil, []string{"tenant_id"}, []string{"GUID"}},
		{
			"a token of another tenant", Config{TenantID: otherTenant, AccessToken: fakeJWT(map[string]any{"tid": tenant})}, nil,
			[]string{"access_token", "tenant_id"}, []string{tenant, otherTenant},
		},
		{"unknown environment", Config{Environment: "moon"}, nil, []string{"environment"}, []string{"usgovernment"}},
		{
			"a trusted host that is none", Config{}, map[string]string{"KUSTO_TRUSTED_HOSTS": "kusto.contoso.com .com"},
			[]string{"trusted_hosts"}, []string{"KUSTO_TRUSTED_HOSTS", `".com"`},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("SYSTEM_OIDCREQUESTURI", "")
			_, err := New(withEnvironment(t, test.config, test.env), "")
			wantConfigError(t, err, test.attributes, test.says...)
		})
	}
}

func TestFromEnvironment_fillsWhatTheConfigurationOmits(t *testing.T) {
	t.Run("KUSTO before ARM before AZURE", func(t *testing.T) {
		env := map[string]string{"AZURE_TENANT_ID": "azure", "ARM_TENANT_ID": "arm", "KUSTO_TENANT_ID": "kusto"}
		for _, name := range []string{"KUSTO_TENANT_ID", "ARM_TENANT_ID", "AZURE_TENANT_ID"} {
			c, err := Config{}.FromEnvironment(environment(env))
			if err != nil || c.TenantID != env[name] {
				t.Errorf("got %q, %v; want %q", c.TenantID, err, env[name])
			}
			env[name] = " " // blank is unset
		}
	})
	t.Run("the configuration wins", func(t *testing.T) {
		c, err := Config{TenantID: "mine", UseMSI: ptr(false)}.FromEnvironment(environment(map[string]string{"KUSTO_TENANT_ID": "theirs", "ARM_USE_MSI": "true"}))
		if err != nil || c.TenantID != "mine" || *c.UseMSI {
			t.Errorf("got %v, %v", c, err)
		}
	})
	t.Run("lists and booleans", func(t *testing.T) {
		c, err := Config{}.FromEnvironment(environment(map[string]string{"ARM_AUXILIARY_TENANT_IDS": "a;b, c", "ARM_USE_OIDC": "True", "ARM_USE_CLI": "0",
			"KUSTO_TRUSTED_HOSTS": "kusto.contoso.com,\n\t.fabrikam.com ", "ARM_TRUSTED_HOSTS": "x"}))
		if err != nil || !slices.Equal(c.AuxiliaryTenantIDs, []string{"a", "b", "c"}) || !*c.UseOIDC || *c.UseCLI ||
			!slices.Equal(c.TrustedHosts, []string{"kusto.contoso.com", ".fabrikam.com"}) {
			t.Errorf("got %v, %v", c, err)
		}
	})
	t.Run("a bad boolean names its variable", func(t *testing.T) {
		_, err := Config{}.FromEnvironment(environment(map[string]string{"ARM_USE_MSI": "maybe"}))
		wantConfigError(t, err, []string{"use_msi"}, "ARM_USE_MSI", "maybe")
	})
}

func TestNew_readsArgumentsFromFiles(t *testing.T) {
	idFile, secretFile, empty := writeFile(t, "id", client+"\n"), writeFile(t, "secret", secret+"\n"), writeFile(t, "empty", " \n")
	const missing = "/nowhere/file"
	tests := []struct {
		name   string
		config Config
		env    map[string]string
		// attributes at fault and words of the error; nil is a sign-in with the secret
		attributes, says []string
	}{
		{"both files", Config{TenantID: tenant, ClientIDFilePath: idFile, ClientSecretFilePath: secretFile}, nil, nil, nil},
		{
			"files with a byte order mark",
			Config{TenantID: tenant, ClientIDFilePath: writeFile(t, "id", "\ufeff"+client+"\r\n"), ClientSecretFilePath: writeFile(t, "secret", inUTF16(secret+"\r\n"))},
			nil, nil, nil,
		},
		{"files from the environment", Config{TenantID: tenant}, map[string]string{"ARM_CLIENT_ID_FILE_PATH": idFile, "ARM_CLIENT_SECRET_FILE_PATH": secretFile}, nil, nil},
		{"same value in argument and file", Config{TenantID: tenant, ClientID: client, ClientIDFilePath: idFile, ClientSecret: secret}, nil, nil, nil},
		{
			"file in the configuration, value in the environment", Config{TenantID: tenant, ClientIDFilePath: idFile, ClientSecretFilePath: secretFile},
			map[string]string{"ARM_CLIENT_ID": otherTenant, "ARM_CLIENT_SECRET": "other"}, nil, nil,
		},
		{
			"value in the configuration, file in the environment", Config{TenantID: tenant, ClientID: client, ClientSecret: secret},
			map[string]string{"ARM_CLIENT_ID_FILE_PATH": missing, "ARM_CLIENT_SECRET_FILE_PATH": missing}, nil, nil,
		},
		{
			"different values", Config{TenantID: tenant, ClientID: client, ClientSecret: "other", ClientSecretFilePath: secretFile}, nil,
			[]string{"client_secret_file_path"}, []string{"client_secret_file_path", "client_secret", "Keep one"},
		},
		{"no such file", Config{ClientSecretFilePath: missing}, nil, []string{"client_secret_file_path"}, []string{missing}},
		{"no such file from the environment", Config{}, map[string]string{"AZURE_CLIENT_ID_FILE_PATH": missing}, []string{"client_id_file_path"}, []string{missing, "AZURE_CLIENT_ID_FILE_PATH"}},
		{"empty file", Config{ClientIDFilePath: empty}, nil, []string{"client_id_file_path"}, []string{"empty"}},
		{"client id without a method", Config{TenantID: tenant, ClientIDFilePath: idFile}, nil, []string{"client_id_file_path"}, []string{"use_cli = true"}},
		{
			"secret file and another method", Config{TenantID: tenant, ClientSecretFilePath: secretFile, UseMSI: ptr(true)}, nil,
			[]string{"client_secret_file_path", "use_msi"}, []string{"Keep one"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			cred, err := New(withEnvironment(t, test.config, test.env), "")
			if test.attributes == nil {
				if err != nil || cred.Method() != methodSecret || cred.config.ClientID != client || cred.config.ClientSecret != secret {
					t.Errorf("got %v, %v", cred, err)
				}
				return
			}
			wantConfigError(t, err, test.attributes, test.says...)
		})
	}
}

func TestSettings_coverEveryField(t *testing.T) {
	var c Config
	fields := map[any]string{}
	v := reflect.ValueOf(&c).Elem()
	for i := range v.NumField() {
		if f := v.Type().Field(i); f.IsExported() {
			fields[v.Field(i).Addr().Interface()] = f.Name
		}
	}
	seen := map[string]bool{}
	for _, s := range Settings() {
		if seen[s.Attribute] {
			t.Errorf("%s is in the table twice", s.Attribute)
		}
		seen[s.Attribute] = true
		if fields[s.field(&c)] == "" {
			t.Errorf("%s shares a field with another setting", s.Attribute)
		}
		delete(fields, s.field(&c))
		if !strings.HasSuffix(s.Description, ".") || !strings.Contains(s.MarkdownDescription(), "`"+s.Environment[0]+"`") {
			t.Errorf("%s: description %q", s.Attribute, s.MarkdownDescription())
		}
	}
	if len(fields) > 0 {
		t.Errorf("no setting for %v", fields)
	}
}

func TestConfig_printsNoSecret(t *testing.T) {
	c := secretConfig()
	c.AccessToken, c.OIDCToken = secret, secret
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		text := fmt.Sprintf(verb+verb, c, &c)
		wantNoSecret(t, text)
	}
}

func withEnvironment(t *testing.T, c Config, variables map[string]string) Config {
	t.Helper()
	c, err := c.FromEnvironment(environment(variables))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// wantConfigError wants a ConfigError at the attributes that contains the words and no
// secret.
func wantConfigError(t *testing.T, err error, attributes []string, words ...string) {
	t.Helper()
	var invalid *ConfigError
	if !errors.As(err, &invalid) || !slices.Equal(invalid.Attributes, attributes) {
		t.Fatalf("got %#v, want a ConfigError at %v", err, attributes)
	}
	wantWords(t, err.Error(), words...)
	wantNoSecret(t, err.Error())
}

func wantWords(t *testing.T, text string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("%q is missing from:\n%s", w, text)
		}
	}
}

func wantNoSecret(t *testing.T, text string) {
	t.Helper()
	for _, s := range []string{secret, "eyJ", "horse"} {
		if strings.Contains(text, s) {
			t.Errorf("secret %q in:\n%s", s, text)
		}
	}
}
