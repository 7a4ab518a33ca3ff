package provider

import (
	"os"
	"runtime/debug"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
)

// Serve answers the CLI that started this process until it hangs up. To attach,
// it waits for a CLI that is told how to find it.
func Serve(server func() tfprotov6.ProviderServer, attach bool) error {
	logOnlyIfAsked()
	tradeMemoryForTime()
	var options []tf6server.ServeOpt
	if attach {
		options = append(options, tf6server.WithManagedDebug())
	}
	return tf6server.Serve(Address, server, options...)
}

// logOnlyIfAsked switches logging off where nobody reads it. Without TF_LOG the
// plugin libraries still write every trace line, and Terraform reads and drops
// them: a third of the time of a plan of a thousand grants.
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

// tradeMemoryForTime lets garbage gather while there is little of it: a run is
// short, and most of what it allocates is one message's. The limit makes the
// collector work as usual again well below 200 MiB.
func tradeMemoryForTime() {
	const limit = 128 << 20
	if os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetGCPercent(400)
		debug.SetMemoryLimit(limit)
	}
}
