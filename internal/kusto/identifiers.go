// SPDX-License-Identifier: MPL-2.0

package kusto

// Identifier is a text that all spellings of a name with one type and one id share,
// whatever their tenant. Names with one identifier may still be two principals.
func (f FQN) Identifier() string { return typedID(f.Type, f.ID) }

// Identifiers are the identifiers of all names that [Grant.Is] accepts.
func (g *Grant) Identifiers() []string {
	ids := []string{g.Principal.Identifier()}
	if g.ObjectID != "" {
		ids = append(ids, typedID(g.Principal.Type, g.ObjectID))
	}
	if upn := g.upn(); upn != "" {
		ids = append(ids, typedID(User, upn))
	}
	return ids
}
