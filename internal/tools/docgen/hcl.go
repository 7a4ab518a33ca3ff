// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// cluster is the address in every example.
const cluster = "https://mycluster.westeurope.kusto.windows.net"

// attribute is one line of HCL: a name and an expression.
type attribute struct{ name, value string }

// target are the attributes that name the cluster, the securable and the role, in
// the order of an import id.
func (s story) target(kind *kusto.SecurableType, role string) []attribute {
	return append(append([]attribute{{"cluster_uri", quoted(cluster)}}, s.securable(kind)...), attribute{"role", quoted(role)})
}

// securable are the attributes that name the securable.
func (s story) securable(kind *kusto.SecurableType) []attribute {
	if kind == kusto.Cluster {
		return nil
	}
	names := []attribute{{kusto.Database.NameAttribute(), quoted(s.database)}}
	if kind.InsideDatabase() {
		names = append(names, attribute{kind.NameAttribute(), quoted(kind.Example)})
	}
	return names
}

// lines writes attributes like terraform fmt, with aligned equals signs.
func lines(indent string, attributes []attribute) string {
	widest := 0
	for _, a := range attributes {
		widest = max(widest, len(a.name))
	}
	var b strings.Builder
	for _, a := range attributes {
		fmt.Fprintf(&b, "%s%-*s = %s\n", indent, widest, a.name, a.value)
	}
	return b.String()
}

// block writes a block of attributes, followed by more lines.
func block(header string, attributes []attribute, more ...string) string {
	return header + " {\n" + lines("  ", attributes) + strings.Join(more, "") + "}\n"
}

const needsDatabaseRole = "# A role on an object in a database also requires a role on the database.\n"

// databaseRole is the role on the database that a principal needs before a role on an
// entity, or that lets it use the entity. It gives no write access to other entities.
func databaseRole(kind *kusto.SecurableType, role string) string {
	if needed := kind.Needs(kusto.Role(role)); len(needed) > 0 && !slices.Contains(needed, kusto.Viewers) {
		return string(kusto.Users)
	}
	return string(kusto.Viewers)
}

func memberExample(kind *kusto.SecurableType, s story) string {
	var blocks []string
	for _, m := range s.members {
		principal, dependsOn := quoted(m.principal), ""
		if kind.InsideDatabase() {
			blocks = append(blocks, needsDatabaseRole+block(`resource "kusto_database_principal" `+quoted(m.label), []attribute{
				{kusto.Database.NameAttribute(), quoted(s.database)}, {"role", quoted(databaseRole(kind, m.role))}, {"principal_fqn", principal},
			}))
			dependsOn = "\n  depends_on = [kusto_database_principal." + m.label + "]\n"
		}
		attributes := append(s.securable(kind), attribute{"role", quoted(m.role)}, attribute{"principal_fqn", principal})
		if m.notes != "" {
			attributes = append(attributes, attribute{"notes", quoted(m.notes)})
		}
		blocks = append(blocks, "# "+m.why+"\n"+block(`resource "kusto_`+kind.Slug+`_principal" `+quoted(m.label), attributes, dependsOn))
	}
	return strings.Join(blocks, "\n")
}

func roleExample(kind *kusto.SecurableType, s story) string {
	header := "# " + s.why + "\n" + `resource "kusto_` + kind.Slug + `_role" ` + quoted(s.role)
	attributes := append(s.securable(kind), attribute{"role", quoted(s.role)})
	var list strings.Builder
	for _, holder := range s.holders {
		fmt.Fprintf(&list, "    %q,\n", holder)
	}
	if !kind.InsideDatabase() {
		return block(header, attributes, "  principals = [\n"+list.String()+"  ]\n", s.notesMap())
	}
	prepare := "locals {\n  " + s.holdersAre + " = [\n" + list.String() + "  ]\n}\n\n" + needsDatabaseRole +
		"resource \"kusto_database_principal\" " + quoted(s.holdersAre) + " {\n  for_each = toset(local." + s.holdersAre + ")\n\n" +
		lines("  ", []attribute{{kusto.Database.NameAttribute(), quoted(s.database)}, {"role", quoted(databaseRole(kind, s.role))}, {"principal_fqn", "each.value"}}) + "}\n\n"
	attributes = append(attributes, attribute{"principals", "local." + s.holdersAre})
	return prepare + block(header, attributes, "\n  depends_on = [kusto_database_principal."+s.holdersAre+"]\n")
}

// notesMap is the attribute notes of a whole role.
func (s story) notesMap() string {
	if s.notes.name == "" {
		return ""
	}
	return "\n  notes = {\n    " + quoted(s.notes.name) + " = " + quoted(s.notes.value) + "\n  }\n"
}

func accessExample(kind *kusto.SecurableType, s story) string {
	prepare, dependsOn := "", ""
	var grants []attribute
	for _, h := range s.access {
		grants = append(grants, attribute{h.role, `["` + strings.Join(h.holders, `", "`) + `"]`})
		if kind.InsideDatabase() {
			label := kind.Slug + "_" + h.role
			prepare += block(`resource "kusto_database_principal" `+quoted(label), []attribute{
				{kusto.Database.NameAttribute(), quoted(s.database)}, {"role", quoted(databaseRole(kind, h.role))}, {"principal_fqn", quoted(h.holders[0])},
			}) + "\n"
			dependsOn += ", kusto_database_principal." + label
		}
	}
	if prepare != "" {
		prepare, dependsOn = needsDatabaseRole+prepare, "\n  depends_on = ["+strings.TrimPrefix(dependsOn, ", ")+"]\n"
	}
	return prepare + "# " + s.accessWhy + "\n" + block(`resource "kusto_`+kind.Slug+`_access" `+quoted(kind.Slug), s.securable(kind),
		"\n  grants = {\n", lines("    ", grants), "  }\n", s.notesMap(), dependsOn)
}

func dataExample(kind *kusto.SecurableType, s story) string {
	attributes := s.securable(kind)
	if s.reads != "" {
		attributes = append(attributes, attribute{"role", quoted(s.reads)})
	}
	source := "kusto_" + kind.Slug + "_principals"
	return block("data "+quoted(source)+" "+quoted(kind.Slug), attributes) + "\n" +
		block("output "+quoted(s.output), []attribute{{"value", fmt.Sprintf(s.shows, "data."+source+"."+kind.Slug)}})
}

// listExample lists one securable, every one, and what one person has.
func listExample(kind *kusto.SecurableType, s story, resource, ofAPerson string) string {
	list := func(why, label string, lines ...string) string {
		return "# " + why + "\nlist " + quoted(resource) + " " + quoted(label) + " {\n  provider = kusto\n" + strings.Join(lines, "") + "}\n"
	}
	const many = "  limit    = 10000\n"
	config := func(attributes []attribute) string { return "\n  config {\n" + lines("    ", attributes) + "  }\n" }
	var examples []string
	all := "The cluster."
	if kind != kusto.Cluster {
		examples, all = append(examples, list("One "+kind.Noun+".", "one", config(s.securable(kind)))), "Every "+kind.Noun+" of the cluster."
	}
	if kind.InsideDatabase() {
		examples = append(examples, list("Every "+kind.Noun+" of a database.", "of_the_database", many, config(s.securable(kind)[:1])))
	}
	examples = append(examples,
		list(all, "all", many),
		list(ofAPerson, "alice", many, config([]attribute{{"principal_fqn", quoted("aaduser=alice@contoso.com")}})))
	return strings.Join(examples, "\n")
}

// idOf joins attributes to an import id.
func idOf(attributes []attribute) string {
	parts := make([]string, len(attributes))
	for i, a := range attributes {
		parts[i] = strings.Trim(a.value, `"`)
	}
	return strings.Join(parts, "|")
}

func importCommand(resource, label string, id []attribute) string {
	return fmt.Sprintf("terraform import %s.%s '%s'\n", resource, label, idOf(id))
}

func importByID(resource, label string, id []attribute) string {
	return block("import", []attribute{{"to", resource + "." + label}, {"id", quoted(idOf(id))}})
}

func importByIdentity(resource, label string, id []attribute) string {
	return "import {\n  to = " + resource + "." + label + "\n  identity = {\n" + lines("    ", id) + "  }\n}\n"
}
