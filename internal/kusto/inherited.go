package kusto

import "strings"

// EffectiveRole is the role that a row amounts to, inherited ones included:
// "AllDatabasesAdmin" makes an admin. Empty where the words end like no role.
func (g *Grant) EffectiveRole() Role {
	if !g.Inherited {
		return g.Role
	}
	words := strings.ToLower(strings.TrimSpace(g.Words))
	for _, w := range roleWords {
		if strings.HasSuffix(words, w.word) {
			return w.role
		}
	}
	return ""
}
