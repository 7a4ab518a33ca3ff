// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// newRoleList is list "kusto_<type>_role": the roles that anybody holds, with everyone who
// does.
func newRoleList(t *kusto.SecurableType) list.ListResource {
	r := newRoleResource(t).securableResource
	return &securableList{
		securableResource: r,
		description: fmt.Sprintf("Lists the roles that principals hold on %s, to import them as `%s`, which then manages all principals of the role. Inherited roles are not listed.",
			orEvery(t), r.typeName),
		resourcesOf: func(t target, l *kusto.PrincipalList, _ []*kusto.Grant) []listedResource {
			everyone := l.Direct(t.kustoRole())
			principals := fmt.Sprintf("%d principals", len(everyone))
			if len(everyone) == 1 {
				principals = everyone[0].DisplayName
			}
			return []listedResource{{fmt.Sprintf("%s of %s: %s", t.kustoRole(), t.securable(), principals), listedRole(l, t, false)}}
		},
	}
}

// listedRole is the model of a role in a list: one of all, for a resource that manages them.
func listedRole(l *kusto.PrincipalList, at target, oneOfAll bool) *roleModel {
	m := &roleModel{
		commonModel: commonModel{target: at}, oneOfAll: oneOfAll,
		ignored: types.SetNull(types.StringType), removed: types.ListNull(types.StringType),
	}
	m.importRows(l, l.Direct(at.kustoRole()))
	m.id = importID(m.identity())
	return m
}
