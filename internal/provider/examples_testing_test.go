// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/kusto-community/terraform-provider-kusto/internal/acctest"
)

// emulatorProgram is kusto-emulator, as others use it.
var emulatorProgram = sync.OnceValues(func() (string, error) {
	path := filepath.Join(binaries, "kusto-emulator")
	build := exec.Command("go", "build", "-o", path, "../../cmd/kusto-emulator")
	build.Stderr = os.Stderr
	return path, build.Run()
})

// moduleUnderTest is a copy of an example with tests, ready for `terraform test`.
func moduleUnderTest(t *testing.T, folder string) *acctest.Workspace {
	t.Helper()
	w := workspace(t)
	source := filepath.Join(examplesDir, folder)
	err := filepath.WalkDir(source, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(source, path)
		return w.Write(name, string(content))
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Must(testContext(t), 0, "init", "-no-color"); err != nil {
		t.Fatal(err)
	}
	return w
}

// testOn runs the CLI's tests on an emulator of its own, and returns the output.
func testOn(t *testing.T, w *acctest.Workspace, arguments ...string) (string, error) {
	t.Helper()
	program, err := emulatorProgram()
	if err != nil {
		t.Fatal(err)
	}
	cmd := w.Command(testContext(t), append([]string{"test", "-no-color"}, arguments...)...)
	cmd.Args = append([]string{program, "-seed", "tests/seed.yaml", "--", cmd.Path}, cmd.Args[1:]...)
	cmd.Path = program
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func TestGuides_testingInThreeWays(t *testing.T) {
	t.Parallel()
	w := moduleUnderTest(t, "guides/testing")
	if out, err := w.Must(testContext(t), 0, "test", "-no-color", "-filter=tests/mock.tftest.hcl"); err != nil {
		t.Fatalf("the mock: %v\n%s", err, out)
	}
	for _, args := range [][]string{
		{"-filter=tests/emulator.tftest.hcl"},
		{"-filter=tests/real.tftest.hcl", "-var=database_name=Samples", `-var=viewers=["Data Readers"]`},
	} {
		if out, err := testOn(t, w, args...); err != nil {
			t.Errorf("%v: %v\n%s", args, err, out)
		}
	}
}

func TestExamples_moduleIsTestedOnTheEmulator(t *testing.T) {
	t.Parallel()
	out, err := testOn(t, moduleUnderTest(t, "modules/database-access"))
	if err != nil || !regexp.MustCompile(`Success! \d+ passed, 0 failed\.`).MatchString(out) {
		t.Errorf("%v\n%s", err, out)
	}
}

// A broken module fails on the emulator, and a mock does not see it.
func TestGuides_testingFindsABrokenModule(t *testing.T) {
	t.Parallel()
	w := moduleUnderTest(t, "guides/testing")
	module := strings.Replace(example(t, "guides/testing/main.tf"), `role          = "viewers"`, `role          = "users"`, 1)
	if err := w.Write("main.tf", requiresKusto+module); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Must(testContext(t), 0, "test", "-no-color", "-filter=tests/mock.tftest.hcl"); err != nil {
		t.Errorf("the mock: %v", err)
	}
	out, err := testOn(t, w, "-filter=tests/emulator.tftest.hcl")
	if err == nil || !says(`Kusto holds ["users: Data Readers","users: On-Call","viewers: Alice Ng"]`).MatchString(out) {
		t.Errorf("%v\n%s", err, out)
	}
}
