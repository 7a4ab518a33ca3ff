// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"
)

// The script's grants are made, and its .set removes others from the role.
func TestGuides_fromScripts(t *testing.T) {
	t.Parallel()
	s := newExampleCluster(t)
	before := s.held()
	s.Grant(database("Samples"), "monitors", who("bob@contoso.com"), "")
	path, err := filepath.Abs(filepath.Join(examplesDir, "guides", "from-scripts", "grants.kql"))
	if err != nil {
		t.Fatal(err)
	}
	hcl := example(t, "guides/from-scripts/main.tf") + example(t, "guides/from-scripts/checked.tf")
	config := s.onTestCluster(strings.ReplaceAll(hcl, `"grants.kql"`, fmt.Sprintf("%q", path)))
	want := grants{
		"database": {
			"viewers|Data Readers|dashboards", "viewers|dashboard|dashboards",
			"users|telemetry-agent|", "users|query-library|", "monitors|On-Call|",
		},
		"table":    {"ingestors|telemetry-agent|writes storm reports"},
		"function": {"admins|query-library|"},
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_8_0)},
		Steps: []resource.TestStep{
			{Config: config, ConfigStateChecks: clusterIs(s.holds(want.lines()...))},
			{Config: config, PlanOnly: true},
			{Config: s.config(""), ConfigStateChecks: clusterIs(s.holds(before...))},
		},
	})
}
