// Package cli runs a real Terraform or OpenTofu with the provider as it is
// built, for the demo, the benchmark and the tests that must not run inside one
// process. Nothing of a person's own configuration is read or changed.
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

// Version is the version that the built provider is installed as. A number below
// every release: no released provider can be taken for it.
const Version = "0.0.1"

// address is the provider's path below a registry's host.
const address = "kusto-community/kusto"

// registries are the hosts at which Terraform and OpenTofu look for a provider
// whose source names none.
var registries = []string{"registry.terraform.io", "registry.opentofu.org"}

// Find gives the path of the CLI to run: what the environment variable
// TF_ACC_TERRAFORM_PATH names, else terraform or tofu on PATH.
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

// Root is the folder of the project's go.mod, from anywhere within it.
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
			return "", errors.New("not inside the project: no go.mod in any folder above")
		}
		dir = parent
	}
}

// Workspace is a folder in which the CLI runs a configuration with the provider
// installed from a filesystem mirror, as it would be from a registry.
type Workspace struct {
	// Dir holds the configuration and the state.
	Dir string
	// Env is added to a clean environment: PATH, HOME and what the CLI itself
	// needs.
	Env []string
	// Echo gets what the CLI prints, besides what Run returns; nil for nothing.
	Echo io.Writer

	cli string
	// clean is the environment before anything was added for one workspace.
	clean []string
}

// NewWorkspace builds the provider from the project and installs it for the CLI
// below dir, which must exist.
func NewWorkspace(ctx context.Context, cli, dir string, env []string) (*Workspace, error) {
	return NewWorkspaceOf(ctx, ".", cli, dir, env)
}

// NewWorkspaceOf is NewWorkspace with the provider that a folder of the project
// holds in the place of the real one.
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

// newWorkspace makes the CLI look for providers in dir/mirror, and nowhere else.
func newWorkspace(cli, dir string, env []string) (*Workspace, error) {
	mirror := filepath.Join(dir, "mirror")
	config := filepath.Join(dir, "cli.tfrc")
	text := fmt.Sprintf("disable_checkpoint = true\nprovider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", mirror)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return nil, err
	}
	w := &Workspace{cli: cli, clean: append(cleanEnviron(), "TF_CLI_CONFIG_FILE="+config, "TF_IN_AUTOMATION=1", "HOME="+dir)}
	return w.Another(filepath.Join(dir, "work"), env)
}

// Another makes a workspace with the same provider in a folder of its own.
func (w *Workspace) Another(dir string, env []string) (*Workspace, error) {
	other := &Workspace{Dir: dir, Env: slices.Concat(w.clean, env), cli: w.cli, clean: w.clean}
	return other, os.MkdirAll(dir, 0o700)
}

// install builds the provider once, and puts it where each CLI looks for it.
func install(ctx context.Context, root, folder, mirror string) error {
	place := func(host string) string {
		return filepath.Join(mirror, host, address, Version, runtime.GOOS+"_"+runtime.GOARCH, "terraform-provider-kusto_v"+Version)
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

// cleanEnviron is what programs need to run at all, and nothing that signs in.
func cleanEnviron() []string {
	var env []string
	for _, name := range []string{"PATH", "TMPDIR", "LANG", "TERM", "GOCACHE", "GOMODCACHE", "GOCOVERDIR"} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// Write puts files into the workspace: name, content.
func (w *Workspace) Write(name, content string) error {
	return os.WriteFile(filepath.Join(w.Dir, name), []byte(content), 0o600)
}

// Run runs the CLI and gives what it printed and its exit code. An error means
// that it could not be run.
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

// Command prepares a run for a caller that wants to hold the process itself.
func (w *Workspace) Command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, w.cli, args...)
	cmd.Dir, cmd.Env = w.Dir, w.Env
	// A killed CLI would leave its provider behind; asked to stop, it takes it along.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	return cmd
}

// Must runs the CLI and makes any exit code but the wanted one an error.
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
