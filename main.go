// SPDX-License-Identifier: MPL-2.0

// Command terraform-provider-kusto serves the provider to Terraform and OpenTofu.
package main

import (
	"flag"
	"log"

	"github.com/kusto-community/terraform-provider-kusto/internal/provider"
)

// version is set at release by the linker.
var version = "dev"

func main() {
	attach := flag.Bool("debug", false, "wait for a debugger and print how to attach Terraform to this process")
	flag.Parse()
	if err := provider.Serve(provider.NewServer(version), *attach); err != nil {
		log.Fatal(err)
	}
}
