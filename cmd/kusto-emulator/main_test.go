// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if helper := os.Getenv(helperVariable); helper != "" {
		os.Exit(help(helper))
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(status int) {
		removeProgram()
		os.Exit(status)
	}))
}

// watcher calls a function when a text has been printed.
type watcher struct {
	strings.Builder
	until string
	then  func()
}

func (w *watcher) Write(p []byte) (int, error) {
	n, err := w.Builder.Write(p)
	if strings.Contains(w.String(), w.until) {
		w.then()
	}
	return n, err
}

func TestRun_printsExportsAndStops(t *testing.T) {
	dir := t.TempDir()
	envFile := filepath.Join(dir, "exports")
	behaviour := filepath.Join(dir, "behaviour.json")
	if err := os.WriteFile(behaviour, []byte(`{"wrapped": true}`), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var exports []byte
	out := &watcher{until: "Commands (Ctrl-C to stop):", then: func() {
		exports, _ = os.ReadFile(envFile)
		cancel()
	}}
	err := run(ctx, []string{"-listen", "127.0.0.1:0", "-dir", dir, "-env-file", envFile, "-faults", "429=0.3,late=0.1", "-cluster", "mine", "-behaviour", behaviour}, out)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"not-a-secret-dashboard", "not-a-password-alice@contoso.com"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %s in\n%s", want, out)
		}
	}
	if _, err := os.Stat(envFile); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the file of exports is left: %v", err)
	}
	if next := "Next, in another terminal: . " + envFile + ", then"; !strings.Contains(out.String(), next) {
		t.Errorf("no %q in\n%s", next, out)
	}
	for _, want := range []string{
		"export HTTPS_PROXY='http://127.0.0.1:", "export SSL_CERT_FILE='" + filepath.Join(dir, "ca.pem") + "'",
		"export KUSTO_CLUSTER_URI='https://mine.westeurope.kusto.windows.net'", "export ARM_TENANT_ID='", "export ARM_CLIENT_ID='", "export ARM_CLIENT_SECRET='",
	} {
		if !strings.Contains(string(exports), want) || !strings.Contains(out.String(), want) {
			t.Errorf("no %s in\n%s", want, exports)
		}
	}
}

func TestRun_refusesInvalidFlags(t *testing.T) {
	for _, args := range [][]string{{"-faults", "500=1"}, {"-latency", "fast"}, {"surplus"}, {"-behaviour", "nowhere.json"}, {"-listen", "nowhere:-1"}, {"-behaviour", "lenient"}, {"-listen", "0.0.0.0:0", "-pass-through"}, {"-listen", ":0", "-pass-through"}} {
		if err := run(t.Context(), args, io.Discard); err == nil {
			t.Errorf("%v was accepted", args)
		}
	}
	if err := run(t.Context(), []string{"-h"}, io.Discard); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("-h: %v", err)
	}
}
