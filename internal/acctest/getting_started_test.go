// SPDX-License-Identifier: MPL-2.0

package acctest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The page is followed as it stands, in the shell that its first command starts. What the
// emulator holds is printed after each step.
func TestGettingStarted_inTheShellOfTheEmulator(t *testing.T) {
	needsBashAndCurl(t)
	i := newInstallation(t)
	page, err := os.ReadFile(filepath.Join(i.root, "templates", "guides", "getting-started.md.tmpl"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := shellBlock.FindAllStringSubmatch(string(page), -1)
	if len(blocks) != 5 {
		t.Fatalf("the page has %d blocks of commands: the emulator, apply, plan, what is held and destroy", len(blocks))
	}
	start, apply, plan, held, destroy := blocks[0][1], blocks[1][1], blocks[2][1], blocks[3][1], blocks[4][1]
	main, err := os.ReadFile(filepath.Join(i.root, "examples", "guides", "getting-started", "main.tf"))
	if err != nil {
		t.Fatal(err)
	}
	for _, cli := range clis(t, i.root) {
		t.Run(filepath.Base(cli), func(t *testing.T) {
			commands := strings.Join([]string{i.enter(cli, i.workspace(string(main))), apply, plan, held, destroy, held}, "")
			out := i.shell(start, commands)
			for _, want := range []string{`"notes": "reads the dashboards"`, "No changes.", "Destroy complete! Resources: 1 destroyed."} {
				if strings.Count(out, want) != 1 {
					t.Errorf("want %q once in\n%s", want, out)
				}
			}
		})
	}
}

// enter are commands that make a shell run the CLI by the name terraform, with the home of the
// installation, in a folder.
func (i *installation) enter(cli, dir string) string {
	return "set -eu\nexport HOME='" + i.home + "' PATH='" + asTerraform(i.t, cli) + "':$PATH TF_CLI_ARGS=-no-color TF_CLI_ARGS_apply=-auto-approve TF_CLI_ARGS_destroy=-auto-approve\ncd '" + dir + "'\n"
}

// shell types a command that starts a shell, and then commands into that shell.
func (i *installation) shell(start, commands string) string {
	i.t.Helper()
	start = strings.Replace(start, "make ", "make -s 'BIN="+filepath.Join(i.home, "bin")+"' ", 1)
	cmd := exec.CommandContext(i.t.Context(), "bash", "-c", start)
	cmd.Dir, cmd.Stdin = i.root, strings.NewReader(commands)
	out, err := cmd.CombinedOutput()
	if err != nil {
		i.t.Fatalf("%s%v\n%s", start, err, out)
	}
	return string(out)
}
