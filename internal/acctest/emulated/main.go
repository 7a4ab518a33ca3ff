// SPDX-License-Identifier: MPL-2.0

// Package emulated runs the tests of a package against one emulator, which they reach as a
// program in a corporate network would: by HTTPS_PROXY and SSL_CERT_FILE, which Go reads
// once a process.
package emulated

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/kusto-community/terraform-provider-kusto/internal/acctest"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
)

// Process is what the tests of a process share.
type Process struct {
	*emulator.Emulator
	// Behaviour is that of BEHAVIOUR=file, or the default.
	Behaviour kusto.Behaviour
	// Dir is a folder that is removed at the end.
	Dir string
}

// Main is the body of TestMain. It calls setUp before the tests, and fails if a goroutine
// is left after them that is not to be ignored.
func Main(m *testing.M, setUp func(Process), ignore ...goleak.Option) {
	code, err := run(m, setUp)
	if err == nil && code == 0 {
		err = goleak.Find(ignore...) // the emulator has cut every connection
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M, setUp func(Process)) (code int, err error) {
	var p Process
	if p.Emulator, err = emulator.Start(emulator.Options{}); err != nil {
		return 0, err
	}
	defer p.Close()
	if p.Behaviour, err = emulator.BehaviourOfTests(); err != nil {
		return 0, err
	}
	acctest.ClearSignIn()
	if p.Dir, err = os.MkdirTemp("", "emulated"); err != nil {
		return 0, err
	}
	defer os.RemoveAll(p.Dir)
	remove, err := p.UseInProcess()
	if err != nil {
		return 0, err
	}
	defer remove()
	setUp(p)
	return m.Run(), nil
}
