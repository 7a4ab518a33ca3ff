package kusto

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// refusal is an error answer.
type refusal struct {
	status    int
	code      string
	message   string
	kind      string // @type, the service's exception type
	detail    string // @message
	permanent bool
}

const invalidRequest = "Request is invalid and cannot be executed."

func badRequest(kind, detail string) *refusal {
	return &refusal{http.StatusBadRequest, "General_BadRequest", invalidRequest, kind, detail, true}
}

func syntaxFault(err error) *refusal {
	e := badRequest("Kusto.Data.Exceptions.SyntaxException", err.Error())
	e.code = "BadRequest_SyntaxError"
	return e
}

func invalidPrincipal(detail string) *refusal {
	return badRequest("Kusto.Data.Exceptions.InvalidPrincipalException", detail)
}

// kindNames are the names of the kinds of securable in "was not found" errors.
var kindNames = map[string]string{
	"database": "Database", "follower database": "Database", "table": "Table", "external table": "ExternalTable",
	"materialized-view": "MaterializedView", "function": "Function", "graph_model": "GraphModel",
}

func notFound(status int, kind, name string) *refusal {
	e := badRequest("Kusto.Data.Exceptions.EntityNotFoundException", fmt.Sprintf("Entity ID '%s' of kind '%s' was not found.", name, kindNames[kind]))
	e.code = "BadRequest_EntityNotFound"
	if status != 0 {
		e.status = status
	}
	return e
}

func forbidden(caller, action, kind, name string) *refusal {
	return &refusal{
		http.StatusForbidden, "Forbidden", "Caller is not authorized to perform this action",
		"Kusto.DataNode.Exceptions.UnauthorizedDatabaseAccessException",
		fmt.Sprintf("Principal '%s' is not authorized to %s %s '%s'.", caller, action, kind, name), true,
	}
}

func unauthorized(detail string) *refusal {
	return &refusal{
		http.StatusUnauthorized, "Unauthorized", "The caller is not authenticated.",
		"Kusto.Common.Svc.Exceptions.UnauthenticatedException", detail, true,
	}
}

func throttled() *refusal {
	return &refusal{
		http.StatusTooManyRequests, "TooManyRequests", "Request is denied due to throttling.",
		"Kusto.DataNode.Exceptions.ControlCommandThrottledException",
		"The management command was aborted due to throttling. Retrying after some backoff might succeed. " +
			"CommandType: 'DatabasePrincipals', Capacity: 1, Origin: 'CapacityPolicy/Emulated'.", false,
	}
}

func unavailable(status int) *refusal {
	return &refusal{
		status, http.StatusText(status), "The service is temporarily unable to answer.",
		"Kusto.Common.Svc.Exceptions.ServiceUnavailableException", "Please retry later.", false,
	}
}

// errorJSON is the body of an error answer.
func (k *call) errorJSON(e *refusal) []byte {
	name, _, _ := strings.Cut(k.cluster.host, ".")
	body, _ := json.Marshal(map[string]any{"error": map[string]any{ // strings and numbers always marshal
		"code": e.code, "message": e.message, "@type": e.kind, "@message": e.detail, "@permanent": e.permanent,
		"@context": map[string]any{
			"timestamp": time.Now().UTC().Format(time.RFC3339Nano), "serviceAlias": strings.ToUpper(name),
			"machineName": "KEngine000000", "processName": "Kusto.WinSvc.Svc", "processId": 4242, "threadId": 42,
			"clientRequestId": k.requestID, "activityId": k.activityID, "subActivityId": k.activityID,
			"activityType": "DN.AdminCommand", "parentActivityId": k.activityID,
			"activityStack": "(Activity stack: CRID=" + k.requestID + " ARID=" + k.activityID + " > DN.AdminCommand/" + k.activityID + ")",
		},
	}})
	return body
}
