// SPDX-License-Identifier: MPL-2.0

// Package acctest builds the provider and runs a real Terraform or OpenTofu with
// it, for acceptance tests and tools that need separate processes. It does not read
// or change the user's CLI configuration.
package acctest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// Version is the version of the built provider. It is lower than every release, so
// that it cannot be confused with one.
const Version = "0.99.0"

// address is the provider's path below a registry's host.
const address = "kusto-community/kusto"

// registries are the default registry hosts of Terraform and OpenTofu.
var registries = []string{"registry.terraform.io", "registry.opentofu.org"}

// Find returns the path of the CLI: that in TF_ACC_TERRAFORM_PATH, else that of
// terraform or tofu on PATH. It fails if there is none.
func Find() (string, error) {
	if path := os.Getenv("TF_ACC_TERRAFORM_PATH"); path != "" {
		return path, nil
	}
	for _, name := range []string{"terraform", "tofu"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("neither terraform nor tofu is on PATH; `make` targets build one")
}

// Root returns the folder of the project's go.mod, from any folder of the project.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("no go.mod in this folder or above: not in the project")
		}
		dir = parent
	}
}

// Workspace is a folder with a configuration. The CLI installs the provider from a
// filesystem mirror, like from a registry.
type Workspace struct {
	// Dir holds the configuration and the state.
	Dir string
	// Env is the environment of the CLI. It starts from the variables that programs
	// need, such as PATH, and a HOME of its own.
	Env []string
	// Echo also receives the output of Run, unless it is nil.
	Echo io.Writer

	cli string
	// clean is the environment without the variables of one workspace.
	clean []string
}

// NewWorkspace builds the provider from the project and installs it for the CLI
// below dir, which must exist.
func NewWorkspace(ctx context.Context, cli, dir string, env []string) (*Workspace, error) {
	return NewWorkspaceOf(ctx, ".", cli, dir, env)
}

// NewWorkspaceOf is NewWorkspace with the provider whose program is in another
// folder of the project.
func NewWorkspaceOf(ctx context.Context, folder, cli, dir string, env []string) (*Workspace, error) {
	root, err := Root()
	if err != nil {
		return nil, err
	}
	if err := install(ctx, root, folder, filepath.Join(dir, "mirror")); err != nil {
		return nil, err
	}
	return newWorkspace(cli, dir, env)
}

// newWorkspace makes the CLI look for providers only in dir/mirror.
func newWorkspace(cli, dir string, env []string) (*Workspace, error) {
	mirror := filepath.Join(dir, "mirror")
	config := filepath.Join(dir, "cli.tfrc")
	text := fmt.Sprintf("disable_checkpoint = true\nprovider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", mirror)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return nil, err
	}
	w := &Workspace{cli: cli, clean: append(cleanEnviron(), "TF_CLI_CONFIG_FILE="+config, "TF_IN_AUTOMATION=1", "HOME="+dir, "USERPROFILE="+dir)}
	return w.Another(filepath.Join(dir, "work"), env)
}

// Another makes a workspace with the same provider in another folder.
func (w *Workspace) Another(dir string, env []string) (*Workspace, error) {
	other := &Workspace{Dir: dir, Env: slices.Concat(w.clean, env), cli: w.cli, clean: w.clean}
	return other, os.MkdirAll(dir, 0o700)
}

// install builds the provider and puts it where each CLI looks for it.
func install(ctx context.Context, root, folder, mirror string) error {
	name := "terraform-provider-kusto_v" + Version
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	place := func(host string) string {
		return filepath.Join(mirror, host, address, Version, runtime.GOOS+"_"+runtime.GOARCH, name)
	}
	built := place(registries[0])
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-X main.version="+Version, "-o", built, filepath.Join(root, folder))
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("building the provider: %w\n%s", err, out)
	}
	other := place(registries[1])
	if err := os.MkdirAll(filepath.Dir(other), 0o700); err != nil {
		return err
	}
	return os.Link(built, other)
}

// cleanEnviron are the variables that programs need. None of them is a sign-in.
func cleanEnviron() []string {
	var env []string
	for _, name := range []string{
		"PATH", "TMPDIR", "LANG", "TERM", "GOCACHE", "GOMODCACHE", "GOCOVERDIR",
		"SYSTEMROOT", "COMSPEC", "PATHEXT", "TEMP", "TMP", // of Windows
	} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// Write writes a file into the workspace, and makes its folders.
func (w *Workspace) Write(name, content string) error {
	path := filepath.Join(w.Dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(content), 0o600)
}

// Run runs the CLI and returns its output and exit code. It fails only if the CLI
// cannot be run.
func (w *Workspace) Run(ctx context.Context, args ...string) (output string, code int, err error) {
	cmd := w.Command(ctx, args...)
	var out bytes.Buffer
	cmd.Stdout = io.MultiWriter(writers(&out, w.Echo)...)
	cmd.Stderr = cmd.Stdout
	err = cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return out.String(), exit.ExitCode(), nil
	}
	return out.String(), 0, err
}

// Command prepares a run for a caller that needs the process.
func (w *Workspace) Command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, w.cli, args...)
	cmd.Dir, cmd.Env = w.Dir, w.Env
	// A killed CLI leaves its provider running. An interrupted one stops it. Windows has
	// no interrupt for a single process.
	if runtime.GOOS != "windows" {
		cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	}
	return cmd
}

// Must is Run that fails unless the exit code is want.
func (w *Workspace) Must(ctx context.Context, want int, args ...string) (string, error) {
	output, code, err := w.Run(ctx, args...)
	if err == nil && code != want {
		err = fmt.Errorf("%s %s ended with code %d, not %d:\n%s", filepath.Base(w.cli), strings.Join(args, " "), code, want, output)
	}
	return output, err
}

func writers(first, second io.Writer) []io.Writer {
	if second == nil {
		return []io.Writer{first}
	}
	return []io.Writer{first, second}
}
