// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// newPrincipalList is list "kusto_<type>_principal": the grants that such a resource could
// manage.
func newPrincipalList(t *kusto.SecurableType) list.ListResource {
	r := newPrincipalResource(t).securableResource
	return &securableList{
		securableResource: r,
		description:       "Lists the existing grants on " + orEvery(t) + ", to import them as `" + r.typeName + "`. Inherited roles are not listed.",
		resourcesOf: func(t target, l *kusto.PrincipalList, grants []*kusto.Grant) []listedResource {
			resources := make([]listedResource, len(grants))
			for i, g := range grants {
				m := &principalModel{commonModel: commonModel{target: t}, principal: types.StringValue(normalizedFQN(l.NameOf(g)))}
				m.notes = types.StringUnknown() // filled with the existing ones
				m.fill(g)
				resources[i] = listedResource{fmt.Sprintf("%s: %s of %s", g.DisplayName, g.Role, t.securable()), m}
			}
			return resources
		},
	}
}

// orEvery is a securable of the type, or every one.
func orEvery(t *kusto.SecurableType) string {
	if t == kusto.Cluster {
		return t.One()
	}
	return t.One() + ", or on every " + t.Noun
}
