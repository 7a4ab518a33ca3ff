package main

import (
	"fmt"
	"strings"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator"
)

// scenario is one shape of configuration: how many grants, over how many tables,
// as members or as roles.
type scenario struct {
	name       string
	grants     int
	securables int
	hcl        func(s scenario) string
	// What issue and documentation promise; 0 for nothing.
	plan, apply, destroy      float64 // most times the floor
	showCommands, addCommands int     // most commands in a plan, and in an apply
	providerMiB               int     // most memory of the provider
}

// scenarios are measured in this order.
var scenarios = []scenario{
	{name: "1 member", grants: 1, securables: 1, hcl: members, plan: 1.2, showCommands: 1},
	{name: "100 members, 1 table", grants: 100, securables: 1, hcl: members, showCommands: 1},
	{name: "100 members, 10 tables", grants: 100, securables: 10, hcl: members, showCommands: 10},
	{name: "1,000 members, 1 table", grants: 1000, securables: 1, hcl: members, showCommands: 1, addCommands: 250},
	{name: "1,000 members, 10 tables", grants: 1000, securables: 10, hcl: members, plan: 1.25, apply: 1.5, destroy: 1.25, showCommands: 10},
	{name: "1,000 in 1 role resource", grants: 1000, securables: 1, hcl: roles, showCommands: 1, addCommands: 1},
	{name: "1,000 in 10 role resources", grants: 1000, securables: 10, hcl: roles, showCommands: 10, addCommands: 10},
	{name: "10,000 members, 1 table", grants: 10000, securables: 1, hcl: members, showCommands: 1},
	{name: "10,000 members, 10 tables", grants: 10000, securables: 10, hcl: members, plan: 1.25, showCommands: 10, providerMiB: 200},
	{name: "10,000 in 1 role resource", grants: 10000, securables: 1, hcl: roles, showCommands: 1, addCommands: 1},
}

const required = `terraform {
  required_providers {
    kusto = {
      source = "kusto-community/kusto"
    }
  }
}
`

// fqn is the i-th user of the directory, in the form that needs no look-up.
func fqnExpression(index string) string {
	return fmt.Sprintf(`format("aaduser=0a000000-0000-4000-8000-%%012d;%s", %s)`, emulator.ContosoTenantID, index)
}

func members(s scenario) string {
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

func roles(s scenario) string {
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

// floor is what Terraform itself takes for as many resources.
func floor(s scenario) string {
	return fmt.Sprintf("resource \"terraform_data\" \"it\" {\n  count = %d\n  input = \"T${count.index}\"\n}\n", s.resources())
}

// resources is how many resources the scenario's configuration has.
func (s scenario) resources() int {
	if strings.Contains(s.name, "role resource") {
		return s.securables
	}
	return s.grants
}
