// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"strings"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto/command"
)

// identities are the FQNs of a principal and of its groups, in lower case. The caller
// holds c.mu.
func (c *Cluster) identities(p *entra.Principal) []string {
	groups := c.groupsOf(p)
	fqns := make([]string, 0, 1+len(groups))
	fqns = append(fqns, strings.ToLower(p.FQN()))
	for _, g := range groups {
		fqns = append(fqns, strings.ToLower(g.FQN()))
	}
	return fqns
}

// anyIn reports whether one of the FQNs has a role.
func (l roleLists) anyIn(role string, fqns []string) bool {
	list := l[role]
	if list == nil {
		return false
	}
	for _, fqn := range fqns {
		if list.members[fqn] != nil {
			return true
		}
	}
	return false
}

// ownAdminsSuffice are the kinds of entity whose own admins may change principals,
// by Microsoft's pages on each command. No page says so for graph models; they are
// treated like functions.
var ownAdminsSuffice = map[string]bool{
	command.Table: true, command.MaterializedView: true, command.Function: true, command.GraphModel: true,
}

// authorize checks that the caller may run the statement. Listing principals is
// allowed to admins of the securable and to monitors, whose role Microsoft's access
// page describes as "view metadata such as schemas, operations, and permissions".
// Everyone may list their own roles. The caller holds c.mu.
func (c *Cluster) authorize(caller *entra.Principal, s Securable, st command.Statement) *refusal {
	fqns := c.identities(caller)
	others := st.Roles && st.Principal != nil
	if others && c.behaviour.OthersRolesForbidden {
		return c.forbid(caller, st, s)
	}
	if st.Roles && !others || c.roles.anyIn(clusterAdmins, fqns) {
		return nil
	}
	reading := st.Verb == command.Show
	if reading && c.roles.anyIn(clusterMonitors, fqns) {
		return nil
	}
	if s.Kind == command.Cluster {
		return c.forbid(caller, st, s)
	}
	db := c.database(s.Database)
	switch {
	case db.roles.anyIn("admins", fqns), db.shared.anyIn("admins", fqns):
	case reading && db.roles.anyIn("monitors", fqns):
	case s.Kind == command.FollowerDatabase && db.follower.anyIn("admins", fqns):
	case (ownAdminsSuffice[s.Kind] || reading) && s.Entity != "" && c.lists(s).anyIn("admins", fqns):
	default:
		return c.forbid(caller, st, s)
	}
	return nil
}

func (c *Cluster) forbid(caller *entra.Principal, st command.Statement, s Securable) *refusal {
	action := "write"
	if st.Verb == command.Show {
		action = "read"
	}
	switch {
	case s.Kind == command.Cluster:
		return forbidden(caller.FQN(), action, "cluster", c.host)
	case s.Entity == "":
		return forbidden(caller.FQN(), action, "database", s.Database)
	}
	return forbidden(caller.FQN(), action, s.Kind, s.Entity)
}
