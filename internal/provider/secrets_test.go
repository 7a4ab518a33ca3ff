// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"
	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/kusto-community/terraform-provider-kusto/internal/acctest"
	"github.com/kusto-community/terraform-provider-kusto/internal/auth"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
)

// secrecy looks for what must not be seen.
type secrecy struct {
	t       *testing.T
	s       *testCluster
	secrets []string
}

// tokens are those that the cluster was shown.
func (s *testCluster) tokens() []string {
	var tokens []string
	seen := map[string]bool{}
	for _, q := range fake.Requests() {
		token := strings.TrimPrefix(q.Header.Get("Authorization"), "Bearer ")
		if q.Host == s.Host() && token != "" && !seen[token] {
			seen[token] = true
			tokens = append(tokens, token)
		}
	}
	return tokens
}

// check looks through one text.
func (c secrecy) check(where, text string) {
	c.t.Helper()
	for _, secret := range c.secrets {
		if i := strings.Index(text, secret); i >= 0 {
			c.t.Errorf("%s holds the secret %.12s…: …%q…", where, secret, text[max(0, i-200):min(len(text), i+20)])
		}
	}
	if token := auth.AnyToken.FindString(text); token != "" {
		c.t.Errorf("%s holds a token %.20s…", where, token)
	}
	for _, token := range c.s.tokens() {
		// the signature alone, in case the rest is written otherwise
		if signature := token[strings.LastIndexByte(token, '.')+1:]; strings.Contains(text, signature) {
			c.t.Errorf("%s holds the signature of a token", where)
		}
	}
}

// checkFiles looks through everything below a folder, into archives too, which
// saved plans are. The CLI's copy of the provider holds no run's secrets.
func (c secrecy) checkFiles(dir string) (looked int) {
	c.t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || strings.Contains(path, "terraform-provider-kusto_v") {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		looked++
		c.check(path, string(raw))
		return c.checkArchive(path, raw)
	})
	if err != nil {
		c.t.Error(err)
	}
	return looked
}

func (c secrecy) checkArchive(path string, raw []byte) error {
	archive, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		return nil //nolint:nilerr // it is none
	}
	for _, entry := range archive.File {
		content, err := entry.Open()
		if err != nil {
			return err
		}
		text, err := io.ReadAll(content)
		if err != nil {
			return err
		}
		c.check(path+"!"+entry.Name, string(text))
	}
	return nil
}

// run runs the CLI and looks through all it prints, which with TF_LOG is the log.
func (c secrecy) run(w *acctest.Workspace, code int, args ...string) string {
	c.t.Helper()
	out := must(c.t, w, code, args...)
	c.check(strings.Join(args, " "), out)
	return out
}

// begin writes a configuration and initialises it.
func (c secrecy) begin(hcl string, env ...string) *acctest.Workspace {
	c.t.Helper()
	w := workspace(c.t, env...)
	if err := w.Write("main.tf", requiresKusto+hcl); err != nil {
		c.t.Fatal(err)
	}
	c.run(w, 0, "init", "-no-color")
	return w
}

// environ is a sign-in that leaves no trace in the configuration: what stands
// there, the CLI itself copies into a saved plan.
func (s *testCluster) environ(more ...string) []string {
	app := s.deployer
	return append([]string{
		"KUSTO_CLUSTER_URI=" + s.uri, "KUSTO_TENANT_ID=" + app.TenantID, "KUSTO_CLIENT_ID=" + app.AppID, "KUSTO_CLIENT_SECRET=" + app.Secrets[0],
	}, more...)
}

const everyLog = "TF_LOG=TRACE"

// logs are the ways to have all logged.
var logs = map[string][]string{
	"text":           {everyLog},
	"JSON":           {"TF_LOG=JSON"},
	"in a file":      {everyLog, "TF_LOG_PATH=trace.log"},
	"of Azure's SDK": {everyLog, "AZURE_SDK_GO_LOGGING=all"},
}

func TestSecrets_areNowhereInALifecycle(t *testing.T) {
	t.Parallel()
	for name, env := range logs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newTestClusterAs(t, fake.Directory().AddApp(entra.ContosoTenantID, "keeper of secrets"))
			c := secrecy{t, s, s.deployer.Secrets}
			w := c.begin(grantHCL("Samples", "viewers", "aaduser=alice@contoso.com", "")+`
resource "kusto_database_role" "it" {
  database_name = "Samples"
  role          = "users"
  principals    = ["aadgroup=On-Call;contoso.com"]
}
data "kusto_client_config" "me" {}
output "me" { value = data.kusto_client_config.me }
`, s.environ(env...)...)
			s.SetFaults(kusto.FaultPlan{Seed: 5, Unauthorized: 0.3, Throttle: 0.3, CutAfter: 0.3, MaxPerCommand: 1})
			c.run(w, 0, "plan", "-no-color", "-out=plan")
			c.run(w, 0, "show", "-json", "plan")
			log := c.run(w, 0, "apply", "-no-color", "plan")
			c.run(w, 0, "destroy", "-no-color", "-auto-approve")
			if looked := c.checkFiles(w.Dir); looked < 4 {
				t.Errorf("only %d files were looked through", looked)
			}
			if len(s.tokens()) == 0 || !strings.Contains(log, "sign-in method chosen") && name != "in a file" {
				t.Error("nothing was logged, or no token was used: that shows nothing")
			}
		})
	}
}

// What is written into the configuration, or handed over in other ways, is
// kept out of the log.
func TestSecrets_ofEachSignInStayOutOfTheLog(t *testing.T) {
	t.Parallel()
	app := fake.Directory().AddApp(entra.ContosoTenantID, "keeper of many secrets")
	for _, signIn := range signInCases(t, app) {
		t.Run(signIn.name, func(t *testing.T) {
			t.Parallel()
			s := newTestClusterAs(t, app)
			c := secrecy{t, s, append([]string{"opensesame", entra.GitHubRequestToken, entra.PipelinesAccessToken}, app.Secrets...)}
			w := c.begin(fmt.Sprintf("provider \"kusto\" {\n cluster_uri = %q\n %s\n}\n", s.uri, signIn.arguments)+
				grantHCL("Samples", "viewers", "aaduser=alice@contoso.com", ""), append(signIn.env, everyLog)...)
			c.run(w, 0, applyArgs...)
			if len(s.tokens()) == 0 {
				t.Error("no token was used: that shows nothing")
			}
		})
	}
}

// Errors quote the line of the configuration that they are about: never one that
// holds a secret.
func TestSecrets_stayOutOfErrors(t *testing.T) {
	t.Parallel()
	const secret = "s3cr3t-of-the-person"
	app, outsider := who("ci-deployer"), fake.Directory().AddApp(entra.ContosoTenantID, "outsider")
	identity := fmt.Sprintf("tenant_id = %q\n client_id = %q\n", app.TenantID, app.AppID)
	federated := fake.FederatedToken(entra.KubernetesIssuer, kubernetesSubject, entra.FederatedAudience, -time.Minute)
	expired := fake.AppToken(app, "https://kusto.kusto.windows.net", -time.Minute)
	foreign := fake.AppToken(app, "https://management.azure.com", time.Hour)
	known := identity + `client_secret = "` + app.Secrets[0] + `"`
	for name, arguments := range map[string]string{
		"no such database":           known,
		"not authorized":             fmt.Sprintf("tenant_id = %q\n client_id = %q\n client_secret = %q", outsider.TenantID, outsider.AppID, outsider.Secrets[0]),
		"wrong secret":               identity + `client_secret = "` + secret + `"`,
		"secret without a client":    `client_secret = "` + secret + `"`,
		"two methods":                identity + `client_secret = "` + secret + "\"\n oidc_token = \"" + federated + `"`,
		"certificate that is none":   identity + `client_certificate = "` + secret + `"`,
		"certificate's wrong word":   identity + fmt.Sprintf("client_certificate_path = %q\n client_certificate_password = %q", certificateOf(t, app), secret),
		"expired federated token":    identity + `oidc_token = "` + federated + `"`,
		"request token, bad address": identity + "use_oidc = true\n oidc_request_url = \"http://example.com\"\n oidc_request_token = \"" + secret + `"`,
		"expired access token":       `access_token = "` + expired + `"`,
		"access token for another":   `access_token = "` + foreign + `"`,
		"another tenant's token":     "tenant_id = \"" + entra.FabrikamTenantID + "\"\n access_token = \"" + foreign + `"`,
		"access token that is none":  `access_token = "` + secret + `"`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t)
			c := secrecy{t, s, []string{secret, app.Secrets[0], outsider.Secrets[0]}}
			in := "Samples"
			if arguments == known {
				in = "Elsewhere"
			}
			w := c.begin("provider \"kusto\" {\n "+arguments+"\n}\n"+grantHCL(in, "viewers", "aaduser=alice@contoso.com", ""),
				everyLog, "KUSTO_CLUSTER_URI="+s.uri)
			c.run(w, 1, applyArgs...)
		})
	}
}

// An address with a password in it is not repeated, wherever it comes from.
func TestSecrets_stayOutOfErrorsAboutAnAddress(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	c := secrecy{t, s, []string{"s3cr3t-of-the-person"}}
	w := c.begin(grantHCL("Samples", "viewers", "aaduser=alice@contoso.com", ""),
		s.environ(everyLog, "KUSTO_CLUSTER_URI=https://someone:s3cr3t-of-the-person@c.kusto.windows.net")...)
	if out := c.run(w, 1, applyArgs...); !says("Invalid cluster URI", "must not contain a user name or password").MatchString(out) {
		t.Error(out)
	}
}

// Only the attribute that the person asked for holds a token.
func TestSecrets_dataSourceKeepsTheTokenInItsSensitiveAttribute(t *testing.T) {
	t.Parallel()
	s := newTestClusterAs(t, fake.Directory().AddApp(entra.ContosoTenantID, "keeper of a token"))
	c := secrecy{t, s, s.deployer.Secrets}
	w := c.begin(`data "kusto_access_token" "it" {}`, s.environ(everyLog)...)
	c.run(w, 0, applyArgs...)
	c.run(w, 0, "show", "-no-color")
	raw, err := os.ReadFile(filepath.Join(w.Dir, "terraform.tfstate"))
	if err != nil {
		t.Fatal(err)
	}
	held := regexp.MustCompile(`"access_token": ?"[^"]*"`) // OpenTofu 1.10 writes no spaces
	if n := len(held.FindAllString(string(raw), -1)); n != 1 {
		t.Errorf("the state holds %d access tokens", n)
	}
	c.check("the state without the attribute", held.ReplaceAllString(string(raw), ""))
}

func TestMasked_strikesSecretsOutOfMessagesAndFields(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	ctx := masked(tflogtest.RootLogger(t.Context(), &log), []string{"s3cr3t"})
	token := fake.AppToken(who("ci-deployer"), "https://kusto.kusto.windows.net", time.Hour)
	tflog.Warn(ctx, "with s3cr3t and "+token, map[string]any{"field": "Bearer " + token, "other": "s3cr3t"})
	secrecy{t, newTestCluster(t), []string{"s3cr3t", token[len(token)-20:]}}.check("the log", log.String())
	if !strings.Contains(log.String(), "Bearer ***") {
		t.Error(log.String())
	}
}
