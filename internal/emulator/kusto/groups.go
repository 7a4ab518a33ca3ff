// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"fmt"
	"slices"
	"time"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto/command"
)

// ownRefreshes is how often a principal may refresh its own membership in an hour.
const ownRefreshes = 10

// groupsOf are the groups of a principal, as far as the cluster knows, see
// [Behaviour.CachedGroups]. The caller holds c.mu.
func (c *Cluster) groupsOf(p *entra.Principal) []*entra.Principal {
	if !c.behaviour.CachedGroups {
		return c.environment.Entra.Directory().GroupsOf(p)
	}
	groups, known := c.groups[p]
	if !known {
		groups = c.environment.Entra.Directory().GroupsOf(p)
		c.groups[p] = groups
	}
	return groups
}

// clearGroups runs `.clear cluster cache groupmembership`, by Microsoft's page on
// role-based access control. Cluster admins and monitors may refresh anyone, without
// limits. Everyone may refresh their own membership of a group that they are in. If one
// group is to be refreshed, all are. The caller of clearGroups holds c.mu.
func (c *Cluster) clearGroups(st command.Statement, caller *entra.Principal) ([]byte, *refusal) {
	fqns := c.identities(caller)
	privileged := c.roles.anyIn(clusterAdmins, fqns) || c.roles.anyIn(clusterMonitors, fqns)
	if _, others := st.Property("principal"); others && !privileged {
		return nil, c.forbid(caller, st, Securable{Kind: command.Cluster})
	}
	p, group, refused := c.refreshed(st, caller)
	if refused != nil {
		return nil, refused
	}
	if !privileged {
		if refused := c.ownRefresh(caller, group); refused != nil {
			return nil, refused
		}
	}
	delete(c.groups, p)
	return clearAnswer(c.behaviour.ClearAnswer), nil
}

// refreshed finds whose membership is to be refreshed, and of which group, nil for all
// groups.
func (c *Cluster) refreshed(st command.Statement, caller *entra.Principal) (p, group *entra.Principal, refused *refusal) {
	p = caller
	for _, property := range st.Properties {
		found, err := c.lookUp(property.Value)
		if err != nil {
			return nil, nil, invalidPrincipal(err.Error())
		}
		isGroup := found.Kind == entra.Group
		switch {
		case isGroup != (property.Name == "group"):
			return nil, nil, invalidRefresh("'%s' cannot be the %s", property.Value, property.Name)
		case isGroup:
			group = found
		default:
			p = found
		}
	}
	return p, group, nil
}

// ownRefresh counts a refresh by someone without a role on the cluster, and refuses it
// beyond the limits. A refused one does not count.
func (c *Cluster) ownRefresh(caller, group *entra.Principal) *refusal {
	if group != nil && !slices.Contains(c.environment.Entra.Directory().GroupsOf(caller), group) {
		return invalidRefresh("Principal '%s' is not a member of '%s'", caller.FQN(), group.FQN())
	}
	now := time.Now()
	recent := slices.DeleteFunc(c.refreshes[caller], func(at time.Time) bool { return now.Sub(at) >= time.Hour })
	if len(recent) >= ownRefreshes {
		return throttled(true)
	}
	c.refreshes[caller] = append(recent, now)
	return nil
}

// invalidRefresh is the refusal of a refresh. Nobody has shown the real words.
func invalidRefresh(format string, values ...any) *refusal {
	return badRequest("Kusto.Common.Svc.Exceptions.BadRequestException", fmt.Sprintf(format, values...)+".")
}

// clearAnswer is the answer to a refresh, see [Behaviour.ClearAnswer].
func clearAnswer(form string) []byte {
	switch form {
	case "no_table":
		return answer{Tables: []table{}}.json()
	case "row":
		return newAnswer([]string{"Result"}, [][]string{{"Completed"}}).json()
	}
	return newAnswer(nil, [][]string{}).json()
}
