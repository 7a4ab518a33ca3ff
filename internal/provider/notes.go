// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// storedNotes are notes that the service stores differently than the configuration has them.
type storedNotes struct{ Asked, Stored string }

// notesKey is where private data has them, by principal.
const notesKey = "stored_notes"

// readNotes reads what private data has of the models' notes.
func (r *crudResource[M]) readNotes(ctx context.Context, ms []M, p privateData, diags *diag.Diagnostics) {
	for i, part := range r.parts {
		raw, more := p.GetKey(ctx, notesKey+part.suffix)
		diags.Append(more...)
		_ = json.Unmarshal(raw, &ms[i].common().stored) // absent, or written by saveNotes
	}
}

func (r *securableResource) saveNotes(ctx context.Context, m *commonModel, p private, diags *diag.Diagnostics) {
	var raw []byte
	if len(m.stored) > 0 {
		raw, _ = json.Marshal(m.stored) // strings always marshal
	}
	diags.Append(p.SetKey(ctx, notesKey+r.suffix, raw)...)
}

// notesIn are the notes of a row for the state. An engine that shows no notes is trusted to
// hold those that were written.
func (m *commonModel) notesIn(g *kusto.Grant, principal, asked string) string {
	if g.NotesHidden || m.stored[principal] == (storedNotes{asked, g.Notes}) {
		return asked
	}
	return g.Notes
}

// store remembers the rows that have other notes than were asked for, by principal, and warns
// of them: they are no reason to change them again.
func (r *securableResource) store(m *commonModel, asked map[string]string, rows map[string]*kusto.Grant, diags *diag.Diagnostics) {
	before := m.stored
	m.stored = make(map[string]storedNotes)
	for _, name := range slices.Sorted(maps.Keys(asked)) {
		g := rows[name]
		if g == nil || g.NotesHidden || g.Notes == asked[name] {
			continue
		}
		if m.stored[name] = (storedNotes{asked[name], g.Notes}); before[name] == m.stored[name] {
			continue
		}
		diags.AddAttributeWarning(path.Root("notes"), "Kusto stores other notes", fmt.Sprintf(
			"The notes of %s as one of the %s of %s are %q in Kusto, and not %q. Access does not depend on them. "+
				"The grant is not dropped again to change them. They are ignored until the configuration or Kusto has other notes.",
			name, m.role.ValueString(), m.securable(), g.Notes, asked[name]))
	}
}

// notesMap reads the attribute notes of a whole role.
func notesMap(values map[string]attr.Value) types.Map {
	if m, ok := values["notes"].(types.Map); ok {
		return m
	}
	return types.MapNull(types.StringType)
}

// noteKeys are the keys of notes that are spellings of names, by these.
func (m *roleModel) noteKeys(names []string) map[string]string {
	notes := m.notes.Elements() // a copy
	if len(notes) == 0 {
		return nil
	}
	keys, all := make(map[string]string), make(map[kusto.PrincipalKey]string, len(notes))
	for key := range notes {
		if f, err := kusto.ParseFQN(key); err == nil {
			all[f.Key()] = key
		}
	}
	for _, name := range names {
		if f, err := kusto.ParseFQN(name); err == nil && all[f.Key()] != "" {
			keys[name] = all[f.Key()]
		}
	}
	return keys
}

// notesOf are the notes of names, by these.
func (m *roleModel) notesOf(names []string) map[string]string {
	texts, notes := make(map[string]string), m.notes.Elements()
	for name, key := range m.noteKeys(names) {
		texts[name] = stringOf(notes[key]).ValueString()
	}
	return texts
}

// planNotes plans the notes of the configuration, or else those of the state that are still
// somebody's.
func (m *roleModel) planNotes(config, state *roleModel) {
	if !config.notes.IsNull() {
		return
	}
	m.notes = types.MapNull(types.StringType)
	if names, known := m.names(); known && m.target == state.target {
		m.notes = state.notes
		m.keepNotesOf(names)
	}
}

// keepNotesOf leaves the notes of all others out.
func (m *roleModel) keepNotesOf(names []string) {
	if m.notes.IsNull() {
		return
	}
	kept, notes := make(map[string]attr.Value), m.notes.Elements()
	for _, key := range m.noteKeys(names) {
		kept[key] = notes[key]
	}
	m.notes = types.MapValueMust(types.StringType, kept)
}

func mapOrNull(notes map[string]attr.Value) types.Map {
	if len(notes) == 0 {
		return types.MapNull(types.StringType)
	}
	return types.MapValueMust(types.StringType, notes)
}

// setNotes sets the notes of members to those of their rows. Those of ambiguous names are left as
// they are.
func (m *roleModel) setNotes(names []string, matches []kusto.Match) {
	keys, notes := m.noteKeys(names), m.notes.Elements()
	for i, name := range names {
		if key, isNoted := keys[name]; isNoted && matches[i].Grant != nil {
			notes[key] = types.StringValue(m.notesIn(matches[i].Grant, name, stringOf(notes[key]).ValueString()))
		}
	}
	if len(keys) > 0 {
		m.notes = types.MapValueMust(types.StringType, notes)
	}
	m.keepNotesOf(m.memberNames())
}

// isNotedIn reports whether a state has all notes of the model, whose names have these rows.
func (m *roleModel) isNotedIn(state *roleModel, rows map[string]kusto.FQN) bool {
	if m.notes.IsUnknown() {
		return false
	}
	held, notes, before := make(map[kusto.FQN]attr.Value), m.notes.Elements(), state.notes.Elements()
	for name, key := range state.noteKeys(state.memberNames()) {
		if g := state.member(name); g != nil {
			held[g.Principal] = before[key]
		}
	}
	names, _ := m.names()
	for name, key := range m.noteKeys(names) {
		text := held[rows[name]]
		if text == nil { // of a member that no row identifies
			text = before[key]
		}
		if text == nil || !text.Equal(notes[key]) {
			return false
		}
	}
	return true
}

// checkNotes refuses notes for principals that the configuration does not name. Whoever stands
// in a role that does not exist is named: the role is an error of its own.
func (r *roleResource) checkNotes(config types.Object, diags *diag.Diagnostics) {
	values := config.Attributes()
	sets := []attr.Value{values["principals"]}
	if grants, ok := values["grants"].(types.Map); ok {
		if grants.IsUnknown() {
			return
		}
		sets = slices.Collect(maps.Values(grants.Elements()))
	}
	m, isNamed := roleModel{notes: notesMap(values)}, make(map[string]bool)
	for _, set := range sets {
		m.principals = setOf(set)
		names, known := m.names()
		if !known {
			return
		}
		for _, key := range m.noteKeys(names) {
			isNamed[key] = true
		}
	}
	for _, key := range slices.Sorted(maps.Keys(m.notes.Elements())) {
		if !isNamed[key] {
			diags.AddAttributeError(path.Root("notes").AtMapKey(key), "Notes for nobody", fmt.Sprintf(
				"%s is in notes and not in %s. Write it as it is written there, or remove it from notes.", key, r.principals))
		}
	}
}
