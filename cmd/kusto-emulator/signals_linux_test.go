// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// newTerminal opens a terminal: what a person types is written to keys.
func newTerminal(t *testing.T) (keys, terminal *os.File) {
	t.Helper()
	keys, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("no terminals here:", err)
	}
	t.Cleanup(func() { keys.Close() })
	number, err := unix.IoctlGetInt(int(keys.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(keys.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Skip("no terminals here:", err)
	}
	if terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0); err != nil {
		t.Skip("no terminals here:", err)
	}
	t.Cleanup(func() { terminal.Close() })
	return keys, terminal
}

func TestSignals_ofATerminalReachTheCommandOnce(t *testing.T) {
	for name, inTerminal := range map[string]bool{"standard input is the terminal": true, "standard input is something else": false} {
		t.Run(name, func(t *testing.T) {
			keys, terminal := newTerminal(t)
			w := newWaiting(t, func(p *process) {
				p.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 3}
				p.ExtraFiles = []*os.File{terminal}
				if inTerminal {
					p.Stdin = terminal
				}
			})
			if _, err := keys.Write([]byte{3}); err != nil { // Ctrl-C
				t.Fatal(err)
			}
			if got := w.line(); got != syscall.SIGINT.String() {
				t.Fatalf("the command got %q", got)
			}
			_ = w.Process.Signal(syscall.SIGTERM)
			if got := w.line(); got != syscall.SIGTERM.String() {
				t.Errorf("after that, the command got %q", got)
			}
			w.wantEnd()
		})
	}
}

func TestCommand_endsIfTheProgramIsKilled(t *testing.T) {
	w := newWaiting(t, alone)
	if err := w.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if got := w.line(); got != syscall.SIGTERM.String() {
		t.Errorf("the command got %q", got)
	}
	for w.lines.Scan() { // until the command has ended
	}
	_ = w.Wait()
}

// A person who types in a shell of the emulator has to see that it is one.
func TestCommand_saysInATerminalWhatItReaches(t *testing.T) {
	keys, terminal := newTerminal(t)
	p := newProcess(t, "echo")
	p.Stderr = terminal
	if got := p.status(); got != 0 {
		t.Fatalf("status %d", got)
	}
	var shown strings.Builder
	for part := make([]byte, 1000); !strings.Contains(shown.String(), "to standard error"); {
		n, err := keys.Read(part)
		if err != nil {
			t.Fatal(err)
		}
		shown.Write(part[:n])
	}
	if want := "reaches https://democluster.westeurope.kusto.windows.net on this machine"; !strings.Contains(shown.String(), want) {
		t.Errorf("no %q in %q", want, &shown)
	}
}
