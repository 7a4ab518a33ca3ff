// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto/command"
)

// execute runs the command as a whole or not at all, and returns the body of the answer.
func (k *call) execute() ([]byte, *refusal) {
	if k.parseError != nil {
		return nil, syntaxFault(k.parseError)
	}
	c := k.cluster
	c.mu.Lock()
	defer c.mu.Unlock()
	if kind := k.statement.Kind; c.behaviour.NoGraphModels && (kind == command.GraphModel || kind == command.GraphModels) {
		return nil, syntaxFault(command.UnknownWord(k.logged.Text, kind))
	}
	s := securableOf(k.statement, k.logged.Database)
	switch _, isList := entityLists[s.Kind]; {
	case k.statement.Verb == command.Clear:
		return c.clearGroups(k.statement, k.caller)
	case s.Kind == command.Databases:
		return c.showDatabases(k.caller, s.Database)
	case isList:
		return c.showEntities(s, k.statement, k.caller)
	}
	return c.principals(s, k.statement, k.caller)
}

// principals runs the commands for principals. The caller of principals holds c.mu.
func (c *Cluster) principals(s Securable, st command.Statement, caller *entra.Principal) ([]byte, *refusal) {
	lists, refused := c.find(s)
	if refused != nil {
		return nil, refused
	}
	if refused := c.authorize(caller, s, st); refused != nil {
		return nil, refused
	}
	if st.Roles {
		return c.showRoles(s, st, caller)
	}
	if st.Verb != command.Show {
		if refused := c.change(lists, s, st); refused != nil {
			return nil, refused
		}
	}
	var rows [][]string
	if !st.SkipResults {
		rows = c.principalRows(s)
	}
	return principalsAnswer(c.behaviour, rows), nil
}

// find finds the role lists of a securable. The caller holds c.mu.
func (c *Cluster) find(s Securable) (roleLists, *refusal) {
	if s.Kind != command.Cluster && c.database(s.Database) == nil {
		return nil, notFound(c.behaviour, command.Database, s.Database)
	}
	lists := c.lists(s)
	if lists == nil {
		return nil, notFound(c.behaviour, s.Kind, s.Entity)
	}
	return lists, nil
}

// change runs .add, .drop and .set. It changes nothing if one of the command's
// principals is refused.
func (c *Cluster) change(lists roleLists, s Securable, st command.Statement) *refusal {
	switch isCluster := s.Kind == command.Cluster; {
	case isCluster && c.behaviour.ClusterRolesRefused:
		return clusterRolesRefused(st.Verb)
	case !isCluster && c.database(s.Database).follows && s.Kind != command.FollowerDatabase:
		return follows(s.Database)
	}
	list := lists.list(st.Role)
	if st.Verb == command.Drop {
		return c.drop(list, s, st)
	}
	principals := make([]*entra.Principal, 0, len(st.Principals))
	for _, fqn := range st.Principals {
		p, err := c.lookUp(fqn)
		if err != nil {
			return invalidPrincipal(err.Error())
		}
		if refused := c.prerequisite(s, st.Role, p); refused != nil {
			return refused
		}
		principals = append(principals, p)
	}
	if st.Verb == command.Set {
		c.retain(list, principals, st.Notes)
	}
	for _, p := range principals {
		c.addMember(list, p, st)
	}
	return nil
}

// addMember adds p, or changes the notes of a present p. Without notes it changes nothing then.
func (c *Cluster) addMember(list *roleList, p *entra.Principal, st command.Statement) {
	notes := ""
	if st.Notes != nil {
		notes = c.behaviour.storedNotes(*st.Notes)
	}
	g, added := list.put(p, notes)
	if added || st.Notes == nil || st.Verb == command.Add && c.behaviour.AddKeepsNotes {
		return
	}
	g.notes = notes
}

// retain removes all members but principals.
func (c *Cluster) retain(list *roleList, principals []*entra.Principal, notes *string) {
	kept := make(map[string]bool, len(principals))
	for _, p := range principals {
		kept[p.FQN()] = true
	}
	for _, g := range slices.Clone(list.order) {
		switch {
		case !kept[g.principal.FQN()]:
			list.remove(g.principal.FQN())
		case notes == nil && c.behaviour.SetClearsNotes:
			g.notes = ""
		}
	}
}

// drop removes members. A member whose resolved FQN is given need not exist in
// Entra ID any more, but for [Behaviour.DropUnknownIsError].
func (c *Cluster) drop(list *roleList, s Securable, st command.Statement) *refusal {
	removed := make([]string, 0, len(st.Principals))
	for _, fqn := range st.Principals {
		if list.members[strings.ToLower(fqn)] != nil && !c.behaviour.DropUnknownIsError {
			removed = append(removed, fqn)
			continue
		}
		p, err := c.lookUp(fqn)
		if err != nil {
			return invalidPrincipal(err.Error())
		}
		if list.members[strings.ToLower(p.FQN())] == nil && c.behaviour.DropAbsentIsError {
			return badRequest("Kusto.Data.Exceptions.PrincipalNotInRoleException",
				fmt.Sprintf("Principal '%s' is not in role '%s' of %s '%s'.", fqn, st.Role, s.Kind, st.Name))
		}
		removed = append(removed, p.FQN())
	}
	for _, fqn := range removed {
		list.remove(fqn)
	}
	return nil
}

// lookUp resolves a principal in Entra ID.
func (c *Cluster) lookUp(fqn string) (*entra.Principal, error) {
	p, err := c.environment.Entra.Directory().Resolve(fqn, c.host)
	if err == nil && c.faults.late(p.FQN()) {
		return nil, entra.NotFound(fqn)
	}
	return p, err
}

// dependencies are the roles on the database, one of which a role depends on: Microsoft's
// page on role-based access control, column "Dependencies".
var dependencies = map[string][]string{
	"table admins": {"users"}, "table ingestors": {"users", "ingestors"}, "external table admins": {"users", "viewers"},
	"materialized-view admins": {"users"}, "function admins": {"users"}, "database unrestrictedviewers": {"users", "viewers"},
}

// prerequisite checks what [Behaviour.Prerequisites] asks for. Nobody has shown the real words.
func (c *Cluster) prerequisite(s Securable, role string, p *entra.Principal) *refusal {
	needed := dependencies[s.Kind+" "+role]
	if !c.behaviour.Prerequisites || needed == nil {
		return nil
	}
	identities := c.identities(p)
	for _, role := range append([]string{"admins"}, needed...) {
		if c.database(s.Database).roles.anyIn(role, identities) {
			return nil
		}
	}
	return badRequest("Kusto.Data.Exceptions.MissingDependencyException",
		fmt.Sprintf("Principal '%s' is not one of the %s of database '%s'.", p.FQN(), strings.Join(needed, " or "), s.Database))
}
