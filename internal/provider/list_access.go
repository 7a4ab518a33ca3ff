// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// accessModel is a kusto_*_access in a list: the models of its roles.
type accessModel struct {
	*roleModel
	all map[string]attr.Value
}

func (m accessModel) values() map[string]attr.Value { return m.all }

// newAccessList is list "kusto_<type>_access": everyone who has a role, one resource for each
// securable.
func newAccessList(t *kusto.SecurableType) list.ListResource {
	r := newAccessResource(t)
	return &securableList{
		securableResource: r.securableResource,
		description: fmt.Sprintf("Lists the principals that hold roles on %s, to import them as `%s`, which then manages all roles. Inherited roles are not listed.",
			orEvery(t), r.typeName),
		ofAllRoles: true,
		resourcesOf: func(at target, l *kusto.PrincipalList, _ []*kusto.Grant) []listedResource {
			var ms []*roleModel
			holders := make(map[string]bool)
			for _, role := range t.RoleNames() {
				at.role = types.StringValue(role)
				for _, g := range l.Direct(at.kustoRole()) {
					holders[g.Principal.String()] = true
				}
				ms = append(ms, listedRole(l, at, true))
			}
			return []listedResource{{fmt.Sprintf("all roles of %s: %d principals", at.securable(), len(holders)), accessModel{ms[0], r.values(ms, types.Object{})}}}
		},
	}
}
