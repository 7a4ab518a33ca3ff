// SPDX-License-Identifier: MPL-2.0

package acctest

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/seed"
)

const accessTokens = "templates/guides/access-tokens.md.tmpl"

var (
	shellBlock  = regexp.MustCompile("(?s)```shell\n(.*?)```")
	accessToken = regexp.MustCompile(`\bey[\w-]+\.ey[\w-]+\.`)
)

// guide is the guide "Access tokens" in a shell, with the emulator of its seed.
type guide struct {
	*Workspace
	*emulator.Emulator

	t    *testing.T
	text string
	bin  string // a folder with the CLI under the name terraform
	// instead is what is typed for a text of the guide.
	instead map[string]string
}

func newGuide(t *testing.T) *guide {
	t.Helper()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("runs a CLI: set TF_ACC=1")
	}
	if runtime.GOOS == "windows" {
		t.Skip("the commands of the guide are for Bash")
	}
	needsBashAndCurl(t)
	root, err := Root()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, accessTokens))
	if err != nil {
		t.Fatal(err)
	}
	g := &guide{t: t, text: string(text), instead: map[string]string{}}
	g.start(root)
	g.writeFiles(root)
	return g
}

// needsBashAndCurl skips a test that types what a guide says, where that is not possible.
func needsBashAndCurl(t *testing.T) {
	t.Helper()
	for _, needed := range []string{"bash", "curl"} {
		if _, err := exec.LookPath(needed); err != nil {
			t.Skipf("%s is not installed", needed)
		}
	}
}

// asTerraform makes a folder with a CLI by the name that guides call it.
func asTerraform(t *testing.T, cli string) (folder string) {
	t.Helper()
	cli, err := exec.LookPath(cli)
	if err != nil {
		t.Fatal(err)
	}
	folder = t.TempDir()
	if err := os.Symlink(cli, filepath.Join(folder, "terraform")); err != nil {
		t.Fatal(err)
	}
	return folder
}

// start starts the emulator as the guide does, and prepares the CLI.
func (g *guide) start(root string) {
	g.t.Helper()
	ofGuide, err := seed.Read(filepath.Join(root, "examples", "guides", "getting-started", "seed.yaml"))
	if err != nil {
		g.t.Fatal(err)
	}
	if g.Emulator, err = emulator.Start(emulator.Options{Seed: ofGuide}); err != nil {
		g.t.Fatal(err)
	}
	g.t.Cleanup(func() { _ = g.Close() })
	cli, err := Find()
	if err != nil {
		g.t.Skip(err)
	}
	dir := g.t.TempDir()
	ca, err := g.WriteCA(dir)
	if err != nil {
		g.t.Fatal(err)
	}
	env := append(g.Environ(ca),
		"TF_CLI_ARGS_apply=-auto-approve -no-color", "TF_CLI_ARGS_destroy=-auto-approve -no-color",
		"AZURE_CONFIG_DIR="+filepath.Join(dir, "azure"), "AZURE_CORE_COLLECT_TELEMETRY=0")
	if g.Workspace, err = NewWorkspace(g.t.Context(), cli, dir, env); err != nil {
		g.t.Fatal(err)
	}
	g.bin = asTerraform(g.t, cli)
}

// writeFiles writes the configurations that the guide says to write.
func (g *guide) writeFiles(root string) {
	g.t.Helper()
	for _, dir := range []string{"tokens", "grant", "as-the-app"} {
		path := regexp.MustCompile("(?s)to `" + dir + "/main\\.tf`.*?tffile \"(.*?)\"").FindStringSubmatch(g.text)
		if path == nil {
			g.t.Fatalf("the guide writes no %s/main.tf", dir)
		}
		g.bash("mkdir " + dir + " && cp '" + filepath.Join(root, path[1]) + "' " + dir + "/main.tf")
	}
}

// follow runs the commands of a section. Those that begin with a text of leaveOut are left
// out.
func (g *guide) follow(section string, leaveOut ...string) string {
	g.t.Helper()
	_, text, _ := strings.Cut(g.text, "\n## "+section+"\n")
	text, _, _ = strings.Cut(text, "\n## ")
	blocks := shellBlock.FindAllStringSubmatch(text, -1)
	if len(blocks) == 0 {
		g.t.Fatalf("no commands in the section %q", section)
	}
	var printed strings.Builder
	for _, block := range blocks {
		if typed := g.typed(block[1], leaveOut); typed != "" {
			printed.WriteString(g.bash(typed))
		}
	}
	return printed.String()
}

// typed is what is typed for a block, "" if it is left out.
func (g *guide) typed(block string, leaveOut []string) string {
	for _, start := range leaveOut {
		if strings.HasPrefix(block, start) {
			return ""
		}
	}
	for text, instead := range g.instead {
		block = strings.ReplaceAll(block, text, instead)
	}
	return block
}

func (g *guide) bash(commands string) string {
	g.t.Helper()
	cmd := exec.CommandContext(g.t.Context(), "bash", "-euo", "pipefail", "-c", commands)
	cmd.Dir, cmd.Env = g.Dir, slices.Concat(g.Env, []string{"PATH=" + g.bin + string(os.PathListSeparator) + os.Getenv("PATH")})
	var errors strings.Builder
	cmd.Stderr = &errors
	out, err := cmd.Output()
	if err != nil {
		g.t.Fatalf("%s%v\n%s%s", commands, err, out, errors.String())
	}
	return string(out)
}

// held are the principals that have the role of the guide on its database.
func (g *guide) held() string {
	var held []string
	for _, grant := range g.Clusters()[0].Grants(kusto.Securable{Kind: "database", Database: "Samples"}) {
		if grant.Role == "users" {
			held = append(held, grant.FQN+" "+grant.Notes)
		}
	}
	return strings.Join(held, ", ")
}

// grantAndUse follows the guide from the grant to its end. The application is there.
func (g *guide) grantAndUse(leaveOut ...string) {
	g.t.Helper()
	app := g.Directory().App("kusto-reader")
	g.follow("4. Grant it access")
	if got, want := g.held(), app.FQN()+" getting started"; got != want {
		g.t.Errorf("granted: %s, want %s", got, want)
	}
	if got := g.follow("5. Sign in as the application"); !strings.Contains(got, app.FQN()) {
		g.t.Errorf("as the application: %s", got)
	}
	got := g.follow("6. Use the token")
	if want := `["Samples","kusto-reader (app id: ` + app.AppID + `)","` + app.ObjectID + `","User"]`; !strings.Contains(got, want) {
		g.t.Errorf("the roles %s lack %s", got, want)
	}
	if !strings.Contains(got, `"access_token":"ey`) {
		g.t.Errorf("no token in %s", got)
	}
	g.follow("7. Revoke the grant", leaveOut...)
	if got := g.held(); got != "" {
		g.t.Errorf("still granted: %s", got)
	}
}

// The user of the guide signs in by name and password, because no test has a browser. All
// other commands are those of the guide. The Azure CLI is the real one.
func TestAccessTokens_withTheAzureCLI(t *testing.T) {
	if _, err := exec.LookPath("az"); err != nil {
		t.Skip("the Azure CLI is not installed: apt-get install azure-cli")
	}
	g := newGuide(t)
	alice := g.Directory().Must("alice@contoso.com")
	byPassword := "az login --username " + alice.UPN + " --password " + alice.Password
	if !strings.Contains(g.text, byPassword) {
		t.Errorf("the section about the emulator lacks %q", byPassword)
	}
	g.instead = map[string]string{
		"az login":            byPassword,
		"<SUBSCRIPTION_ID>":   strings.TrimSpace(g.bash(byPassword + " --query [0].id --output tsv")),
		"<SUBSCRIPTION_NAME>": "Contoso",
	}
	if got := g.follow("1. Sign in"); !strings.Contains(got, "Default") || !strings.Contains(got, "True") {
		t.Errorf("no default subscription in %s", got)
	}
	if got := g.follow("2. Get a token as yourself"); len(accessToken.FindAllString(got, -1)) != 2 {
		t.Errorf("want two tokens: %s", got)
	}
	var app struct{ AppID, Password, Tenant string }
	if err := json.Unmarshal([]byte(g.follow("3. Create the application")), &app); err != nil || app.AppID != g.Directory().App("kusto-reader").AppID {
		t.Fatalf("the application %+v: %v", app, err)
	}
	g.instead["<appId>"], g.instead["<tenant>"], g.instead["<password>"] = app.AppID, app.Tenant, app.Password
	g.grantAndUse()
	for _, c := range g.Clusters()[0].Commands() {
		if c.Verb != ".show" && c.CallerFQN != alice.FQN() {
			t.Errorf("%s came from %s", c.Text, c.CallerFQN)
		}
	}
	if g.Directory().Lookup(app.AppID) != nil {
		t.Error("the application is still there")
	}
}

// Without the Azure CLI, the variables of the emulator sign in, and the application is that
// of the seed.
func TestAccessTokens_withoutTheAzureCLI(t *testing.T) {
	g := newGuide(t)
	signIn, app := g.SignIn(), g.Directory().App("kusto-reader")
	if secret := "`" + app.Secrets[0] + "`"; !strings.Contains(g.text, secret) {
		t.Errorf("the section about the emulator lacks the secret %s", secret)
	}
	g.Env = append(g.Env, "ARM_TENANT_ID="+signIn.TenantID, "ARM_CLIENT_ID="+signIn.AppID, "ARM_CLIENT_SECRET="+signIn.Secrets[0])
	g.instead = map[string]string{"<appId>": app.AppID, "<tenant>": app.TenantID, "<password>": app.Secrets[0]}
	if got := g.follow("2. Get a token as yourself", "az "); len(accessToken.FindAllString(got, -1)) != 1 {
		t.Errorf("want one token: %s", got)
	}
	g.grantAndUse("az ")
}
