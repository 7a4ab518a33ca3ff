package kusto

import "strings"

// Grant is a role of a securable held by a principal, as Kusto's answers show it.
type Grant struct {
	Role Role
	// Principal is the resolved name: ids, whatever form was asked for.
	Principal FQN
	// Type is what the principal is. PrincipalType in the answer has several
	// wordings for one thing, so it is taken from the name.
	Type PrincipalType
	// DisplayName is for people: "Alice Ng (upn: alice@contoso.com)" in the
	// cluster's own tenant, "User from AAD tenant <id>" for another's.
	DisplayName string
	// ObjectID is the id of the user, group or service principal in Entra ID;
	// empty where the engine does not tell.
	ObjectID string
	Notes    string
	// NotesHidden is set when the engine shows no notes: whatever they are, Notes
	// is empty.
	NotesHidden bool
	// AssignmentID is RoleAssignmentIdentifier; empty on older engines.
	AssignmentID string
	// Inherited is set when the row stands in the list because of a role on
	// something else. An inherited row is no grant on the securable.
	Inherited bool
	// Words is the Role column as the service wrote it.
	Words string
}

// upn reads the UPN at the end of a user's display name, as Kusto appends it
// for users of the cluster's own tenant; empty where there is none. Only the
// last bracket counts: what stands before it is a name that anyone may choose.
func (g *Grant) upn() string {
	const opening = " (upn: "
	name, closed := strings.CutSuffix(g.DisplayName, ")")
	i := strings.LastIndex(name, opening)
	if g.Type != User || !closed || i < 0 {
		return ""
	}
	return strings.ToLower(name[i+len(opening):])
}

// likeness is how surely a grant's row is the principal someone wrote.
type likeness int

const (
	// different: the row cannot be that principal.
	different likeness = iota
	// possible: nothing in the row speaks against it, nothing proves it.
	possible
	// probable: the names people see are the same, but they are not unique.
	probable
	// same: an id or a UPN proves it.
	same
)

// likeness compares a written name with the row.
func (g *Grant) likeness(asked FQN) likeness {
	if asked.Type != g.Principal.Type {
		return different
	}
	if asked.Equal(g.Principal) {
		return same
	}
	if asked.Tenant != "" && IsGUID(asked.Tenant) && IsGUID(g.Principal.Tenant) && !strings.EqualFold(asked.Tenant, g.Principal.Tenant) {
		return different
	}
	switch {
	case IsGUID(asked.ID):
		return g.likenessByID(asked.ID)
	case g.upn() != "" && g.upn() == strings.ToLower(asked.ID):
		return same
	case isAddress(asked.ID):
		// A user may also be known by a mail address that no row shows.
		return possible
	case strings.EqualFold(g.DisplayName, asked.ID):
		return probable
	}
	return possible
}

// likenessByID: ids are unique in the world. An application is known by its
// application id and, like everyone, by its object id, which older engines do
// not show.
func (g *Grant) likenessByID(id string) likeness {
	switch {
	case strings.EqualFold(id, g.Principal.ID), g.ObjectID != "" && strings.EqualFold(id, g.ObjectID):
		return same
	case !IsGUID(g.Principal.ID):
		return possible
	case g.Type == App && g.ObjectID == "":
		return possible
	}
	return different
}

// IsSurely reports whether the row proves that it is the principal as written:
// an id, or a UPN that Kusto itself appended.
func (g *Grant) IsSurely(asked FQN) bool { return g.likeness(asked) == same }

// IsSurelyNot reports whether the row rules out the principal as written.
func (g *Grant) IsSurelyNot(asked FQN) bool { return g.likeness(asked) == different }
