package kusto

// Behaviour are the points on which public documents and reports of the service
// differ or are silent, and the differences between engines. The zero value is
// what most reports show.
type Behaviour struct {
	// DropAbsentIsError makes .drop of an absent principal a 400. Otherwise it succeeds.
	DropAbsentIsError bool
	// DropUnknownIsError makes .drop of a principal that Entra ID no longer knows a 400,
	// also if the command has its resolved FQN. Otherwise that succeeds.
	DropUnknownIsError bool
	// AddKeepsNotes makes .add of a present principal leave its notes unchanged.
	// Otherwise the command's notes, if any, replace them.
	AddKeepsNotes bool
	// SetClearsNotes makes .set without notes remove the notes of the principals that stay.
	SetClearsNotes bool
	// GraphModelWords begin the Role of a graph model, "" for "Graph Model".
	GraphModelWords string
	// UnrestrictedViewerWord ends the Role of an unrestricted viewer, "" for "UnrestrictedViewer".
	UnrestrictedViewerWord string
	// Columns selects the columns of principals: "" all seven, "notes" up to
	// Notes, "fqn" up to PrincipalFQN.
	Columns string
	// OldTypeWords makes PrincipalType "AAD User" instead of "Microsoft Entra user".
	OldTypeWords bool
	// UpperNames changes the case of the securable's name in Role: to upper case,
	// or to lower case if the command had it in upper case.
	UpperNames bool
	// GUIDNames puts a database's own name into Role instead of its pretty name, as Fabric may.
	GUIDNames bool
	// OthersRolesForbidden makes `.show … principal '<fqn>' roles` a 403.
	OthersRolesForbidden bool
	// ShowForeignNames shows the names of other tenants' principals instead of
	// "User from AAD tenant <id>".
	ShowForeignNames bool
	// EntityNeedsDatabaseRole refuses (400) a role on an entity to principals
	// without a role on its database.
	EntityNeedsDatabaseRole bool
	// NotFoundStatus is the status for a missing database or entity, 0 for 400.
	NotFoundStatus int
	// Metadata selects the answer of /v1/rest/auth/metadata: "" complete, "empty"
	// an empty body, "404", or "missing:<field>[,<field>…]" without those fields.
	Metadata string
	// MetadataLoginEndpoint and MetadataResource replace fields of that answer, ""
	// for the real value.
	MetadataLoginEndpoint, MetadataResource string
	// RedirectTo answers commands with a 307 to this host.
	RedirectTo string
}
