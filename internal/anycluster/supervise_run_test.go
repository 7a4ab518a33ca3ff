// SPDX-License-Identifier: MPL-2.0

package anycluster

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// diesVariable makes TestDies do what its name says.
const diesVariable = "KUSTO_TEST_DIES"

// TestDies grants a role and ends the process as a bug of the provider would: no cleanup
// of a test is run.
func TestDies(t *testing.T) {
	if os.Getenv(diesVariable) == "" {
		t.Skip("is for TestSupervise_restoresWhatADeadProcessLeft")
	}
	c := shared
	c.do(t, granting(t, c.monitors(), c.principal, "left"), granting(t, c.monitors(), c.other, ""))
	go panic("as a bug would")
	select {}
}

func TestSupervise_restoresWhatADeadProcessLeft(t *testing.T) {
	if testing.Short() {
		t.Skip("starts and kills processes: leave out -short")
	}
	c := shared
	before := c.reserve(t, c.monitors())
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, "-test.run=^TestDies$")
	cmd.Env = append(append(os.Environ(), c.environ()...), childVariable+"=", diesVariable+"=1")
	out, err := cmd.CombinedOutput()
	if err == nil {
		t.Errorf("it ended well:\n%s", out)
	}
	for _, want := range []string{"as a bug would", "necessary to restore them:\n  drop ", "The grants are as before the tests."} {
		if !strings.Contains(string(out), want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if todo := changes(before, c.list(t, c.monitors())); len(todo) > 0 {
		t.Errorf("left is %v", todo)
	}
}
