// SPDX-License-Identifier: MPL-2.0

package acctest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
)

// snapshot returns the zip that `make snapshot` built for this machine, and the
// version in its name.
func snapshot(t *testing.T) (zip, version string) {
	t.Helper()
	root, err := Root()
	if err != nil {
		t.Fatal(err)
	}
	const prefix = "terraform-provider-kusto_"
	suffix := "_" + runtime.GOOS + "_" + runtime.GOARCH + ".zip"
	zips, _ := filepath.Glob(filepath.Join(root, "dist", prefix+"*"+suffix))
	if len(zips) != 1 {
		t.Skip("no release in dist/: `make snapshot` builds one and runs this test")
	}
	return zips[0], strings.TrimSuffix(strings.TrimPrefix(filepath.Base(zips[0]), prefix), suffix)
}

func TestSnapshot_isInstalledFromAMirror(t *testing.T) {
	if os.Getenv("TF_ACC") == "" {
		t.Skip("runs a CLI: set TF_ACC=1")
	}
	zip, version := snapshot(t)
	service, err := emulator.Start(emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = service.Close() })
	w := mirrored(t, service, zip)
	app, alice := service.Directory().App("ci-deployer"), service.Directory().Must("alice@contoso.com")
	cluster := service.AddCluster(kusto.ClusterConfig{Name: "released", Admins: []*entra.Principal{app}})
	cluster.AddDatabase("Samples")
	hcl := fmt.Sprintf(`
terraform {
  required_providers {
    kusto = {
      source  = "kusto-community/kusto"
      version = %q
    }
  }
}
provider "kusto" {
  cluster_uri   = %q
  tenant_id     = %q
  client_id     = %q
  client_secret = %q
}
resource "kusto_database_principal" "alice" {
  database_name = "Samples"
  role          = "viewers"
  principal_fqn = "aaduser=alice@contoso.com"
}
`, version, cluster.URI(), app.TenantID, app.AppID, app.Secrets[0])
	if err := w.Write("main.tf", hcl); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"init", "-no-color"}, {"apply", "-no-color", "-auto-approve"}} {
		if _, err := w.Must(t.Context(), 0, args...); err != nil {
			t.Fatal(err)
		}
	}
	held := cluster.Grants(kusto.Securable{Kind: "database", Database: "Samples"})
	if len(held) != 1 || held[0].FQN != alice.FQN() {
		t.Errorf("grants: %+v", held)
	}
	for _, c := range cluster.Commands() {
		if !strings.Contains(c.ClientVersion, "terraform-provider-kusto/"+version) {
			t.Errorf("the client version is %[2]q, want %[1]s in it", version, c.ClientVersion)
		}
	}
}

// mirrored is a workspace with the zip in the CLI's filesystem mirror.
func mirrored(t *testing.T, service *emulator.Emulator, zip string) *Workspace {
	t.Helper()
	path, err := Find()
	if err != nil {
		t.Skip(err)
	}
	dir := t.TempDir()
	ca, err := service.WriteCA(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range registries {
		packed := filepath.Join(dir, "mirror", host, address)
		if err := os.MkdirAll(packed, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(zip, filepath.Join(packed, filepath.Base(zip))); err != nil {
			t.Fatal(err)
		}
	}
	w, err := newWorkspace(path, dir, service.Environ(ca))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestSnapshot_hasEveryPlatformAndItsChecksum(t *testing.T) {
	zip, version := snapshot(t)
	dist := filepath.Dir(zip)
	sums, err := os.ReadFile(filepath.Join(dist, "terraform-provider-kusto_"+version+"_SHA256SUMS"))
	if err != nil {
		t.Fatal(err)
	}
	for _, platform := range []string{
		"linux_amd64", "linux_arm64", "linux_arm", "linux_386", "darwin_amd64", "darwin_arm64",
		"windows_amd64", "windows_arm64", "windows_386", "freebsd_amd64", "freebsd_386",
	} {
		if !strings.Contains(string(sums), "_"+platform) {
			t.Errorf("no zip for %s", platform)
		}
	}
	content, err := os.ReadFile(zip)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(content)
	for _, want := range []string{
		hex.EncodeToString(sum[:]) + "  " + filepath.Base(zip),
		"terraform-provider-kusto_" + version + "_manifest.json",
	} {
		if !strings.Contains(string(sums), want) {
			t.Errorf("SHA256SUMS lacks %q:\n%s", want, sums)
		}
	}
}
