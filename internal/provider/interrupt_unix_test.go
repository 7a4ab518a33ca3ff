// SPDX-License-Identifier: MPL-2.0

//go:build unix

package provider

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/kusto-community/terraform-provider-kusto/internal/acctest"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
)

// Windows has no signal that a test could send to the CLI and its provider alone: Ctrl-C
// goes to everybody on the console, the test included.

// inState are the resolved principals of every grant in a workspace's state.
func inState(t *testing.T, w *acctest.Workspace) []string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(w.Dir, "terraform.tfstate"))
	if err != nil {
		t.Fatal(err)
	}
	var state struct {
		Resources []struct {
			Instances []struct {
				Attributes struct {
					Resolved string `json:"resolved_fqn"`
				} `json:"attributes"`
			} `json:"instances"`
		} `json:"resources"`
	}
	if err := json.Unmarshal(raw, &state); err != nil {
		t.Fatal(err)
	}
	var fqns []string
	for _, r := range state.Resources {
		for _, i := range r.Instances {
			fqns = append(fqns, i.Attributes.Resolved)
		}
	}
	return fqns
}

// viewers are the principals that hold the role.
func (s *testCluster) viewers() []string {
	var fqns []string
	for _, g := range s.Grants(database("Samples")) {
		fqns = append(fqns, g.FQN)
	}
	return fqns
}

// interrupted runs the CLI, presses Ctrl-C once a command of the verb is at the
// service, and lets that command go on when the provider has been asked to stop.
func interrupted(t *testing.T, s *testCluster, w *acctest.Workspace, verb string, args ...string) {
	t.Helper()
	gate := s.Hold(func(c kusto.Command) bool { return c.Verb == verb })
	defer gate.Release()
	cmd := w.Command(testContext(t), args...)
	cmd.Env = append(slices.Clone(cmd.Env), "TF_LOG_PROVIDER=TRACE")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a terminal signals the whole group
	log, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stopped, drained := stopLogged(log)
	awaitCommand(t, gate, cmd)
	if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	select {
	case <-stopped:
	case <-drained:
		t.Error("the CLI ended without telling the provider to stop")
	}
	gate.Release()
	<-drained
	if err := cmd.Wait(); err == nil {
		t.Error("an interrupted run ended well: it was not interrupted on the way")
	}
}

// stopLogged reads a log to its end; stopped is closed when the provider has
// served StopProvider, drained at the end.
func stopLogged(log io.Reader) (stopped, drained chan struct{}) {
	stopped, drained = make(chan struct{}), make(chan struct{})
	served := sync.OnceFunc(func() { close(stopped) })
	go func() {
		defer close(drained)
		for lines := bufio.NewReader(log); ; {
			text, err := lines.ReadString('\n')
			if strings.Contains(text, "Served request") && strings.Contains(text, "StopProvider") {
				served()
			}
			if err != nil {
				return
			}
		}
	}()
	return stopped, drained
}

func awaitCommand(t *testing.T, gate *kusto.Gate, cmd *exec.Cmd) {
	t.Helper()
	select {
	case <-gate.Waiting():
	case <-testContext(t).Done():
		_ = cmd.Process.Kill()
		t.Fatal("no command came")
	}
}

func TestInterrupt_stateAndServiceAgree(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		cut  bool // the answer of the command on its way is lost
	}{{"answered", false}, {"cut after", true}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, crew := newTestCluster(t), newTeam("interrupted", 20)
			w := prepared(t, crew.hcl(s))
			if c.cut {
				s.Intercept(func(c kusto.Command) *kusto.Fault {
					if c.Verb == ".show" {
						return nil // what a plan reads first
					}
					return &kusto.Fault{Kind: kusto.CutAfter}
				})
			}
			interrupted(t, s, w, ".add", applyArgs...)
			held, known := s.viewers(), inState(t, w)
			if len(held) == 0 || len(held) == 20 {
				t.Errorf("%d of 20 grants were made: nothing was interrupted", len(held))
			}
			if !c.cut {
				compare(t, "the state", known, held)
			}
			s.Intercept(nil)
			must(t, w, 0, applyArgs...)
			compare(t, "the cluster after the second apply", s.viewers(), crew.fqns())
			compare(t, "the state after the second apply", inState(t, w), crew.fqns())
			must(t, w, 0, planArgs...)

			interrupted(t, s, w, ".drop", destroyArgs...)
			held, known = s.viewers(), inState(t, w)
			if len(held) == 0 || len(held) == 20 {
				t.Errorf("%d of 20 grants were left: nothing was interrupted", len(held))
			}
			compare(t, "the state after the interrupted destroy", known, held)
			must(t, w, 0, destroyArgs...)
			compare(t, "the cluster at the end", s.viewers(), nil)
		})
	}
}
