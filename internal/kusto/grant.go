package kusto

import "strings"

// Grant is a role on a securable that a principal holds: one row of Kusto's answer.
type Grant struct {
	Role Role
	// Principal is the resolved FQN, whatever form was used in the command.
	Principal FQN
	// DisplayName is for people: "Alice Ng (upn: alice@contoso.com)" in the cluster's
	// own tenant, "User from AAD tenant <id>" for a principal of another one.
	DisplayName string
	// ObjectID is the id of the user, group or service principal in Microsoft Entra
	// ID. Empty if the engine does not show it.
	ObjectID string
	Notes    string
	// NotesHidden is set if the engine shows no notes. Notes is then empty.
	NotesHidden bool
	// Inherited is set if the row comes from a role on something else. An inherited
	// row is not a grant on the securable.
	Inherited bool
	// RoleText is the Role column as the service wrote it.
	RoleText string
}

// EffectiveRole is the role that a row amounts to, inherited ones included:
// "AllDatabasesAdmin" is an admin. Empty if the text ends with no known role.
func (g *Grant) EffectiveRole() Role {
	if !g.Inherited {
		return g.Role
	}
	text := strings.ToLower(strings.TrimSpace(g.RoleText))
	for _, s := range roleSuffixes {
		if strings.HasSuffix(text, s.word) {
			return s.role
		}
	}
	return ""
}

// upn returns the UPN in the last bracket of a user's display name, which Kusto
// appends for users of the cluster's own tenant. The text before it can be chosen
// by anyone. Empty if there is none.
func (g *Grant) upn() string {
	const opening = " (upn: "
	name, closed := strings.CutSuffix(g.DisplayName, ")")
	i := strings.LastIndex(name, opening)
	if g.Principal.Type != User || !closed || i < 0 {
		return ""
	}
	return strings.ToLower(name[i+len(opening):])
}

// match says how well a row matches the name of a principal.
type match int

const (
	// noMatch: the row is another principal.
	noMatch match = iota
	// possibleMatch: the row neither proves nor rules out the principal.
	possibleMatch
	// nameMatch: the display names are the same, but they are not unique.
	nameMatch
	// exactMatch: an id or a UPN proves it.
	exactMatch
)

// Is reports whether the row proves that it is the named principal, by an id or by
// a UPN that Kusto itself appended.
func (g *Grant) Is(name FQN) bool { return g.match(name) == exactMatch }

// IsNot reports whether the row rules out the named principal.
func (g *Grant) IsNot(name FQN) bool { return g.match(name) == noMatch }

func (g *Grant) match(name FQN) match {
	if name.Type != g.Principal.Type {
		return noMatch
	}
	if name.Equal(g.Principal) {
		return exactMatch
	}
	if name.Tenant != "" && IsGUID(name.Tenant) && IsGUID(g.Principal.Tenant) && !strings.EqualFold(name.Tenant, g.Principal.Tenant) {
		return noMatch
	}
	switch {
	case IsGUID(name.ID):
		return g.matchID(name.ID)
	case g.upn() != "" && g.upn() == strings.ToLower(name.ID):
		return exactMatch
	case isAddress(name.ID):
		// A user may also be known by a mail address that no row shows.
		return possibleMatch
	case strings.EqualFold(g.DisplayName, name.ID):
		return nameMatch
	}
	return possibleMatch
}

// matchID compares ids, which are unique. An application is known by its
// application id and by its object id, which older engines do not show.
func (g *Grant) matchID(id string) match {
	switch {
	case strings.EqualFold(id, g.Principal.ID), g.ObjectID != "" && strings.EqualFold(id, g.ObjectID):
		return exactMatch
	case !IsGUID(g.Principal.ID), g.Principal.Type == App && g.ObjectID == "":
		return possibleMatch
	}
	return noMatch
}
