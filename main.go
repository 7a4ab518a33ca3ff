// Command terraform-provider-kusto serves the provider to Terraform and OpenTofu.
package main

import (
	"context"
	"flag"
	"log"
	"os"
	"runtime/debug"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/kusto-community/terraform-provider-kusto/internal/provider"
)

// version is set at release by the linker.
var version = "dev"

func main() {
	attach := flag.Bool("debug", false, "wait for a debugger and print how to attach Terraform to this process")
	flag.Parse()
	logOnlyIfAsked()
	tradeMemoryForTime()
	err := providerserver.Serve(context.Background(), provider.New(version), providerserver.ServeOpts{
		Address: provider.Address,
		Debug:   *attach,
	})
	if err != nil {
		log.Fatal(err)
	}
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
