// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/terraform"
)

// madeIdentity is the identity that azurerm makes in an example: azurerm is not here.
var madeIdentity = regexp.MustCompile(`(?s)resource "azurerm_user_assigned_identity" "agent" \{.*?\n\}\n`)

// All examples of "Grants as data" in one configuration, as files in a directory, on two
// clusters.
func TestGuides_grantsAsData(t *testing.T) {
	t.Parallel()
	s, other := newExampleCluster(t), newExampleCluster(t)
	agent := who("telemetry-agent")
	onOurs := strings.NewReplacer(
		"azurerm_user_assigned_identity.agent.", "terraform_data.agent.output.", "https://mytestcluster.westeurope.kusto.windows.net", other.uri,
	)
	made := fmt.Sprintf("resource \"terraform_data\" \"agent\" {\n  input = { client_id = %q, tenant_id = %q }\n}\n", agent.AppID, agent.TenantID)
	files := map[string]string{"main.tf": requiresKusto + s.provider}
	read := func(folder, into string) {
		err := fs.WalkDir(os.DirFS(path.Join(examplesDir, folder)), ".", func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || strings.HasPrefix(name, "tests/") {
				return err
			}
			raw, err := os.ReadFile(path.Join(examplesDir, folder, name))
			text := onOurs.Replace(madeIdentity.ReplaceAllLiteralString(string(raw), made))
			files[path.Join(into, name)] = exampleCluster.ReplaceAllLiteralString(text, s.uri)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	read("guides/grants-as-data", "")
	read("modules/database-access", "modules/database-access")
	if strings.Contains(files["identity.tf"], "azurerm") {
		t.Fatalf("the example has changed:\n%s", files["identity.tf"])
	}
	for _, cluster := range []*testCluster{s, other} {
		for _, name := range []string{"Sales", "Audited"} {
			cluster.AddDatabase(name)
		}
	}
	everywhere := func() (lines []string) {
		for _, name := range []string{"Samples", "Sales"} {
			lines = append(lines, on(name, "viewers", "Network Team", ""), on(name, "users", "Lake Owners", ""))
		}
		return lines
	}
	held := append(everywhere(),
		on("Samples", "viewers", "alice@contoso.com", "sales reports, until Q3"), on("Samples", "monitors", "On-Call", "rota"),
		on("Samples", "users", "bob@contoso.com", `maintains "daily counts"`),
		on("Samples", "admins", "ci-deployer", "Weather pipeline"), on("Samples", "viewers", "Data Readers", "Data Readers"),
		on("Samples", "unrestrictedviewers", "Data Readers", "Data Readers"),
		on("Samples", "ingestors", "telemetry-agent", "writes telemetry"), on("Sales", "ingestors", "telemetry-agent", "writes telemetry"),
		on("Audited", "admins", "ci-deployer", ""), on("Audited", "admins", "On-Call", ""),
		on("Audited", "viewers", "erin@fabrikam.com", "Auditors at Fabrikam"),
	)
	onOther := func(*terraform.State) error { return same("the other cluster", other.held(), everywhere()) }
	s.testWithBinary(t, workspace(t), files, s.holds(held...), onOther)
}

func on(name, role, principal, notes string) string {
	return line(database(name), role, who(principal).FQN(), notes)
}
