package emulator

import (
	"strings"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/command"
)

// holders are the FQNs under which a caller acts: their own and their groups'.
func (c *Cluster) holders(p *Principal) []string {
	groups := c.emulator.directory.groupsOf(p)
	fqns := make([]string, 0, 1+len(groups))
	fqns = append(fqns, strings.ToLower(p.FQN()))
	for _, g := range groups {
		fqns = append(fqns, strings.ToLower(g.FQN()))
	}
	return fqns
}

// anyIn tells whether one of the FQNs is in a role.
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

// ownAdminsSuffice are the kinds whose own admins may manage them: the table
// in section 2 of the reference. A graph model is in no document; it is taken to be like a function.
var ownAdminsSuffice = map[string]bool{
	command.Table: true, command.MaterializedView: true, command.Function: true, command.GraphModel: true,
}

// authorize tells whether the caller may run the statement. Looking at
// principals is open to those who manage the securable and to monitors, whose
// role the documents describe as "view metadata such as schemas, operations,
// and permissions"; anybody may ask for their own roles. The caller holds c.mu.
func (c *Cluster) authorize(caller *Principal, s Securable, st command.Statement) *kustoError {
	fqns := c.holders(caller)
	others := st.Roles && st.Principal != nil
	if others && c.behaviour.OthersRolesForbidden {
		return c.forbid(caller, st, s)
	}
	if st.Roles && !others || c.roles.anyIn("admins", fqns) {
		return nil
	}
	looking := st.Verb == command.Show
	if looking && c.roles.anyIn("monitors", fqns) {
		return nil
	}
	if s.Kind == command.Cluster {
		return c.forbid(caller, st, s)
	}
	db := c.database(s.Database)
	switch {
	case db.roles.anyIn("admins", fqns), db.shared.anyIn("admins", fqns):
	case looking && db.roles.anyIn("monitors", fqns):
	case s.Kind == command.FollowerDatabase && db.follower.anyIn("admins", fqns):
	case (ownAdminsSuffice[s.Kind] || looking) && s.Entity != "" && c.lists(s).anyIn("admins", fqns):
	default:
		return c.forbid(caller, st, s)
	}
	return nil
}

func (c *Cluster) forbid(caller *Principal, st command.Statement, s Securable) *kustoError {
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
