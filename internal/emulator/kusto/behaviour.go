// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto/command"
)

// Behaviour are the points on which public documents and reports of the service
// differ or are silent, and the differences between engines. The zero value is
// what most reports show.
type Behaviour struct {
	// DropAbsentIsError makes .drop of an absent principal a 400. Otherwise it succeeds.
	DropAbsentIsError bool `json:"drop_absent_is_error,omitempty"`
	// DropUnknownIsError makes .drop of a principal that Entra ID no longer knows a 400,
	// also if the command has its resolved FQN. Otherwise that succeeds.
	DropUnknownIsError bool `json:"drop_unknown_is_error,omitempty"`
	// AddKeepsNotes makes .add of a present principal leave its notes unchanged.
	// Otherwise the command's notes, if any, replace them.
	AddKeepsNotes bool `json:"add_keeps_notes,omitempty"`
	// Notes is what becomes of the notes of a grant: "" stores them as given, "trimmed"
	// without the white space around them, "cut" only their first 64 characters, and
	// "dropped" does not store them.
	Notes string `json:"notes,omitempty"`
	// SetClearsNotes makes .set without notes remove the notes of the principals that are kept.
	SetClearsNotes bool `json:"set_clears_notes,omitempty"`
	// Prerequisites refuses (400) a role to a principal that lacks the role on the
	// database which the role depends on.
	Prerequisites bool `json:"prerequisites,omitempty"`
	// ClusterRolesRefused makes .add, .drop and .set of the roles on a cluster a 400: by
	// Microsoft's page on security roles, no command can change them. Otherwise they are open
	// to an AllDatabasesAdmin, as another page of Microsoft's tells customers.
	ClusterRolesRefused bool `json:"cluster_roles_refused,omitempty"`
	// OthersRolesForbidden makes `.show … principal '<fqn>' roles` a 403.
	OthersRolesForbidden bool `json:"others_roles_forbidden,omitempty"`
	// RolesID is the form of AADObjectID in `.show … principal roles`: "" for a GUID,
	// "guid;tenant", "fqn", or "empty".
	RolesID string `json:"roles_id,omitempty"`
	// NoCreators makes a new entity an entity without admins. Otherwise its creator is one.
	NoCreators bool `json:"no_creators,omitempty"`
	// CachedGroups makes the cluster remember the groups of a principal from the first
	// time it looks until .clear cluster cache groupmembership. Otherwise it looks each time.
	CachedGroups bool `json:"cached_groups,omitempty"`
	// OwnDatabasesHidden makes `.show databases` without a database leave out those that
	// the caller sees only by a role on the database itself. Asked in one, it lists that one.
	OwnDatabasesHidden bool `json:"own_databases_hidden,omitempty"`
	// ClearAnswer is the answer to .clear cluster cache groupmembership: "" for a table
	// without columns and rows, "no_table", or "row" for a table with one row.
	ClearAnswer string `json:"clear_answer,omitempty"`
	// NoGraphModels is an engine without graph models, such as Synapse: commands about
	// them are syntax errors.
	NoGraphModels bool `json:"no_graph_models,omitempty"`

	// The Role column.

	// GraphModelWords begin the Role of a graph model, "" for "Graph Model".
	GraphModelWords string `json:"graph_model_words,omitempty"`
	// GraphAdminWord ends the Role of a graph model, "" for "Admin".
	GraphAdminWord string `json:"graph_admin_word,omitempty"`
	// UnrestrictedViewerWord ends the Role of an unrestricted viewer, "" for "UnrestrictedViewer".
	UnrestrictedViewerWord string `json:"unrestricted_viewer_word,omitempty"`
	// NamelessDatabase leaves the name out of a database's Role: "Database Admin".
	NamelessDatabase bool `json:"nameless_database,omitempty"`
	// ClusterWords makes the cluster's roles "Cluster Admin" instead of "AllDatabasesAdmin".
	ClusterWords bool `json:"cluster_words,omitempty"`
	// InheritedAdminsOnly leaves the users and viewers of the database out of an entity's list.
	InheritedAdminsOnly bool `json:"inherited_admins_only,omitempty"`
	// SharedAsDirect makes roles that come from a Fabric workspace or item look like
	// grants on the database: "Database X Viewer". Otherwise they are "AllDatabasesViewer".
	SharedAsDirect bool `json:"shared_as_direct,omitempty"`
	// UpperNames changes the case of the securable's name in Role: to upper case,
	// or to lower case if the command had it in upper case.
	UpperNames bool `json:"upper_names,omitempty"`
	// GUIDNames puts a database's own name into Role instead of its pretty name, as Fabric
	// may. It does the same in the list of tables.
	GUIDNames bool `json:"guid_names,omitempty"`

	// The other columns of principals.

	// Columns selects the columns of principals: "" all seven, "notes" up to
	// Notes, "fqn" up to PrincipalFQN.
	Columns string `json:"columns,omitempty"`
	// OldTypeWords makes PrincipalType "AAD User" instead of "Microsoft Entra user".
	OldTypeWords bool `json:"old_type_words,omitempty"`
	// BareGroups leaves the mail address, and BareApps the application id, out of
	// PrincipalDisplayName.
	BareGroups bool `json:"bare_groups,omitempty"`
	BareApps   bool `json:"bare_apps,omitempty"`
	// WideBrackets puts several blanks before the bracket of a PrincipalDisplayName.
	WideBrackets bool `json:"wide_brackets,omitempty"`
	// ShowForeignNames shows the names of other tenants' principals instead of
	// "User from AAD tenant <id>".
	ShowForeignNames bool `json:"show_foreign_names,omitempty"`
	// HideObjectIDs leaves PrincipalObjectId empty.
	HideObjectIDs bool `json:"hide_object_ids,omitempty"`

	// Refusals.

	// NotFound selects the words for a missing database or entity: "" or "id" for "Entity
	// ID … was not found", "name" for "Entity name … does not exist" (404), "code" for
	// BadRequest_DatabaseNotExist and BadRequest_TableNotExist, "words" for "Entity … was
	// not found" without a code of its own.
	NotFound string `json:"not_found,omitempty"`
	// NotFoundStatus is the status for a missing database or entity, 0 for that of the words.
	NotFoundStatus int `json:"not_found_status,omitempty"`
	// NotFoundIn has other words for a missing entity than for a missing database.
	NotFoundIn NotFoundKinds `json:"not_found_in,omitzero"`
	// Wrapped puts each refusal into the @message of another one, as Fabric does.
	Wrapped bool `json:"wrapped,omitempty"`

	// Metadata selects the answer of /v1/rest/auth/metadata: "" complete, "empty" an empty
	// body, "404", "missing:<field>[,<field>…]" without those fields, or "with:<JSON object>" with
	// its fields instead.
	Metadata string `json:"metadata,omitempty"`
	// MetadataLoginEndpoint and MetadataResource replace fields of that answer, ""
	// for the real value.
	MetadataLoginEndpoint string `json:"-"`
	MetadataResource      string `json:"-"`
	// RedirectTo answers commands with a 307 to this host.
	RedirectTo string `json:"-"`

	// Load.

	// Capacity is how many commands run at once; more are throttled. 0 means 20, the
	// limit of the smallest cluster.
	Capacity int `json:"capacity,omitempty"`
	// Quota makes a throttled command a QuotaExceededException.
	Quota bool `json:"quota,omitempty"`
	// RetryAfter is the Retry-After of a throttled command in seconds, 0 for no header.
	RetryAfter int `json:"retry_after,omitempty"`
}

// NotFoundKinds are the words for a missing entity of each kind.
type NotFoundKinds struct {
	Table            NotFoundWords `json:"table,omitzero"`
	ExternalTable    NotFoundWords `json:"external_table,omitzero"`
	MaterializedView NotFoundWords `json:"materialized_view,omitzero"`
	Function         NotFoundWords `json:"function,omitzero"`
	GraphModel       NotFoundWords `json:"graph_model,omitzero"`
}

// NotFoundWords are the words for what is missing, as [Behaviour.NotFound] and
// [Behaviour.NotFoundStatus] select them. Without a form they are those of the database.
type NotFoundWords struct {
	Form   string `json:"form,omitempty"`
	Status int    `json:"status,omitempty"`
}

// Of finds the words for a kind of securable, nil for a database.
func (k *NotFoundKinds) Of(kind string) *NotFoundWords {
	return map[string]*NotFoundWords{
		command.Table: &k.Table, command.ExternalTable: &k.ExternalTable, command.MaterializedView: &k.MaterializedView,
		command.Function: &k.Function, command.GraphModel: &k.GraphModel,
	}[kind]
}

// notFoundWords are the words for a missing securable of a kind.
func (b Behaviour) notFoundWords(kind string) NotFoundWords {
	if own := b.NotFoundIn.Of(kind); own != nil && own.Form != "" {
		return *own
	}
	return NotFoundWords{b.NotFound, b.NotFoundStatus}
}

const smallestCapacity = 20
