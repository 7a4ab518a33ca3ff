// SPDX-License-Identifier: MPL-2.0

package acctest

import (
	"os"
	"strings"
)

// ClearSignIn removes a person's own sign-in and clusters from the environment of the
// process, for tests against the emulator.
func ClearSignIn() {
	for _, pair := range os.Environ() {
		name, _, _ := strings.Cut(pair, "=")
		for _, prefix := range []string{"KUSTO_", "ARM_", "AZURE_", "NO_PROXY", "no_proxy", "ACTIONS_", "SYSTEM_", "TF_VAR_"} {
			if strings.HasPrefix(name, prefix) {
				_ = os.Unsetenv(name) // cannot fail on the systems that are supported
			}
		}
	}
}
