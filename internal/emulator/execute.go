package emulator

import (
	"fmt"
	"strings"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/command"
)

// execute runs the command, all of it or nothing, and returns the body of the answer.
func (k *call) execute() ([]byte, *kustoError) {
	if k.logged.Fault == string(GatewayTimeout) || k.logged.Fault == string(Status520) {
		if k.cluster.faults.coin() {
			return nil, nil // lost on the way
		}
	}
	if k.parseError != nil {
		return nil, syntaxFault(k.parseError)
	}
	c := k.cluster
	c.mu.Lock()
	defer c.mu.Unlock()
	s := securableOf(k.statement, k.logged.Database)
	lists, refusal := c.find(s)
	if refusal != nil {
		return nil, refusal
	}
	if refusal := c.authorize(k.caller, s, k.statement); refusal != nil {
		return nil, refusal
	}
	switch {
	case k.statement.Roles:
		return c.showRoles(s, k.statement, k.caller)
	case k.statement.Verb == command.Alter:
		c.database(s.Database).modification = k.statement.ModificationKind
		return emptyAnswer(c.behaviour), nil
	}
	if k.statement.Verb != command.Show {
		if refusal := c.change(lists, s, k.statement); refusal != nil {
			return nil, refusal
		}
	}
	if k.statement.SkipResults {
		return emptyAnswer(c.behaviour), nil
	}
	return c.principalsAnswer(s), nil
}

// find looks the securable up, first its database. The caller holds c.mu.
func (c *Cluster) find(s Securable) (roleLists, *kustoError) {
	if s.Kind != command.Cluster && c.database(s.Database) == nil {
		return nil, notFound(c.behaviour.NotFoundStatus, command.Database, s.Database)
	}
	lists := c.lists(s)
	if lists == nil {
		return nil, notFound(c.behaviour.NotFoundStatus, s.Kind, s.Entity)
	}
	return lists, nil
}

// change does what .add, .drop and .set do. Nothing happens unless every
// principal of the command is good.
func (c *Cluster) change(lists roleLists, s Securable, st command.Statement) *kustoError {
	list := lists.list(st.Role)
	if st.Verb == command.Drop {
		return c.drop(list, s, st)
	}
	principals := make([]*Principal, 0, len(st.Principals))
	for _, fqn := range st.Principals {
		p, err := c.lookUp(fqn)
		if err != nil {
			return invalidPrincipal(err.Error())
		}
		if refusal := c.needsDatabaseRole(s, p); refusal != nil {
			return refusal
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

// addMember adds p, or changes the notes of a p that is there. Notes left out change nothing.
func (c *Cluster) addMember(list *roleList, p *Principal, st command.Statement) {
	notes := ""
	if st.Notes != nil {
		notes = *st.Notes
	}
	g, added := list.put(p, notes)
	if added || st.Notes == nil || st.Verb == command.Add && c.behaviour.AddKeepsNotes {
		return
	}
	g.setNotes(notes)
}

// retain takes everyone but principals out of a list.
func (c *Cluster) retain(list *roleList, principals []*Principal, notes *string) {
	stay := make(map[string]bool, len(principals))
	for _, p := range principals {
		stay[p.FQN()] = true
	}
	var leaving []string
	list.each(func(g *grant) {
		switch {
		case !stay[g.principal.FQN()]:
			leaving = append(leaving, g.principal.FQN())
		case notes == nil && c.behaviour.SetClearsNotes:
			g.setNotes("")
		}
	})
	for _, fqn := range leaving {
		list.remove(fqn)
	}
}

// drop removes members. Who is there under the very FQN that was written need
// not exist any more; who was deleted from Entra can still be dropped.
func (c *Cluster) drop(list *roleList, s Securable, st command.Statement) *kustoError {
	leaving := make([]string, 0, len(st.Principals))
	for _, fqn := range st.Principals {
		if list.members[strings.ToLower(fqn)] != nil {
			leaving = append(leaving, fqn)
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
		leaving = append(leaving, p.FQN())
	}
	for _, fqn := range leaving {
		list.remove(fqn)
	}
	return nil
}

// lookUp asks Entra who a principal as written is.
func (c *Cluster) lookUp(fqn string) (*Principal, error) {
	d := c.emulator.directory
	p, err := d.resolve(fqn)
	if err != nil {
		return nil, err
	}
	if d.hides(p, c.host) || c.faults.late(p.FQN()) {
		return nil, lateError(fqn)
	}
	return p, nil
}

// lateError is what a principal that Entra has not spread yet looks like: as if it were not there.
func lateError(fqn string) error {
	prefix, rest, _ := strings.Cut(fqn, "=")
	id, tenant, found := strings.Cut(rest, ";")
	if !found {
		_, tenant, _ = strings.Cut(id, "@")
	}
	return notInTenant(id, strings.ToLower(prefix), tenant)
}

func (c *Cluster) needsDatabaseRole(s Securable, p *Principal) *kustoError {
	if !c.behaviour.EntityNeedsDatabaseRole || s.Entity == "" {
		return nil
	}
	for _, list := range c.database(s.Database).roles {
		if list.members[strings.ToLower(p.FQN())] != nil {
			return nil
		}
	}
	return badRequest("Kusto.Data.Exceptions.PrincipalHasNoDatabaseRoleException",
		fmt.Sprintf("Principal '%s' has no role on database '%s', which a role on %s '%s' needs.", p.FQN(), s.Database, s.Kind, s.Entity))
}
