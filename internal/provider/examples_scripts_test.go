// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
)

// The grants of a script are made, and its .set removes others from the role: of the guide's
// script, and of one with a hundred lines as teams have them.
func TestGuides_fromScripts(t *testing.T) {
	t.Parallel()
	s := newExampleCluster(t)
	s.Database("Samples").AddTable("Raw.Telemetry")
	s.Database("Samples").Add("function", "Worst")
	before := s.held()
	s.Grant(database("Samples"), "monitors", who("bob@contoso.com"), "")
	hcl := example(t, "guides/from-scripts/main.tf") + example(t, "guides/from-scripts/checked.tf")
	config := func(path string) string {
		absolute, err := filepath.Abs(path)
		if err != nil {
			t.Fatal(err)
		}
		return s.onTestCluster(strings.ReplaceAll(hcl, `"grants.kql"`, fmt.Sprintf("%q", absolute)))
	}
	ofGuide := config(filepath.Join(examplesDir, "guides", "from-scripts", "grants.kql"))
	want := grants{
		"database": {
			"viewers|Data Readers|dashboards", "viewers|dashboard|dashboards",
			"users|telemetry-agent|", "users|query-library|", "monitors|On-Call|",
		},
		"table":    {"ingestors|telemetry-agent|writes storm reports"},
		"function": {"admins|query-library|"},
	}
	raw := kusto.Securable{Kind: "table", Database: "Samples", Entity: "Raw.Telemetry"}
	hundred := append(grants{
		"database": {
			"viewers|Data Readers|dashboards", "viewers|dashboard|dashboards",
			`viewers|alice@contoso.com|it's "asked for" by Alice`, `viewers|Network Team|it's "asked for" by Alice`,
			"users|telemetry-agent|", "users|stream-analytics|", "users|query-library|", "unrestrictedviewers|Data Readers|",
			"monitors|On-Call|rota of operations",
		},
		"table":    {"ingestors|telemetry-agent|writes storm reports"},
		"function": {"admins|query-library|"},
	}.lines(),
		line(raw, "ingestors", who("telemetry-agent").FQN(), ""), line(raw, "ingestors", who("stream-analytics").FQN(), ""),
		line(raw, "admins", who("stream-analytics").FQN(), ""),
		line(kusto.Securable{Kind: "function", Database: "Samples", Entity: "Worst"}, "admins", who("query-library").FQN(), "deploys from contoso/queries"),
	)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_8_0)},
		Steps: []resource.TestStep{
			{Config: ofGuide, ConfigStateChecks: clusterIs(s.holds(want.lines()...))},
			{Config: ofGuide, PlanOnly: true},
			{Config: config(filepath.Join("testdata", "hundred.kql")), ConfigStateChecks: clusterIs(s.holds(hundred...))},
			{Config: s.config(""), ConfigStateChecks: clusterIs(s.holds(before...))},
		},
	})
}
