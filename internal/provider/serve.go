// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"os"
	"runtime/debug"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
)

// Serve serves the provider to the CLI that started this process. With attach, it
// prints how a CLI can attach to it, for a debugger.
func Serve(server func() tfprotov6.ProviderServer, attach bool) error {
	logOnlyIfAsked()
	collectGarbageLess()
	var options []tf6server.ServeOpt
	if attach {
		options = append(options, tf6server.WithManagedDebug())
	}
	return tf6server.Serve(Address, server, options...)
}

// logOnlyIfAsked turns logging off unless a TF_LOG variable is set. Without one, the
// plugin libraries still write every trace line and Terraform discards them: a third of
// the time of a plan of a thousand grants.
func logOnlyIfAsked() {
	for _, pair := range os.Environ() {
		if strings.HasPrefix(pair, "TF_LOG") {
			return
		}
	}
	for _, name := range []string{"TF_LOG_SDK", "TF_LOG_SDK_PROTO", "TF_LOG_SDK_FRAMEWORK", "TF_LOG_PROVIDER_KUSTO"} {
		_ = os.Setenv(name, "OFF") // cannot fail: the names are good
	}
}

// collectGarbageLess lets the heap grow to five times what is in use: a run is short,
// and most allocations live for one message. Above the memory limit the collector
// works as always. GOGC and GOMEMLIMIT override both.
func collectGarbageLess() {
	const limit = 128 << 20 // bytes
	if os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetGCPercent(400)
		debug.SetMemoryLimit(limit)
	}
}
