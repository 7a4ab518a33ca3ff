// SPDX-License-Identifier: MPL-2.0

package mgmt

import (
	"encoding/json"
	"strings"
	"testing"
)

// body is an error answer of the service.
func body(code, kind, message string) string {
	out, _ := json.Marshal(map[string]any{"error": map[string]any{
		"code": code, "message": "Request is invalid and cannot be executed.", "@type": kind, "@message": message, "@permanent": true,
		"@context": map[string]string{"clientRequestId": "request-" + code, "activityId": "activity-" + code},
	}})
	return string(out)
}

func TestRefusal_isReadInEveryWordingThatWasSeen(t *testing.T) {
	t.Parallel()
	const data, node = "Kusto.Data.Exceptions.", "Kusto.DataNode.Exceptions."
	inner := body("Forbidden", node+"UnauthorizedDatabaseAccessException", "Principal 'aadapp=a;b' is not authorized to read database 'D'.")
	for name, tc := range map[string]struct {
		status        int
		body          string
		reason        Reason
		subject, kind string
	}{
		// microsoft/delta-kusto, issue 92
		"function by id":     {400, body("BadRequest_EntityNotFound", data+"EntityNotFoundException", "Entity ID 'f' of kind 'ExpressionFunction' was not found."), ErrSecurableNotFound, "f", "ExpressionFunction"},
		"versioned database": {400, body("BadRequest_EntityNotFound", data+"EntityNotFoundException", "Entity ID '[DB banana v?.?]' of kind 'Database' was not found."), ErrSecurableNotFound, "banana", "Database"},
		// Azure-Samples/azure-kusto-samples-dotnet, issue 29
		"name that does not exist": {404, body("NotFound", data+"EntityNameDoesNotExistException", "Entity name 'D' of kind 'Database' does not exist."), ErrSecurableNotFound, "D", "Database"},
		"database by code":         {400, body("BadRequest_DatabaseNotExist", data+"DatabaseNotFoundException", "Database 'D' was not found."), ErrSecurableNotFound, "D", "Database"},
		"table by code":            {400, body("BadRequest_TableNotExist", "", "Entity 'T' of kind 'Table' was not found."), ErrSecurableNotFound, "T", "Table"},
		"code alone":               {400, body("BadRequest_TableNotExist", "", "Nothing to see."), ErrSecurableNotFound, "", "Table"},
		"type alone":               {404, body("NotFound", data+"DatabaseNotFoundException", "Nothing to see."), ErrSecurableNotFound, "", "Database"},
		"words alone":              {400, body("General_BadRequest", "", "Function 'it''s' was not found."), ErrSecurableNotFound, "it''s", "Function"},
		"a name with quotes":       {400, body("General_BadRequest", "", "Entity ID 'a' of kind 'b' of kind 'Table' was not found."), ErrSecurableNotFound, "a' of kind 'b", "Table"},
		"404 of something else":    {404, body("NotFound", "", "No such page."), ErrRefused, "", ""},
		"principal": {400, body("General_BadRequest", data+"EntityNotFoundException",
			"Requested entity is not valid and could not be retrieved from AAD. Entity ID 'x' of type 'AAD Group' was not found in AAD tenant 't'"), ErrPrincipalNotFound, "x", ""},
		"syntax by type":  {400, body("General_BadRequest", data+"SyntaxException", "Unexpected ')'"), ErrSyntax, "", ""},
		"syntax by words": {400, body("General_BadRequest", "", "Syntax error: Query could not be parsed"), ErrSyntax, "", ""},
		"throttled":       {429, body("TooManyRequests", node+"ControlCommandThrottledException", "The management command was aborted due to throttling."), ErrThrottled, "", ""},
		"quota":           {400, body("LimitsExceeded", data+"QuotaExceededException", "Request was aborted due to exceeding quota limitations. TimeWindow: '01:00:00'"), ErrThrottled, "", ""},
		"conflict":        {409, body("Conflict", "", "The entity is being changed."), ErrRefused, "", ""},
		"stopped":         {412, body("PreconditionFailed", "", "The cluster is suspended."), ErrStopped, "", ""},
		"too large":       {413, body("RequestTooLarge", "", "The request is too large."), ErrRefused, "", ""},
		// a caller without the role gets that error, whatever is missing
		"forbidden": {403, body("Forbidden", "", "Entity ID 'D' of kind 'Database' was not found."), ErrForbidden, "D", "Database"},
		// microsoft/delta-kusto, issue 155
		"refusal in a refusal": {403, body("Forbidden", data+"KustoRequestDeniedException", "Forbidden (403-Forbidden): "+inner), ErrForbidden, "", ""},
		"pretty-printed":       {403, body("Forbidden", data+"KustoRequestDeniedException", "Forbidden (403-Forbidden): {\r\n    \"error\": {\r\n "+inner[len(`{"error":{`):]+"\r\nmore"), ErrForbidden, "", ""},
		"not found in a refusal": {403, body("Forbidden", data+"KustoRequestDeniedException", "BadRequest (400-BadRequest): "+
			body("BadRequest_EntityNotFound", data+"EntityNotFoundException", "Entity ID 'f' of kind 'Table' was not found.")), ErrSecurableNotFound, "f", "Table"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := &Error{Status: tc.status}
			e.read(readRefusal([]byte(tc.body)))
			if e.Reason != tc.reason || e.Subject != tc.subject || e.Kind != tc.kind {
				t.Errorf("%q, subject %q of kind %q; want %q, %q of kind %q", e.Reason, e.Subject, e.Kind, tc.reason, tc.subject, tc.kind)
			}
			if strings.Contains(e.Message, "{") || e.ActivityID == "" || e.RequestID == "" {
				t.Errorf("%q, activity %q, request %q", e.Message, e.ActivityID, e.RequestID)
			}
		})
	}
}

func TestRefusal_thatIsNotKustosIsEmpty(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "null", "[]", `{"error":"no"}`, `{"error":null}`, "<html>", `{"message":"x"}`} {
		if r := readRefusal([]byte(text)); r != (refusal{}) {
			t.Errorf("%q reads as %+v", text, r)
		}
	}
}

func FuzzRefusal(f *testing.F) {
	f.Add(body("Forbidden", "A.B", "Forbidden (403-Forbidden): "+body("x", "y", "Entity ID '[DB a v?.?]' of kind 'Database' was not found.")))
	f.Add(`{"error":{"@message":"{\"error\":{\"@message\":\"{\\\"error\\\":{}}\"}}"}}`)
	f.Fuzz(func(_ *testing.T, text string) {
		e := &Error{Status: 400}
		e.read(readRefusal([]byte(text)))
	})
}

// A value of an unexpected type costs nothing else.
func TestReadRefusal_readsValuesOfAnyType(t *testing.T) {
	t.Parallel()
	r := readRefusal([]byte(`{"error":{"code":403,"message":{"a":1},"@type":null,"@message":"No.","@permanent":"true","@context":{"activityId":7}}}`))
	if r.Code != "403" || r.Message != "No." || r.Type != "" || !r.Permanent || r.Context.ActivityID != "7" {
		t.Errorf("%+v", r)
	}
	if r := readRefusal([]byte(`{"error":{"@message":"No.","@permanent":false,"@context":"none"}}`)); r.Message != "No." || r.Permanent {
		t.Errorf("%+v", r)
	}
}
