// SPDX-License-Identifier: MPL-2.0

package emulator

import (
	"fmt"
	"os"
	"strings"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
)

// BehaviourVariable names a file with the behaviour of the clusters of tests: `make test
// BEHAVIOUR=file`.
const BehaviourVariable = "KUSTO_TEST_BEHAVIOUR"

// BehaviourOfTests reads the file that BehaviourVariable names. Without the variable it is
// the default.
func BehaviourOfTests() (kusto.Behaviour, error) {
	file := os.Getenv(BehaviourVariable)
	if file == "" {
		return kusto.Behaviour{}, nil
	}
	return kusto.ReadBehaviour(file)
}

// UseInProcess makes every request of this process go to the emulator. Call it before the
// first one: Go reads the proxy and the certificate authority once. The returned function
// removes the file with the certificate authority.
func (e *Emulator) UseInProcess() (remove func(), err error) {
	dir, err := os.MkdirTemp("", "kusto-emulator")
	if err != nil {
		return nil, fmt.Errorf("emulator: %w", err)
	}
	remove = func() { _ = os.RemoveAll(dir) } // a temporary folder
	ca, err := e.WriteCA(dir)
	if err != nil {
		remove()
		return nil, err
	}
	_ = os.Unsetenv("SSL_CERT_DIR") // neither this nor the next can fail: the names are good
	for _, setting := range e.Environ(ca) {
		name, value, _ := strings.Cut(setting, "=")
		_ = os.Setenv(name, value)
	}
	return remove, nil
}
