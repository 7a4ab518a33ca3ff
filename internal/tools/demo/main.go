// SPDX-License-Identifier: MPL-2.0

// Command demo runs the provider with a real Terraform or OpenTofu against the
// emulator: grant, plan without changes, repair, revoke. It exits with an error if a
// step does not have its result.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"text/tabwriter"

	"github.com/kusto-community/terraform-provider-kusto/internal/acctest"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "\ndemo failed:", err)
		os.Exit(1)
	}
	fmt.Println("\nThe demo succeeded. No process or file of it is left.")
}

// demo is one run.
type demo struct {
	cluster *kusto.Cluster
	dir     *entra.Directory
	space   *acctest.Workspace
	tool    string // terraform or tofu
	before  string // the table of grants before the first apply
	colour  bool   // the output goes to a terminal
}

func run(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "kusto-demo")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	service, err := emulator.Start(emulator.Options{})
	if err != nil {
		return err
	}
	defer service.Close()
	d, err := prepare(ctx, service, dir)
	if err != nil {
		return err
	}
	for _, step := range []func(context.Context) error{d.grant, d.planWithoutChanges, d.repair, d.revoke} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// prepare makes a cluster with two databases and one grant, and a workspace with
// the example.
func prepare(ctx context.Context, service *emulator.Emulator, dir string) (*demo, error) {
	d := &demo{dir: service.Directory()}
	if out, err := os.Stdout.Stat(); err == nil {
		d.colour = out.Mode()&os.ModeCharDevice != 0
	}
	caller := d.dir.App("ci-deployer")
	d.cluster = service.AddCluster(kusto.ClusterConfig{Name: "democluster", Admins: []*entra.Principal{caller}})
	d.cluster.AddDatabase("Samples", d.dir.Must("bob@contoso.com"))
	d.cluster.AddDatabase("My DB")
	ca, err := service.WriteCA(dir)
	if err != nil {
		return nil, err
	}
	path, err := acctest.Find()
	if err != nil {
		return nil, err
	}
	d.tool = filepath.Base(path)
	d.heading("Building the provider and starting the emulator: Microsoft Entra ID and Kusto on loopback")
	environ := append(service.Environ(ca),
		"KUSTO_CLUSTER_URI="+d.cluster.URI(), "ARM_TENANT_ID="+caller.TenantID,
		"ARM_CLIENT_ID="+caller.AppID, "ARM_CLIENT_SECRET="+caller.Secrets[0])
	if d.space, err = acctest.NewWorkspace(ctx, path, dir, environ); err != nil {
		return nil, err
	}
	d.space.Echo = os.Stdout
	root, err := acctest.Root()
	if err != nil {
		return nil, err
	}
	example, err := os.ReadFile(filepath.Join(root, "examples", "demo", "main.tf"))
	if err != nil {
		return nil, err
	}
	return d, d.space.Write("main.tf", string(example))
}

// grant applies the example and checks that each of its grants is there.
func (d *demo) grant(ctx context.Context) error {
	d.heading("Before: grants on " + d.cluster.URI())
	d.before = d.table()
	fmt.Print(d.before)
	d.heading(d.tool + " init and apply")
	if err := d.terraform(ctx, 0, "init"); err != nil {
		return err
	}
	if err := d.terraform(ctx, 0, "apply", "-auto-approve"); err != nil {
		return err
	}
	d.heading("After: grants")
	fmt.Print(d.table())
	for _, want := range []struct{ database, role, principal string }{
		{"Samples", "viewers", "dashboard"},
		{"Samples", "admins", "alice@contoso.com"},
		{"Samples", "admins", "bob@contoso.com"}, // was granted before and must be kept
		{"My DB", "users", "Data Readers"},
		{"My DB", "ingestors", "erin@fabrikam.com"},
	} {
		if !d.holds(want.database, want.role, want.principal) {
			return fmt.Errorf("%s does not have the role %s on %s", want.principal, want.role, want.database)
		}
	}
	return nil
}

func (d *demo) holds(database, role, principal string) bool {
	for _, g := range d.cluster.Grants(kusto.Securable{Kind: "database", Database: database}) {
		if g.Role == role && g.FQN == d.dir.Must(principal).FQN() {
			return true
		}
	}
	return false
}

// planWithoutChanges checks that a second plan has no changes.
func (d *demo) planWithoutChanges(ctx context.Context) error {
	d.heading("A second plan has no changes")
	d.cluster.ResetCommands()
	if err := d.terraform(ctx, 0, "plan", "-detailed-exitcode"); err != nil {
		return err
	}
	var sent []string
	for _, c := range d.cluster.Commands() {
		sent = append(sent, c.Text)
	}
	fmt.Printf("\nThe plan sent %d commands, one per database:\n  %s\n", len(sent), strings.Join(sent, "\n  "))
	if len(sent) != 2 {
		return fmt.Errorf("a plan of two databases sent %d commands", len(sent))
	}
	return nil
}

// repair revokes a grant outside Terraform, and checks that an apply grants it again.
func (d *demo) repair(ctx context.Context) error {
	d.heading("Erin's role is revoked outside Terraform; plan and apply repair it")
	d.cluster.Revoke(kusto.Securable{Kind: "database", Database: "My DB"}, "ingestors", d.dir.Must("erin@fabrikam.com"))
	const planHasChanges = 2
	if err := d.terraform(ctx, planHasChanges, "plan", "-detailed-exitcode", "-out=repair.plan"); err != nil {
		return err
	}
	if err := d.terraform(ctx, 0, "apply", "repair.plan"); err != nil {
		return err
	}
	if !d.holds("My DB", "ingestors", "erin@fabrikam.com") {
		return fmt.Errorf("the apply did not grant Erin's role again")
	}
	return nil
}

// revoke destroys, and checks that only the grants from before are left.
func (d *demo) revoke(ctx context.Context) error {
	d.heading(d.tool + " destroy")
	if err := d.terraform(ctx, 0, "destroy", "-auto-approve"); err != nil {
		return err
	}
	d.heading("After destroy: grants, as before")
	after := d.table()
	fmt.Print(after)
	if after != d.before {
		return fmt.Errorf("the grants differ from those before the first apply")
	}
	return nil
}

// terraform runs the CLI, with colours on a terminal. It fails unless the exit
// code is want.
func (d *demo) terraform(ctx context.Context, want int, command string, args ...string) error {
	if !d.colour {
		args = append([]string{"-no-color"}, args...)
	}
	_, err := d.space.Must(ctx, want, append([]string{command}, args...)...)
	return err
}

func (d *demo) heading(text string) {
	if d.colour {
		text = "\033[1m" + text + "\033[0m"
	}
	fmt.Printf("\n== %s\n\n", text)
}

// table lists every grant of the cluster.
func (d *demo) table() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 3, ' ', 0)
	fmt.Fprintln(w, "DATABASE\tROLE\tPRINCIPAL\tFQN\tNOTES")
	for _, g := range d.cluster.AllGrants() {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", g.Securable.Database, g.Grant.Role, g.Grant.DisplayName, g.Grant.FQN, g.Grant.Notes)
	}
	_ = w.Flush() // writing to a strings.Builder does not fail
	return b.String()
}
