// SPDX-License-Identifier: MPL-2.0

package mgmt

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

// refusal is the error in the body of an answer: {"error": {…}}.
type refusal struct {
	// Status is that of a refusal inside another one, 0 if it is not known.
	Status int
	// Wrapped is set for a refusal inside another one.
	Wrapped bool
	Code    string
	// Type is an exception type of the service with its namespace.
	Type string
	// Message is the service's own sentence, and General the one that it has besides.
	Message, General string
	Permanent        bool
	Context          struct{ ActivityID, ClientRequestID string }
}

// UnmarshalJSON reads values of any type: a code was seen as a number, and a value of an
// unexpected type must not cost the message.
func (r *refusal) UnmarshalJSON(raw []byte) error {
	var values, context map[string]json.RawMessage
	if err := json.Unmarshal(raw, &values); err != nil {
		return err
	}
	_ = json.Unmarshal(values["@context"], &context) // absent, or of no use
	r.Code, r.Type, r.Message, r.General = textOf(values["code"]), textOf(values["@type"]), textOf(values["@message"]), textOf(values["message"])
	r.Permanent = strings.EqualFold(textOf(values["@permanent"]), "true")
	r.Context.ActivityID, r.Context.ClientRequestID = textOf(context["activityId"]), textOf(context["clientRequestId"])
	return nil
}

// textOf is a value of JSON as text; empty for null.
func textOf(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return string(raw)
}

// wrapped is a message of Fabric: it has the refusal of the engine inside, as in
// `Forbidden (403-Forbidden): {"error":{…}}` (microsoft/delta-kusto, issue 155).
var (
	wrapped       = regexp.MustCompile(`(?s)^([^{]*)(\{\s*"error".*)$`)
	wrappedStatus = regexp.MustCompile(`\((\d{3})-`)
)

// maxWrapped is how many refusals around another one are read.
const maxWrapped = 4

// readRefusal reads the body of an error answer, and returns the innermost refusal. It is
// empty for a body of another form.
func readRefusal(body []byte) refusal {
	var inner refusal
	for depth := range maxWrapped {
		var envelope struct{ Error *refusal }
		if json.NewDecoder(bytes.NewReader(body)).Decode(&envelope) != nil || envelope.Error == nil {
			return inner
		}
		outer := inner
		inner = *envelope.Error
		inner.Status, inner.Wrapped = outer.Status, depth > 0
		inner.inherit(outer)
		found := wrapped.FindStringSubmatch(inner.Message)
		if found == nil {
			return inner
		}
		if status := wrappedStatus.FindStringSubmatch(found[1]); status != nil {
			inner.Status, _ = strconv.Atoi(status[1])
		}
		body = []byte(found[2])
	}
	return inner
}

// inherit takes the ids of a refusal around this one, where it has none itself.
func (r *refusal) inherit(outer refusal) {
	r.Context.ActivityID = cmp.Or(r.Context.ActivityID, outer.Context.ActivityID)
	r.Context.ClientRequestID = cmp.Or(r.Context.ClientRequestID, outer.Context.ClientRequestID)
}

// className is the exception type without its namespace.
func (r refusal) className() string { return r.Type[strings.LastIndexByte(r.Type, '.')+1:] }

// The service's words for what was not found. An id may contain quotes, so the match
// extends to the last words that can follow it. They are those of clusters that people
// have shown: `Entity ID 'f' of kind 'ExpressionFunction' was not found`,
// `Entity name 'D' of kind 'Database' does not exist`, `Entity 'T' of kind 'Table' was not
// found`, `Database 'D' was not found`.
var (
	principalMissing = regexp.MustCompile(`Entity ID '(.*)' of type '.*' was not found in`)
	principalInvalid = regexp.MustCompile(`(?i)entity is not valid and could not be retrieved from`)
	securableMissing = regexp.MustCompile(`Entity (?:(?:ID|name) )?'(.*)' of kind '(.*)' (?:was not found|does not exist)`)
	namedMissing     = regexp.MustCompile(`^(Database|Table|External ?Table|Materialized ?View|Function|Graph ?Model) '(.*)' (?:was not found|does not exist)`)
	syntaxMessage    = regexp.MustCompile(`(?i)^\s*(request is invalid.*)?syntax error`)
	// versionedName is how some messages write a database: [DB banana v?.?].
	versionedName = regexp.MustCompile(`^\[DB (.*) v[^ \]]*\]$`)
)

// reasonsByType are the reasons that an exception type gives.
var reasonsByType = map[string]Reason{
	"EntityNotFoundException":          ErrSecurableNotFound,
	"EntityNameDoesNotExistException":  ErrSecurableNotFound,
	"DatabaseNotFoundException":        ErrSecurableNotFound,
	"SyntaxException":                  ErrSyntax,
	"ControlCommandThrottledException": ErrThrottled,
	"QuotaExceededException":           ErrThrottled,
}

var (
	missingCode = regexp.MustCompile(`^BadRequest_(\w*)(?:NotExist|NotFound)$`)
	throttled   = regexp.MustCompile(`\b(?:ControlCommandThrottled|QuotaExceeded)Exception\b`)
)

// reasonOf returns the reason that the service's type, code and words give, or else that
// of the status. A caller without a token or a role gets that error, whatever the words are.
func (r refusal) reasonOf(status int) Reason {
	reason := reasonOfStatus(status)
	if reason == ErrUnauthorized || reason == ErrForbidden {
		return reason
	}
	byType, known := reasonsByType[r.className()]
	switch {
	case principalMissing.MatchString(r.Message), principalInvalid.MatchString(r.Message):
		return ErrPrincipalNotFound
	case known:
		return byType
	case missingCode.MatchString(r.Code), securableMissing.MatchString(r.Message), namedMissing.MatchString(r.Message):
		return ErrSecurableNotFound
	case r.Code == "BadRequest_SyntaxError", syntaxMessage.MatchString(r.Message):
		return ErrSyntax
	case throttled.MatchString(r.Message):
		return ErrThrottled
	}
	return reason
}

// subject returns the id or name that a refusal says was not found, and the service's
// word for what it is: "Database". Each is empty if the refusal does not say.
func (r refusal) subject() (name, kind string) {
	if found := principalMissing.FindStringSubmatch(r.Message); found != nil {
		return found[1], ""
	}
	if found := securableMissing.FindStringSubmatch(r.Message); found != nil {
		name, kind = found[1], found[2]
	} else if found := namedMissing.FindStringSubmatch(r.Message); found != nil {
		kind, name = found[1], found[2]
	}
	if inside := versionedName.FindStringSubmatch(name); inside != nil {
		name = inside[1]
	}
	if found := missingCode.FindStringSubmatch(r.Code); kind == "" && found != nil && found[1] != "Entity" {
		kind = found[1]
	}
	if kind == "" && r.className() == "DatabaseNotFoundException" {
		kind = "Database"
	}
	return name, kind
}

func reasonOfStatus(status int) Reason {
	switch {
	case status == http.StatusUnauthorized:
		return ErrUnauthorized
	case status == http.StatusForbidden:
		return ErrForbidden
	case status == http.StatusTooManyRequests:
		return ErrThrottled
	case status == http.StatusPreconditionFailed:
		return ErrStopped
	case status == http.StatusRequestTimeout, status >= 500:
		return ErrUnavailable
	}
	return ErrRefused
}
