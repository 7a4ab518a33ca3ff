package emulator

// Behaviour is what no public document settles about the service, or what
// differs between engines. The zero value is what most public reports show.
type Behaviour struct {
	// DropAbsentIsError makes .drop of an absent principal a 400 rather than a success.
	DropAbsentIsError bool
	// AddKeepsNotes makes .add of a present principal leave its notes alone.
	// Otherwise notes that are given replace them.
	AddKeepsNotes bool
	// SetClearsNotes makes .set without notes drop the notes of those who stay.
	SetClearsNotes bool
	// GraphModelWords stand for the kind in a graph model's Role, "" for "Graph Model".
	GraphModelWords string
	// UnrestrictedViewerWord stands for the role in Role, "" for "UnrestrictedViewer".
	UnrestrictedViewerWord string
	// Columns is how many columns principals have: "" all seven, "notes" up to
	// Notes, "fqn" up to PrincipalFQN.
	Columns string
	// OldTypeWords writes PrincipalType as "AAD User" rather than "Microsoft Entra user".
	OldTypeWords bool
	// UpperNames writes the securable's name in Role in capitals, or in small
	// letters where it is in capitals already: in any case not as it was asked.
	UpperNames bool
	// GUIDNames writes a database's own name in Role where it has a pretty one, as Fabric may.
	GUIDNames bool
	// OthersRolesForbidden makes `.show … principal '<fqn>' roles` a 403.
	OthersRolesForbidden bool
	// ShowForeignNames shows the names of other tenants' principals rather
	// than "User from AAD tenant <id>".
	ShowForeignNames bool
	// EntityNeedsDatabaseRole refuses (400) a role inside a database to who has none on the database.
	EntityNeedsDatabaseRole bool
	// NotFoundStatus is the status for a missing database or entity, 0 for 400.
	NotFoundStatus int
	// Metadata is how /v1/rest/auth/metadata answers: "" normally, "empty"
	// with an empty body, "404", or "missing:<field>[,<field>…]" without those fields.
	Metadata string
	// MetadataLoginEndpoint and MetadataResource are lies to tell there, "" for the truth.
	MetadataLoginEndpoint, MetadataResource string
	// RedirectTo answers commands with a 307 to this host.
	RedirectTo string
}
