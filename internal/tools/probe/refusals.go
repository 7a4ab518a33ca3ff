// SPDX-License-Identifier: MPL-2.0

package main

import (
	"regexp"
	"strings"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

// knownRefusals are the refusals that people have shown, or that the emulator assumes.
// Any other one is printed, for maintainers.
var knownRefusals = []struct {
	code, class string
	message     *regexp.Regexp
}{
	{"BadRequest_EntityNotFound", "EntityNotFoundException", regexp.MustCompile(`^Entity ID '.*' of kind '` + knownKinds + `' was not found\.$`)},
	{"NotFound", "EntityNameDoesNotExistException", regexp.MustCompile(`^Entity name '.*' of kind '` + knownKinds + `' does not exist\.$`)},
	{"BadRequest_DatabaseNotExist", "DatabaseNotFoundException", regexp.MustCompile(`^Database '.*' was not found\.$`)},
	{"BadRequest_EntityNotExist", "", regexp.MustCompile(`^Entity '.*' of kind '` + knownKinds + `' was not found\.$`)},
	{"General_BadRequest", "", regexp.MustCompile(`^Entity '.*' of kind '` + knownKinds + `' was not found\.$`)},
	{"General_BadRequest", "InvalidPrincipalException", regexp.MustCompile(`^Requested entity is not valid and could not be retrieved from AAD\. Entity ID '.*' of type '(AAD User|AAD Group|AAD Application Id|MSA User)' was not found in AAD tenant '.*'$`)},
	{"BadRequest_SyntaxError", "SyntaxException", regexp.MustCompile(`^Syntax error`)},
	{"Forbidden", "UnauthorizedDatabaseAccessException", regexp.MustCompile(`^Principal '.*' is not authorized to (read|write) [a-z_ -]+ '.*'\.$`)},
	{"TooManyRequests", "ControlCommandThrottledException", regexp.MustCompile(`^The management command was aborted due to throttling`)},
	{"TooManyRequests", "QuotaExceededException", regexp.MustCompile(`exceeding quota limitations`)},
	{"General_BadRequest", "PrincipalNotInRoleException", regexp.MustCompile(`^Principal '.*' is not in role '[a-z]+' of [a-z_ -]+ '.*'\.$`)},
	{"General_BadRequest", "MissingDependencyException", regexp.MustCompile(`^Principal '.*' is not one of the [a-z ]+ of database '.*'\.$`)},
}

const knownKinds = `(Database|Table|ExternalTable|MaterializedView|Function|ExpressionFunction|GraphModel)`

// kindInCode is the kind of securable in a code such as BadRequest_TableNotExist.
var kindInCode = regexp.MustCompile(`^BadRequest_(Table|ExternalTable|MaterializedView|Function|GraphModel)NotExist$`)

// isKnownRefusal compares the code, the type and the words, not the status.
func isKnownRefusal(e *mgmt.Error) bool {
	code := kindInCode.ReplaceAllString(e.Code, "BadRequest_EntityNotExist")
	for _, known := range knownRefusals {
		if known.code == code && known.class == className(e.Type) && known.message.MatchString(e.Message) {
			return true
		}
	}
	return false
}

// className is an exception type without its namespace.
func className(exception string) string { return exception[strings.LastIndexByte(exception, '.')+1:] }
