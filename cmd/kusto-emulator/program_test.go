// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

var built struct {
	sync.Once
	dir, path string
	err       error
}

// program builds the program once, and returns its path.
func program(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("builds the program, and starts and interrupts it: leave out -short")
	}
	built.Do(func() {
		if built.dir, built.err = os.MkdirTemp("", "program"); built.err != nil { //nolint:usetesting // for all tests
			return
		}
		built.path = filepath.Join(built.dir, "kusto-emulator.exe") // the name that Windows needs
		var output []byte
		if output, built.err = exec.Command("go", "build", "-o", built.path, ".").CombinedOutput(); built.err != nil {
			built.err = errors.New(string(output))
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return built.path
}

func removeProgram() { _ = os.RemoveAll(built.dir) }

// process is the program as a process, with a helper as its command.
type process struct {
	*exec.Cmd

	t              *testing.T
	temporary      string // its folder for temporary files
	stdout, stderr bytes.Buffer
}

// newProcess prepares the program with a helper.
func newProcess(t *testing.T, helper string, flags ...string) *process {
	t.Helper()
	own, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{t: t, temporary: t.TempDir()}
	p.Cmd = exec.Command(program(t), append(flags, "--", own, "an argument")...)
	p.Env = append(os.Environ(), helperVariable+"="+helper, "TMPDIR="+p.temporary, "TMP="+p.temporary, "TEMP="+p.temporary)
	p.Stdout, p.Stderr = &p.stdout, &p.stderr
	return p
}

// status runs the program to its end.
func (p *process) status() int {
	p.t.Helper()
	err := p.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		p.t.Fatal(err)
	}
	p.wantNothingLeft()
	return p.ProcessState.ExitCode()
}

func (p *process) wantNothingLeft() {
	p.t.Helper()
	left, err := os.ReadDir(p.temporary)
	if err != nil || len(left) > 0 {
		p.t.Errorf("left in the temporary folder: %v %v", left, err)
	}
}

// waiting is a process whose helper waits.
type waiting struct {
	*process

	stdin io.Closer
	lines *bufio.Scanner
	url   string
}

// newWaiting starts the program, and returns when its helper is ready.
func newWaiting(t *testing.T, change func(*process)) *waiting {
	t.Helper()
	w := &waiting{process: newProcess(t, "wait")}
	if change != nil {
		change(w.process)
	}
	w.Stdout = nil
	stdout, err := w.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if w.Stdin == nil {
		if w.stdin, err = w.StdinPipe(); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Process.Kill() })
	w.lines = bufio.NewScanner(stdout)
	w.url = strings.TrimPrefix(w.line(), "ready ")
	return w
}

// line is the next line of the helper, "" at the end.
func (w *waiting) line() string {
	w.lines.Scan()
	return w.lines.Text()
}

// wantEnd waits for the end with the status of a helper that still reached the emulator.
// After it nothing is left.
func (w *waiting) wantEnd() {
	w.t.Helper()
	for w.lines.Scan() { // Wait must not be called before the output has been read
	}
	_ = w.Wait()
	if got := w.ProcessState.ExitCode(); got != statusOfWaiting {
		w.t.Errorf("status %d, want %d: %s", got, statusOfWaiting, w.stderr.String())
	}
	w.wantNothingLeft()
	if conn, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://")); err == nil {
		conn.Close()
		w.t.Error("the emulator still listens")
	}
}

func TestCommand_givesItsStatus(t *testing.T) {
	for helper, want := range map[string]int{"exit 0": 0, "exit 1": 1, "exit 42": 42} {
		p := newProcess(t, helper)
		if got := p.status(); got != want || p.stdout.Len()+p.stderr.Len() > 0 {
			t.Errorf("%s: %d %s%s", helper, got, &p.stdout, &p.stderr)
		}
	}
}

func TestCommand_hasTheCallersStreams(t *testing.T) {
	p := newProcess(t, "echo")
	p.Stdin = strings.NewReader(" and its input")
	if p.status(); p.stdout.String() != "an argument and its input" || p.stderr.String() != "to standard error" {
		t.Errorf("%q, %q", &p.stdout, &p.stderr)
	}
}

// The provider waits for a principal that is not in the seed, as for a new one. Its CLI says
// nothing until then.
func TestCommand_namesWhoIsNotInTheSeed(t *testing.T) {
	const missing = "Entity ID 'nobody@contoso.com' of type"
	for flags, want := range map[string]int{"": 1, "-verbose": 2, "-faults=late=1": 0} {
		p := newProcess(t, "grant-twice aaduser=nobody@contoso.com", strings.Fields(flags)...)
		if got := p.status(); got != 1 || strings.Count(p.stderr.String(), missing) != want {
			t.Errorf("%q: status %d; want %d times %q in %s%s", flags, got, want, missing, &p.stdout, &p.stderr)
		}
	}
}

func TestCommand_hasTheEmulatorsVariablesAlone(t *testing.T) {
	p := newProcess(t, "environment", "-seed", seedFile)
	p.Env = append(p.Env, "ARM_USE_CLI=true", "ARM_CLIENT_ID=mine", "AZURE_CLIENT_SECRET=mine", "KUSTO_TENANT_ID=mine", "IDENTITY_ENDPOINT=mine",
		"IDENTITY_HEADER=mine", "MSI_ENDPOINT=mine", "ACTIONS_ID_TOKEN_REQUEST_TOKEN=mine", "ACTIONS_ID_TOKEN_REQUEST_URL=mine",
		"SYSTEM_ACCESSTOKEN=mine", "SYSTEM_OIDCREQUESTURI=mine", "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID=mine", "HTTPS_PROXY=mine", "NO_PROXY=mine", "KUSTO_TEST_DATABASE=kept", "TF_LOG=kept")
	if p.status() != 0 {
		t.Fatal(p.stderr.String())
	}
	got := map[string]string{}
	for line := range strings.Lines(p.stdout.String()) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		got[name] = value
	}
	for name, value := range got {
		if value == "mine" || strings.HasPrefix(name, "AZURE_") || strings.HasPrefix(name, "MSI_") {
			t.Errorf("%s=%s", name, value)
		}
	}
	for name, want := range map[string]string{
		"KUSTO_CLUSTER_URI": "https://mycluster.westeurope.kusto.windows.net", "ARM_TENANT_ID": "11111111-1111-4111-8111-111111111111",
		"ARM_CLIENT_ID": "11111111-1111-4111-8111-000000000003", "ARM_CLIENT_SECRET": "not-a-secret",
		"KUSTO_EMULATOR_URL": got["HTTPS_PROXY"], "KUSTO_TEST_DATABASE": "kept", "TF_LOG": "kept",
	} {
		if got[name] != want {
			t.Errorf("%s=%s, want %s", name, got[name], want)
		}
	}
}

const seedFile = "../../internal/emulator/seed/testdata/complete.yaml"

func TestCommand_printsTheGrantsAtItsEnd(t *testing.T) {
	p := newProcess(t, "grant", "-print-grants", "-verbose")
	if status := p.status(); status != 0 || !strings.Contains(p.stderr.String(), ".add database Samples users") {
		t.Fatalf("%d %s%s", status, &p.stdout, &p.stderr)
	}
	var held struct {
		Clusters []struct{ Grants []map[string]any }
	}
	if err := json.Unmarshal(p.stdout.Bytes(), &held); err != nil {
		t.Fatal(err)
	}
	for _, g := range held.Clusters[0].Grants {
		if g["display_name"] == "Alice Ng" && g["role"] == "users" && g["kind"] == "database" {
			return
		}
	}
	t.Error(p.stdout.String())
}

func TestCommand_letsRequestsThroughIfToldSo(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "a registry") }))
	defer server.Close()
	trusted := filepath.Join(t.TempDir(), "trusted.pem")
	if err := os.WriteFile(trusted, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		flags   []string
		address string
		want    string
	}{
		"passed":        {[]string{"-pass-through"}, server.URL, "a registry"},
		"not set":       {nil, server.URL, "does not serve " + server.Listener.Addr().String() + "; with -pass-through it lets requests for other hosts through"},
		"a real one":    {[]string{"-pass-through"}, "https://other.kusto.windows.net", "does not let requests for the real one through"},
		"the emulators": {[]string{"-pass-through"}, "https://login.microsoftonline.com/common/discovery/keys", `"kty"`},
	} {
		p := newProcess(t, "get "+c.address, c.flags...)
		p.Env = append(p.Env, "SSL_CERT_FILE="+trusted)
		if p.status(); !strings.Contains(p.stdout.String(), c.want) {
			t.Errorf("%s: %s%s", name, &p.stdout, &p.stderr)
		}
	}
}

func TestCommand_twoAtOnceDoNotMeet(t *testing.T) {
	first, second := newWaiting(t, nil), newWaiting(t, nil)
	if first.url == second.url || first.url == "" {
		t.Errorf("both are at %s", first.url)
	}
	first.stdin.Close()
	first.wantEnd()
	second.stdin.Close()
	second.wantEnd()
}

func TestCommand_mistakesAreNotItsStatus(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "bad.yaml")
	if err := os.WriteFile(bad, []byte("tenants:\n- domain: contoso.com\n  user: []\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args   []string
		status int
		words  string
	}{
		"no such command":     {[]string{"--", "no-such-command"}, 127, "kusto-emulator: the command no-such-command was not found"},
		"no such file":        {[]string{"--", "./no/such/command"}, 127, "the command ./no/such/command was not found"},
		"not a program":       {[]string{"--", t.TempDir()}, 126, "cannot be run"},
		"no command":          {[]string{"--"}, 125, "no command after --"},
		"without the hyphens": {[]string{"terraform", "test"}, 1, `unexpected argument "terraform"; a command stands after --`},
		"unknown flag":        {[]string{"-sed", "x", "--", "true"}, 125, "flag provided but not defined: -sed"},
		"unknown fault":       {[]string{"-faults", "418=0.3", "--", "true"}, 125, "one of the names 401, 429, 503"},
		"mistake in the seed": {[]string{"-seed", bad, "--", "true"}, 125, `kusto-emulator: bad.yaml:3: tenants: unknown key "user"`},
		"no seed":             {[]string{"-seed", "nowhere.yaml"}, 1, "nowhere.yaml"},
		"seed and cluster":    {[]string{"-seed", bad, "-cluster", "x"}, 1, "leave -cluster and -databases out"},
	} {
		p := newProcess(t, "")
		p.Args = append(p.Args[:1], c.args...)
		if status := p.status(); status != c.status || !strings.Contains(p.stderr.String(), c.words) || p.stdout.Len() > 0 {
			t.Errorf("%s: %d %s%s", name, status, &p.stdout, &p.stderr)
		}
	}
}

func TestVersion_isThatOfTheModule(t *testing.T) {
	p := newProcess(t, "")
	p.Args = append(p.Args[:1], "-version")
	if status := p.status(); status != 0 || !strings.HasPrefix(p.stdout.String(), "kusto-emulator ") {
		t.Errorf("%d %s", status, &p.stdout)
	}
}
