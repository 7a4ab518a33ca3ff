// SPDX-License-Identifier: MPL-2.0

package kusto

import "strings"

// Grant is a role on a securable that a principal holds: one row of Kusto's answer.
type Grant struct {
	Role Role
	// Principal is the resolved FQN, whatever form was used in the command.
	Principal FQN
	// DisplayName is for people: "Alice Ng (upn: alice@contoso.com)" and "Test App (app
	// id: <application id>)" in the cluster's own tenant, "User from AAD tenant <id>" for a principal of another one.
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
	return roleOf(g.RoleText)
}

// roleOf is the role that a text of the service ends with: "AllDatabasesAdmin", "Admin".
// Empty if it ends with no known one.
func roleOf(text string) Role {
	text = strings.ToLower(strings.TrimSpace(text))
	for _, s := range roleSuffixes {
		if strings.HasSuffix(text, s.word) {
			return s.role
		}
	}
	return ""
}

// roleOf is [roleOf] in an answer about a securable of the type: a cluster's admins are
// "alldatabasesadmins".
func (t *SecurableType) roleOf(text string) Role {
	role := roleOf(text)
	if own := "alldatabases" + role; t.Has(own) {
		return own
	}
	return role
}

// shownName separates a display name as Kusto writes it in the cluster's own tenant, such
// as "Alice Ng  (upn: alice@contoso.com)" and "Test App (app id: <application id>)". What
// is in the last bracket is Kusto's own. Anyone may choose the name before it.
func shownName(displayName string) (name, label, value string) {
	at := strings.LastIndexByte(displayName, '(')
	if at < 1 || displayName[at-1] != ' ' || !strings.HasSuffix(displayName, ")") {
		return displayName, "", ""
	}
	label, value, found := strings.Cut(displayName[at+1:len(displayName)-1], ":")
	if !found || label != "upn" && label != "app id" {
		return displayName, "", ""
	}
	return strings.TrimSpace(displayName[:at]), label, fold(strings.TrimSpace(value))
}

// upn is the UPN that Kusto appended to the display name of a user, in lower case. It
// proves who the user is. Empty if there is none.
//
// A group's mail address in the same place proves less: some engines show the bare name
// of a group, and then the group's owner may have written the bracket.
func (g *Grant) upn() string {
	if _, label, value := shownName(g.DisplayName); label == "upn" && g.Principal.Type == User {
		return value
	}
	return ""
}

// matchStrength says how well a row matches the name of a principal.
type matchStrength int

const (
	// noMatch: the row is another principal.
	noMatch matchStrength = iota
	// possibleMatch: the row neither proves nor rules out the principal.
	possibleMatch
	// nameMatch: the row shows the name, which others may bear too.
	nameMatch
	// exactMatch: an id or a UPN proves it.
	exactMatch
)

// Is reports whether the row proves that it is the named principal, by an id or by
// a UPN that Kusto itself appended.
func (g *Grant) Is(name FQN) bool { return g.match(name) == exactMatch }

// IsNot reports whether the row rules out the named principal.
func (g *Grant) IsNot(name FQN) bool { return g.match(name) == noMatch }

// match compares a row with a name. A tenant is compared by its id: where only its domain is
// known, no id proves the principal, because others may have it in their tenants.
func (g *Grant) match(name FQN) matchStrength {
	switch {
	case name.Type != g.Principal.Type:
		return noMatch
	case name.Equal(g.Principal):
		return exactMatch
	case name.Type == Other, IsGUID(name.tenant()) && IsGUID(g.Principal.tenant()) && name.tenant() != g.Principal.tenant():
		return noMatch
	}
	strength := g.matchName(name)
	if strength == exactMatch && !g.provesTenant(name) {
		return nameMatch
	}
	return strength
}

// provesTenant reports whether a row with the id or UPN of the name is certainly of its
// tenant. A UPN says which tenant it is of. Without a tenant, an id is one of the cluster's
// own, which no row says to be its own.
func (g *Grant) provesTenant(name FQN) bool {
	if domain := name.domain(); domain != "" && (name.Tenant == "" || fold(name.Tenant) == domain) {
		return true
	}
	return IsGUID(name.tenant()) && IsGUID(g.Principal.tenant())
}

// matchName is match for a principal of the row's tenant.
func (g *Grant) matchName(name FQN) matchStrength {
	switch {
	case IsGUID(name.ID):
		return g.matchID(name.ID)
	case isAddress(name.ID) && g.upn() == fold(name.ID):
		return exactMatch
	case g.isShownAs(name.ID):
		return nameMatch
	}
	// A user or a group may also be known by a mail address that no row shows.
	return possibleMatch
}

// isShownAs reports whether the row shows the display name or the mail address.
func (g *Grant) isShownAs(id string) bool {
	if g.Principal.Type == User {
		return false // users are not named by display name
	}
	name, _, address := shownName(g.DisplayName)
	if isAddress(id) {
		return address == fold(id)
	}
	return SameName(name, id) || SameName(g.DisplayName, id)
}

// matchID compares ids, which are unique. An application is known by its
// application id and by its object id, which older engines do not show.
func (g *Grant) matchID(id string) matchStrength {
	switch {
	case SameName(id, g.Principal.ID), g.ObjectID != "" && SameName(id, g.ObjectID):
		return exactMatch
	case !IsGUID(g.Principal.ID), g.Principal.Type == App && g.ObjectID == "":
		return possibleMatch
	}
	return noMatch
}

// NameKeys are the keys of all names that [Grant.Is] accepts.
func (g *Grant) NameKeys() []NameKey {
	keys := []NameKey{g.Principal.NameKey()}
	if g.ObjectID != "" {
		keys = append(keys, nameKey(g.Principal.Type, g.ObjectID))
	}
	if upn := g.upn(); upn != "" {
		keys = append(keys, nameKey(User, upn))
	}
	return keys
}
