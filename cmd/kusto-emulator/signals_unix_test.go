// SPDX-License-Identifier: MPL-2.0

//go:build unix

package main

import (
	"bufio"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// alone gives a process a session of its own, without the terminal of a developer.
func alone(p *process) { p.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }

// heard are the signals that this process does not ignore. Those that it does, such as
// SIGHUP under nohup, the programs that it starts ignore too.
func heard(signals ...syscall.Signal) []syscall.Signal {
	return slices.DeleteFunc(signals, func(s syscall.Signal) bool { return s == syscall.SIGHUP && ignoresHangup })
}

// ignoresHangup is found out before a test catches the signal.
var ignoresHangup = signal.Ignored(syscall.SIGHUP)

func TestSignals_reachTheCommandAndItsStatusCounts(t *testing.T) {
	w := newWaiting(t, alone)
	for _, sig := range heard(syscall.SIGINT, syscall.SIGHUP, syscall.SIGINT, syscall.SIGTERM) {
		if err := w.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		if got := w.line(); got != sig.String() {
			t.Fatalf("the command got %q, want %s", got, sig)
		}
	}
	w.wantEnd() // the helper has still reached the emulator
}

func TestSignals_thatEndTheCommandAreItsStatus(t *testing.T) {
	p := newProcess(t, "")
	p.Args = append(p.Args[:1], "--", "sh", "-c", "kill -KILL $$")
	if got := p.status(); got != 128+9 {
		t.Errorf("status %d", got)
	}
}

func TestSignals_ofAPipeLeaveNothing(t *testing.T) {
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	reader.Close()
	defer writer.Close()
	p := newProcess(t, "exit 0", "-print-grants")
	p.Stdout = writer
	if got := p.status(); got != statusFailed {
		t.Errorf("status %d", got)
	}
	p = newProcess(t, "")
	p.Args = append(p.Args[:1], "--", "sh", "-c", "kill -PIPE $$")
	if got := p.status(); got != 128+13 {
		t.Errorf("the command ignores the signal: status %d", got)
	}
}

func TestSignals_endTheForegroundWell(t *testing.T) {
	for _, sig := range heard(syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP) {
		p := newProcess(t, "")
		alone(p)
		p.Args = []string{p.Args[0], "-listen", "127.0.0.1:0", "-print-grants"}
		p.Stdout = nil
		stdout, err := p.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Start(); err != nil {
			t.Fatal(err)
		}
		printed := ""
		lines := bufio.NewScanner(stdout)
		for lines.Scan() {
			printed += lines.Text() + "\n"
			if strings.HasPrefix(lines.Text(), "Commands (Ctrl-C to stop)") {
				_ = p.Process.Signal(sig)
			}
		}
		if err := p.Wait(); err != nil {
			t.Errorf("%s: %v", sig, err)
		}
		p.wantNothingLeft()
		if !strings.Contains(printed, "export KUSTO_EMULATOR_URL='http://127.0.0.1:") || !strings.Contains(printed, `"principal_fqn": `) {
			t.Errorf("%s: %s", sig, printed)
		}
	}
}

func TestSignals_thatAreIgnoredStayIgnored(t *testing.T) {
	w := newWaiting(t, func(p *process) {
		alone(p)
		sh, err := exec.LookPath("sh")
		if err != nil {
			t.Skip("no shell")
		}
		p.Args = append([]string{sh, "-c", `trap "" INT; exec "$0" "$@"`}, p.Args...)
		p.Path = sh
	})
	_ = w.Process.Signal(syscall.SIGINT)
	_ = w.Process.Signal(syscall.SIGTERM)
	if got := w.line(); got != syscall.SIGTERM.String() {
		t.Errorf("the command got %q", got)
	}
	w.wantEnd()
}
