// SPDX-License-Identifier: MPL-2.0

// Command capture draws the terminal image in the README: it runs a real CLI with
// the provider against the emulator, and writes the output as SVG.
//
//	go run ./internal/tools/capture docs/images/apply.svg
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/kusto-community/terraform-provider-kusto/internal/acctest"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
)

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: capture <file.svg>")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	image, err := capture(ctx)
	stop()
	if err == nil {
		err = os.MkdirAll(filepath.Dir(os.Args[1]), 0o755) //nolint:gosec // documentation is for everyone
	}
	if err == nil {
		err = os.WriteFile(os.Args[1], []byte(image), 0o644) //nolint:gosec // documentation is for everyone
	}
	if err != nil {
		log.Fatal(err)
	}
}

// The configuration of the image. The role's list is applied first. Then Bob is
// granted the role outside Terraform, and the configuration adds a grant.
const role = `terraform {
  required_providers {
    kusto = {
      source = "kusto-community/kusto"
    }
  }
}

resource "kusto_database_role" "viewers" {
  database_name = "Samples"
  role          = "viewers"
  principals    = ["aadgroup=Data Readers;contoso.com"]
}
`

const member = `
resource "kusto_database_principal" "dashboard" {
  database_name = "Samples"
  role          = "ingestors"
  principal_fqn = "aadapp=dashboard;contoso.com"
  notes         = "writes what it shows"
}
`

func capture(ctx context.Context) (string, error) {
	dir, err := os.MkdirTemp("", "kusto-capture")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	e, err := emulator.Start(emulator.Options{})
	if err != nil {
		return "", err
	}
	defer e.Close()
	path, err := acctest.Find()
	if err != nil {
		return "", err
	}
	cluster, space, err := prepare(ctx, e, path, dir)
	if err != nil {
		return "", err
	}
	for _, step := range [][]string{{"init"}, {"apply", "-auto-approve"}} {
		if _, err := space.Must(ctx, 0, step...); err != nil {
			return "", err
		}
	}
	cluster.Grant(kusto.Securable{Kind: "database", Database: "Samples"}, "viewers", e.Directory().Must("bob@contoso.com"), "")
	if err := space.Write("member.tf", member); err != nil {
		return "", err
	}
	output, err := space.Must(ctx, 0, "apply", "-auto-approve")
	if err != nil {
		return "", err
	}
	command := filepath.Base(path) + " apply"
	return render(command, "$ "+command+"\n"+normalize(output)), nil
}

func prepare(ctx context.Context, e *emulator.Emulator, path, dir string) (*kusto.Cluster, *acctest.Workspace, error) {
	app := e.Directory().App("ci-deployer")
	cluster := e.AddCluster(kusto.ClusterConfig{Name: "mycluster", Admins: []*entra.Principal{app}})
	cluster.AddDatabase("Samples")
	ca, err := e.WriteCA(dir)
	if err != nil {
		return nil, nil, err
	}
	space, err := acctest.NewWorkspace(ctx, path, dir, append(e.Environ(ca),
		"KUSTO_CLUSTER_URI="+cluster.URI(), "ARM_TENANT_ID="+app.TenantID, "ARM_CLIENT_ID="+app.AppID, "ARM_CLIENT_SECRET="+app.Secrets[0]))
	if err != nil {
		return nil, nil, err
	}
	return cluster, space, space.Write("role.tf", role)
}

var (
	seconds  = regexp.MustCompile(`after \d+s`)
	progress = regexp.MustCompile(`(?m)^.*: (?:Creating|Modifying|Creation complete|Modifications complete|Refreshing state).*\n`)
	colour   = regexp.MustCompile("\x1b\\[[0-9;]*m")
)

// normalize removes differences between two runs: the order in which resources are
// changed concurrently, and the time that it takes.
func normalize(output string) string {
	output = seconds.ReplaceAllString(output, "after 0s")
	blocks := progress.FindAllStringIndex(output, -1)
	if len(blocks) == 0 {
		return output
	}
	var b strings.Builder
	end := 0
	for i := 0; i < len(blocks); {
		j := i + 1
		for j < len(blocks) && blocks[j][0] == blocks[j-1][1] {
			j++
		}
		b.WriteString(output[end:blocks[i][0]])
		lines := strings.SplitAfter(strings.TrimSuffix(output[blocks[i][0]:blocks[j-1][1]], "\n"), "\n")
		lines[len(lines)-1] += "\n"
		slices.SortFunc(lines, func(x, y string) int { return strings.Compare(sortKey(x), sortKey(y)) })
		b.WriteString(strings.Join(lines, ""))
		i, end = j, blocks[j-1][1]
	}
	return b.String() + output[end:]
}

// sortKey sorts lines of a start before lines of a completion, and both by name.
func sortKey(line string) string {
	plain := colour.ReplaceAllString(line, "")
	return fmt.Sprintf("%t %s", strings.Contains(plain, " complete after "), plain)
}
