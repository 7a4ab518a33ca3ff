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
			m := &roleModel{commonModel: commonModel{target: t}, ignored: types.SetNull(types.StringType), removed: types.ListNull(types.StringType)}
			everyone := l.Direct(t.kustoRole())
			m.importRows(l, everyone)
			m.id = importID(m.identity())
			principals := fmt.Sprintf("%d principals", len(everyone))
			if len(everyone) == 1 {
				principals = everyone[0].DisplayName
			}
			return []listedResource{{fmt.Sprintf("%s of %s: %s", t.kustoRole(), t.securable(), principals), m}}
		},
	}
}
