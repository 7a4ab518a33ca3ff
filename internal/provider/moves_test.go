// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
)

var moveRuns = flag.Int("moves", 100, "how many random changes of a configuration to apply")

// moveConfig is a configuration: the blocks of member and role resources.
type moveConfig []moveBlock

// moveBlock is a resource block with its instances.
type moveBlock struct {
	typeName    string // kusto_database_principal, kusto_table_role, …
	label       string
	counted     bool // by count, otherwise by for_each
	createFirst bool // create_before_destroy
	instances   []moveInstance
}

// moveInstance is an instance of a block.
type moveInstance struct {
	key                   string // of for_each
	database, table, role string
	principals            []moveName // one for a member
	notes                 *string    // those of all principals
	replace               bool       // apply -replace
	// also are the principals of the other roles, if one resource manages all.
	also map[string][]moveName
}

// moveName is a principal as a configuration writes it.
type moveName struct {
	principal *entra.Principal
	written   string
}

// kind is what an instance declares: a "principal", a "role" or "access".
func (b moveBlock) kind() string { return b.typeName[strings.LastIndex(b.typeName, "_")+1:] }

// isRole reports whether an instance manages whole roles.
func (b moveBlock) isRole() bool { return b.kind() != "principal" }

// slots are the instance for each role that it manages.
func (i moveInstance) slots() []moveInstance {
	slots := []moveInstance{i}
	for _, role := range moveRoles(i.table) {
		if other := i; i.also != nil && role != i.role {
			other.role, other.principals = role, i.also[role]
			slots = append(slots, other)
		}
	}
	return slots
}

// moveRoles are the roles that configurations grant.
func moveRoles(table string) []string {
	if table != "" {
		return []string{"admins", "ingestors"}
	}
	return []string{"admins", "users", "viewers", "unrestrictedviewers", "ingestors", "monitors"}
}

func (b moveBlock) address(i int) string {
	if b.counted {
		return fmt.Sprintf("%s.%s[%d]", b.typeName, b.label, i)
	}
	return fmt.Sprintf("%s.%s[%q]", b.typeName, b.label, b.instances[i].key)
}

// slot is the role that an instance grants, however its database is spelled.
func (i moveInstance) slot() string {
	return strings.ToLower(i.database) + "/" + i.table + ":" + i.role
}

func (i moveInstance) securable() kusto.Securable {
	if i.table != "" {
		return kusto.Securable{Kind: "table", Database: moveDatabase(i.database), Entity: i.table}
	}
	return database(moveDatabase(i.database))
}

var moveDatabases = []string{"Samples", "My DB"}

// moveDatabase is a database's own spelling, as far as it is one of these.
func moveDatabase(name string) string {
	if at := slices.IndexFunc(moveDatabases, func(own string) bool { return strings.EqualFold(own, name) }); at >= 0 {
		return moveDatabases[at]
	}
	return name
}

// grants are the grants of the configuration with their notes, nil for any.
func (c moveConfig) grants() map[string]*string {
	grants := make(map[string]*string)
	for _, b := range c {
		for _, i := range b.slots() {
			for _, name := range i.principals {
				grants[line(i.securable(), i.role, name.principal.FQN(), "")] = i.notes
			}
		}
	}
	return grants
}

// compareGrants tells which grants of the configuration the cluster lacks, and which
// it has besides.
func (s *testCluster) compareGrants(c moveConfig) (lost, left []string) {
	want := c.grants()
	for _, g := range s.AllGrants() {
		if g.Grant.Creator {
			continue
		}
		text := line(g.Securable, g.Grant.Role, g.Grant.FQN, "")
		notes, wanted := want[text]
		switch {
		case !wanted:
			left = append(left, text)
		case notes != nil && *notes != g.Grant.Notes:
			left = append(left, fmt.Sprintf("%s with the notes %q, not %q", text, g.Grant.Notes, *notes))
		}
		delete(want, text)
	}
	return slices.Sorted(maps.Keys(want)), left
}

// hcl is the configuration as a user writes it.
func (c moveConfig) hcl() string {
	var out strings.Builder
	for _, b := range c {
		b.write(&out)
	}
	return out.String()
}

func (b moveBlock) write(out *strings.Builder) {
	fmt.Fprintf(out, "resource %q %q {\n", b.typeName, b.label)
	this := "each.value"
	if b.counted {
		this = "local." + b.label + "[count.index]"
		fmt.Fprintf(out, "  count = length(local.%s)\n", b.label)
	} else {
		fmt.Fprintf(out, "  for_each = local.%s\n", b.label)
	}
	for _, attribute := range b.attributes() {
		fmt.Fprintf(out, "  %s = %s.%s\n", attribute, this, attribute)
	}
	fmt.Fprintf(out, "  allow_lockout = true\n  lifecycle {\n    create_before_destroy = %t\n  }\n}\n", b.createFirst)
	brackets := "{}"
	if b.counted {
		brackets = "[]"
	}
	fmt.Fprintf(out, "locals {\n  %s = %c\n", b.label, brackets[0])
	for _, i := range b.instances {
		key := ""
		if !b.counted {
			key = fmt.Sprintf("%q = ", i.key)
		}
		fmt.Fprintf(out, "    %s{ %s },\n", key, strings.Join(b.assignments(i), ", "))
	}
	fmt.Fprintf(out, "  %c\n}\n", brackets[1])
}

func (b moveBlock) attributes() []string {
	names := []string{"database_name"}
	if strings.HasPrefix(b.typeName, "kusto_table_") {
		names = append(names, "table_name")
	}
	return append(names, map[string][]string{
		"principal": {"role", "principal_fqn", "notes"}, "role": {"role", "principals", "notes"}, "access": {"grants"},
	}[b.kind()]...)
}

// slots are those of all instances.
func (b moveBlock) slots() (all []moveInstance) {
	for _, i := range b.instances {
		all = append(all, i.slots()...)
	}
	return all
}

// assignments are the values of an instance's attributes in HCL.
func (b moveBlock) assignments(i moveInstance) []string {
	var quoted, noted, grants []string
	for _, name := range i.principals {
		quoted = append(quoted, fmt.Sprintf("%q", name.written))
	}
	notes := "null"
	if i.notes != nil {
		notes = fmt.Sprintf("%q", *i.notes)
	}
	if i.notes != nil && b.isRole() {
		for _, name := range quoted {
			noted = append(noted, name+" = "+notes)
		}
		notes = "{ " + strings.Join(noted, ", ") + " }"
	}
	for _, slot := range i.slots() {
		var names []string
		for _, name := range slot.principals {
			names = append(names, fmt.Sprintf("%q", name.written))
		}
		grants = append(grants, slot.role+" = ["+strings.Join(names, ", ")+"]")
	}
	values := map[string]string{
		"database_name": fmt.Sprintf("%q", i.database), "role": fmt.Sprintf("%q", i.role), "table_name": fmt.Sprintf("%q", i.table),
		"principals": "[" + strings.Join(quoted, ", ") + "]", "principal_fqn": quoted[0], "notes": notes, "grants": "{ " + strings.Join(grants, ", ") + " }",
	}
	var out []string
	for _, name := range b.attributes() {
		out = append(out, name+" = "+values[name])
	}
	return out
}

// replaced are the addresses that apply -replace names.
func (c moveConfig) replaced() []string {
	var addresses []string
	for _, b := range c {
		for i, instance := range b.instances {
			if instance.replace {
				addresses = append(addresses, b.address(i))
			}
		}
	}
	return addresses
}

// newMoveCluster is a cluster with the databases and tables of all configurations.
func newMoveCluster(t *testing.T) *testCluster {
	t.Helper()
	s := newTestCluster(t)
	for _, name := range moveDatabases {
		s.AddDatabase(name)
		s.Database(name).AddTable("Night Admin")
	}
	return s
}

// TestMoves_noApplyLosesAGrant changes random configurations at random: a third of them in
// two runs that nothing disturbs, after each of which the cluster holds exactly the grants of
// the configuration. The others are histories of disturbed runs. The seed decides everything
// but the order in which requests arrive.
func TestMoves_noApplyLosesAGrant(t *testing.T) {
	t.Parallel()
	runs := *moveRuns
	if testing.Short() {
		runs = min(runs, 4)
	}
	for seed := 1; seed <= runs; seed++ {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			if seed%3 == 0 {
				newMoveRun(uint64(seed)).check(t)
				return
			}
			newMoveHistory(uint64(seed)).check(t)
		})
	}
}
