// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
)

// scenario is one configuration: a number of grants on a number of tables, as
// member resources or as role resources.
type scenario struct {
	name       string
	grants     int
	securables int
	roles      bool
	seeded     bool // the state is copied from one grant, and only planned
	// The documented limits; 0 for no limit.
	plan, apply, destroy float64 // CPU time as a multiple of the bare plugin's
	shows                int     // commands in a plan
	writes               int     // writes in an apply
	changes              int     // commands in a change of one member of a role
	peakMiB              int     // memory of the provider
}

// scenarios are measured in this order.
var scenarios = []scenario{
	{name: "1 member", grants: 1, securables: 1, shows: 1, writes: 1, plan: 1.6},
	{name: "100 members, 1 table", grants: 100, securables: 1, shows: 1, plan: 1.6},
	{name: "100 members, 10 tables", grants: 100, securables: 10, shows: 10, plan: 1.6},
	{name: "100 in 1 role resource", grants: 100, securables: 1, roles: true, plan: 2.75, shows: 1, writes: 1, changes: 3},
	{name: "1,000 members, 1 table", grants: 1000, securables: 1, shows: 1, writes: 350, plan: 1.6, apply: 1.5, destroy: 1.5},
	{name: "1,000 members, 10 tables", grants: 1000, securables: 10, shows: 10, plan: 1.6, apply: 1.5, destroy: 1.5},
	{name: "1,000 in 1 role resource", grants: 1000, securables: 1, roles: true, plan: 2.75, shows: 1, writes: 10, changes: 3},
	{name: "1,000 in 10 role resources", grants: 1000, securables: 10, roles: true, plan: 2.75, shows: 10, writes: 10, changes: 12},
	{name: "10,000 members, 1 table", grants: 10000, securables: 1, seeded: true, shows: 1, plan: 1.6, peakMiB: 200},
	{name: "10,000 members, 10 tables", grants: 10000, securables: 10, seeded: true, shows: 10, plan: 1.6, peakMiB: 200},
	{name: "10,000 in 10 role resources", grants: 10000, securables: 10, roles: true, plan: 2.75, shows: 10, writes: 100, changes: 12, peakMiB: 200},
}

const required = `terraform {
  required_providers {
    kusto = {
      source = "kusto-community/kusto"
    }
  }
}
`

// fqnExpression is the i-th user of the directory, in the resolved form.
func fqnExpression(index string) string {
	return fmt.Sprintf(`format("aaduser=0a000000-0000-4000-8000-%%012d;%s", %s)`, entra.ContosoTenantID, index)
}

// configuration is the scenario in HCL.
func (s scenario) configuration() string {
	if s.roles {
		return required + fmt.Sprintf(`
resource "kusto_table_role" "it" {
  count         = %d
  database_name = "Bench"
  table_name    = "T${count.index}"
  role          = "ingestors"
  principals    = [for i in range(%d) : %s if i %% %d == count.index]
}
`, s.securables, s.grants, fqnExpression("i"), s.securables)
	}
	return required + fmt.Sprintf(`
resource "kusto_table_principal" "it" {
  count         = %d
  database_name = "Bench"
  table_name    = "T${count.index %% %d}"
  role          = "ingestors"
  principal_fqn = %s
}
`, s.grants, s.securables, fqnExpression("count.index"))
}

// minimum is the scenario with terraform_data resources.
func minimum(s scenario) string {
	if s.roles {
		return fmt.Sprintf("resource \"terraform_data\" \"it\" {\n  count = %d\n  input = [for i in range(%d) : %s if i %% %d == count.index]\n}\n",
			s.securables, s.grants, fqnExpression("i"), s.securables)
	}
	return fmt.Sprintf("resource \"terraform_data\" \"it\" {\n  count = %d\n  input = %s\n}\n", s.grants, fqnExpression("count.index"))
}
