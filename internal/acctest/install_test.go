// SPDX-License-Identifier: MPL-2.0

package acctest

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// installation is a home into which `make install` has put the provider.
type installation struct {
	t    *testing.T
	root string
	home string
}

func newInstallation(t *testing.T) *installation {
	t.Helper()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("runs a CLI: set TF_ACC=1")
	}
	if runtime.GOOS == "windows" {
		t.Skip("the CLI looks into APPDATA on Windows")
	}
	root, err := Root()
	if err != nil {
		t.Fatal(err)
	}
	i := &installation{t: t, root: root, home: t.TempDir()}
	i.make("install")
	return i
}

// make runs a target of the project with the local mirror of the home.
func (i *installation) make(args ...string) {
	i.t.Helper()
	if _, err := exec.LookPath("make"); err != nil {
		i.t.Skip("make is not on PATH")
	}
	cmd := exec.CommandContext(i.t.Context(), "make", append(args, "MIRROR="+filepath.Join(i.home, ".terraform.d", "plugins"), "BIN="+filepath.Join(i.home, "bin"))...)
	cmd.Dir = i.root
	if out, err := cmd.CombinedOutput(); err != nil {
		i.t.Fatalf("make %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// run runs a CLI without any configuration of its own: it has to look into the local
// mirror by itself.
func (i *installation) run(cli, dir string, args ...string) (string, error) {
	i.t.Helper()
	cmd := exec.CommandContext(i.t.Context(), cli, append(args, "-no-color")...)
	cmd.Dir, cmd.Env = dir, append(cleanEnviron(), "HOME="+i.home, "CHECKPOINT_DISABLE=1")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// clis are the CLI of the tests, and OpenTofu where make has built it.
func clis(t *testing.T, root string) []string {
	t.Helper()
	found, err := Find()
	if err != nil {
		t.Skip(err)
	}
	built, _ := filepath.Glob(filepath.Join(root, ".cache", "tofu", "*", "tofu"))
	return slices.Compact(append([]string{found}, built...))
}

var terraformBlock = regexp.MustCompile("(?s)```terraform\n(terraform \\{.*?\n\\}\n)```")

// requiredProviders are the blocks that pages tell people to write, by page.
func requiredProviders(t *testing.T, root string) map[string]string {
	t.Helper()
	blocks := map[string]string{}
	for _, page := range []string{"README.md", "docs/index.md"} {
		text, err := os.ReadFile(filepath.Join(root, page))
		if err != nil {
			t.Fatal(err)
		}
		found := terraformBlock.FindAllSubmatch(text, -1)
		if len(found) == 0 {
			t.Fatalf("%s has no terraform block", page)
		}
		for _, block := range found {
			blocks[page+": "+strings.Join(strings.Fields(string(block[1])), " ")] = string(block[1])
		}
	}
	example, err := os.ReadFile(filepath.Join(root, "examples", "guides", "getting-started", "main.tf"))
	if err != nil {
		t.Fatal(err)
	}
	blocks["main.tf"] = string(example)
	return blocks
}

func (i *installation) workspace(hcl string) string {
	i.t.Helper()
	dir := i.t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(hcl), 0o600); err != nil {
		i.t.Fatal(err)
	}
	return dir
}

func TestInstall_theBlocksOfThePagesFindIt(t *testing.T) {
	i := newInstallation(t)
	for _, cli := range clis(t, i.root) {
		for page, block := range requiredProviders(t, i.root) {
			t.Run(filepath.Base(cli)+"/"+page, func(t *testing.T) {
				dir := i.workspace(block)
				if out, err := i.run(cli, dir, "init"); err != nil {
					t.Fatalf("init: %v\n%s", err, out)
				}
				if out, err := i.run(cli, dir, "validate"); err != nil {
					t.Errorf("validate: %v\n%s", err, out)
				}
			})
		}
	}
}

// The CLI refuses another build of a version that the lock file knows, and init -upgrade
// does not help: the page says to remove the lock file.
func TestInstall_anotherBuildNeedsAnotherLockFile(t *testing.T) {
	i := newInstallation(t)
	block := requiredProviders(t, i.root)["main.tf"]
	for _, cli := range clis(t, i.root) {
		i.make("install", "VERSION=0.1.0-first")
		dir := i.workspace(block)
		if out, err := i.run(cli, dir, "init"); err != nil {
			t.Fatalf("init: %v\n%s", err, out)
		}
		i.make("install", "VERSION=0.1.0-second")
		for _, args := range [][]string{{"init"}, {"init", "-upgrade"}} {
			if out, err := i.run(cli, dir, args...); err == nil || !strings.Contains(out, "checksums") {
				t.Errorf("%s: %v\n%s", args, err, out)
			}
		}
		if err := os.Remove(filepath.Join(dir, ".terraform.lock.hcl")); err != nil {
			t.Fatal(err)
		}
		if out, err := i.run(cli, dir, "init"); err != nil {
			t.Errorf("init without the lock file: %v\n%s", err, out)
		}
	}
}

func TestUninstall_leavesNothing(t *testing.T) {
	i := newInstallation(t)
	i.make("uninstall")
	i.make("uninstall") // nothing is there: no error
	left, err := os.ReadDir(filepath.Join(i.home, ".terraform.d", "plugins"))
	if err != nil || len(left) > 0 {
		t.Errorf("left: %v %v", left, err)
	}
}
