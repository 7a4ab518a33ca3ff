// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// unshown are the grants that were there before and are not after, without those that a plan
// shows as removed.
func unshown(changes []*moveChange, before, after []string) []string {
	shown := removals(changes)
	return slices.DeleteFunc(slices.Clone(before), func(grant string) bool {
		return slices.Contains(after, grant) || slices.Contains(shown, grant)
	})
}

// removals are the grants that a plan shows as removed.
func removals(changes []*moveChange) (grants []string) {
	for _, change := range changes {
		if change.action == "" {
			continue
		}
		was, is := byRole(attributesOf(nullIfNone(change.prior))), byRole(attributesOf(change.planned))
		for _, w := range was {
			left := holdersOf(w)
			for _, i := range is {
				if slotOf(w) == slotOf(i) && change.action == "update" {
					kept := append(holdersOf(i), textsOf(i["principals"])...)
					left = slices.DeleteFunc(left, func(fqn string) bool { return slices.Contains(kept, fqn) })
				}
			}
			if change.action != "create" {
				grants = append(grants, grantsOf(w, left)...)
			}
		}
		for _, i := range is {
			if change.action != "delete" {
				grants = append(grants, grantsOf(i, textsOf(i["removed_principals"]))...)
			}
		}
	}
	return grants
}

// byRole are the attributes of an object that manages all roles, as those of one for each. Any
// other object is one itself.
func byRole(object map[string]tftypes.Value) (all []map[string]tftypes.Value) {
	if _, hasAll := object["grants"]; !hasAll {
		return []map[string]tftypes.Value{object}
	}
	table := strings.Join(textsOf(object["table_name"]), "")
	for _, role := range moveRoles(table) {
		one := maps.Clone(object)
		one["role"] = tftypes.NewValue(tftypes.String, role)
		for name, of := range map[string]string{"principals": "grants", "members": "members", "removed_principals": "removed_principals"} {
			delete(one, name)
			if m := object[of]; m.Type() != nil && m.IsKnown() && !m.IsNull() {
				if v, ok := attributesOf(m)[role]; ok {
					one[name] = v
				}
			}
		}
		all = append(all, one)
	}
	return all
}

func nullIfNone(o *object) tftypes.Value {
	if o == nil {
		return tftypes.NewValue(tftypes.Object{}, nil)
	}
	return o.value
}

// holdersOf are the principals that hold a role by an object, as Kusto resolved them, or as
// they are written.
func holdersOf(object map[string]tftypes.Value) (fqns []string) {
	if fqns = textsOf(object["resolved_fqn"]); len(fqns) == 0 {
		fqns = textsOf(object["principal_fqn"])
	}
	if members := object["members"]; members.Type() != nil && members.IsKnown() && !members.IsNull() {
		for name, member := range attributesOf(members) {
			if fqn := textsOf(attributesOf(member)["resolved_fqn"]); len(fqn) > 0 {
				fqns = append(fqns, fqn...)
			} else {
				fqns = append(fqns, name)
			}
		}
	}
	return fqns
}

// slotOf is the role on a securable that an object is about.
func slotOf(object map[string]tftypes.Value) string {
	return strings.Join(grantsOf(object, []string{""}), "")
}

func grantsOf(object map[string]tftypes.Value, fqns []string) (grants []string) {
	text := func(name string) string { return strings.Join(textsOf(object[name]), "") }
	i := moveInstance{database: text("database_name"), table: text("table_name"), role: text("role")}
	for _, fqn := range fqns {
		grants = append(grants, grantLine(i.securable(), i.role, fqn))
	}
	return grants
}

// textsOf are the texts that a value is or has, as far as they are known.
func textsOf(v tftypes.Value) (texts []string) {
	if v.Type() == nil || !v.IsKnown() || v.IsNull() {
		return nil
	}
	var text string
	if v.As(&text) == nil {
		return []string{text}
	}
	var list []tftypes.Value
	if v.As(&list) == nil {
		for _, element := range list {
			texts = append(texts, textsOf(element)...)
		}
	}
	return texts
}
