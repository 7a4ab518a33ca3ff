// SPDX-License-Identifier: MPL-2.0

package anycluster

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// address is that of the fixture's resource of a kind, "principal" or "role".
func (f *fixture) address(resource string) string {
	return "kusto_" + f.securable.Type.Slug + "_" + resource + ".it"
}

// principalHCL is a configuration with the role for one principal.
func (f *fixture) principalHCL(principal, notes string) string {
	arguments := "  principal_fqn = " + quoteHCL(principal) + "\n"
	if notes != "" {
		arguments += "  notes = " + quoteHCL(notes) + "\n"
	}
	return f.hcl("principal", arguments)
}

// roleHCL is a configuration with the whole role for principals. It ignores those who
// hold it already: on a real cluster, the creator of a table is one of its admins.
func (f *fixture) roleHCL(principals ...string) string {
	var present []string
	for _, g := range f.before[len(f.needed)].grants {
		present = append(present, g.Principal.String())
	}
	arguments := "  principals = " + listHCL(principals...) + "\n"
	if len(present) > 0 {
		arguments += "  ignore_principals = " + listHCL(present...) + "\n"
	}
	return f.hcl("role", arguments)
}

// hcl is a whole configuration. Both principals get the roles that are needed first.
func (f *fixture) hcl(resource, arguments string) string {
	text := fmt.Sprintf("provider \"kusto\" {\n  cluster_uri = %s\n}\n", quoteHCL(f.uri))
	for _, needed := range f.needed {
		text += fmt.Sprintf(`
resource "kusto_database_principal" "needed" {
  count         = 2
  database_name = %s
  role          = %q
  principal_fqn = %s[count.index]
}
`, quoteHCL(f.securable.Database), needed.role, listHCL(f.principal, f.other))
		arguments += "  depends_on = [kusto_database_principal.needed]\n"
	}
	if f.role == kusto.Admins {
		// The caller may be an admin only as a member of a group that comes and goes here.
		arguments += "  allow_lockout = true\n"
	}
	kind := f.securable.Type
	if kind.InsideDatabase() {
		arguments += fmt.Sprintf("  %s = %s\n", kind.NameAttribute(), quoteHCL(f.securable.Name))
	}
	return text + fmt.Sprintf(`
resource "kusto_%s_%s" "it" {
  database_name = %s
  role          = %q
%s}
`, kind.Slug, resource, quoteHCL(f.securable.Database), f.role, arguments)
}

func listHCL(values ...string) string {
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = quoteHCL(v)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// quoteHCL writes a string as HCL reads it: no template in it is one.
func quoteHCL(s string) string {
	return strings.NewReplacer("${", "$${", "%{", "%%{").Replace(strconv.Quote(s))
}
