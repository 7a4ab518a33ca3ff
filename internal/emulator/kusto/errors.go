// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"cmp"
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

// notFound is the refusal for a missing database or entity. The words are those that
// people have shown: microsoft/delta-kusto issue 92 (Entity ID), Azure-Samples/
// azure-kusto-samples-dotnet issue 29 (Entity name).
func notFound(b Behaviour, kind, name string) *refusal {
	e := badRequest("", "")
	word, words := kindNames[kind], b.notFoundWords(kind)
	switch words.Form {
	case "name":
		e.status, e.code, e.kind = http.StatusNotFound, "NotFound", "Kusto.Data.Exceptions.EntityNameDoesNotExistException"
		e.detail = fmt.Sprintf("Entity name '%s' of kind '%s' does not exist.", name, word)
	case "code":
		e.code, e.detail = "BadRequest_"+word+"NotExist", fmt.Sprintf("Entity '%s' of kind '%s' was not found.", name, word)
		if word == "Database" {
			e.kind, e.detail = "Kusto.Data.Exceptions.DatabaseNotFoundException", fmt.Sprintf("Database '%s' was not found.", name)
		}
	case "words":
		e.detail = fmt.Sprintf("Entity '%s' of kind '%s' was not found.", name, word)
	default:
		e.code, e.kind = "BadRequest_EntityNotFound", "Kusto.Data.Exceptions.EntityNotFoundException"
		switch word {
		case "Database":
			name = "[DB " + name + " v?.?]"
		case "Function":
			word = "ExpressionFunction"
		}
		e.detail = fmt.Sprintf("Entity ID '%s' of kind '%s' was not found.", name, word)
	}
	e.status = cmp.Or(words.Status, e.status)
	return e
}

// follows is the refusal of a change to a database that follows another cluster's. Nobody
// has shown the real words.
func follows(name string) *refusal {
	return badRequest("Kusto.Data.Exceptions.ReadOnlyDatabaseException", fmt.Sprintf("Database '%s' is read-only.", name))
}

// clusterRolesRefused is what Microsoft's page on security roles says of the cluster's. Nobody
// has shown the real words.
func clusterRolesRefused(verb string) *refusal {
	return badRequest("Kusto.Common.Svc.Exceptions.BadRequestException", fmt.Sprintf("%s: the roles of a cluster cannot be changed by a command.", verb))
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

func throttled(quota bool) *refusal {
	if quota {
		return &refusal{
			http.StatusTooManyRequests, "TooManyRequests", "Request is denied due to throttling.",
			"Kusto.Data.Exceptions.QuotaExceededException",
			"The request was denied due to exceeding quota limitations. Resource: 'RequestsRateLimit', TimeWindow: '01:00:00'.", false,
		}
	}
	return &refusal{
		http.StatusTooManyRequests, "TooManyRequests", "Request is denied due to throttling.",
		"Kusto.DataNode.Exceptions.ControlCommandThrottledException",
		"The management command was aborted due to throttling. Retrying after some backoff might succeed. " +
			"CommandType: 'DatabasePrincipals', Capacity: 1, Origin: 'CapacityPolicy/Emulated'.", false,
	}
}

// noQueries is the emulator's own: the service has no such refusal.
func noQueries() *refusal {
	return &refusal{
		http.StatusNotImplemented, "NotImplemented", "kusto-emulator runs no queries.", "System.NotImplementedException",
		"kusto-emulator has no data and runs no queries. It runs the management commands of roles, at /v1/rest/mgmt.", true,
	}
}

func notServed() *refusal {
	return &refusal{
		http.StatusNotFound, "NotFound", "kusto-emulator does not serve this path.", "System.NotSupportedException",
		"kusto-emulator serves /v1/rest/mgmt and /v1/rest/auth/metadata, and nothing else of a cluster.", true,
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
	if k.cluster.currentBehaviour().Wrapped {
		outer := *e
		outer.kind = "Kusto.Data.Exceptions.KustoRequestDeniedException"
		status := strings.ReplaceAll(http.StatusText(e.status), " ", "")
		outer.detail = fmt.Sprintf("%s (%d-%s): %s", status, e.status, status, k.envelope(e))
		e = &outer
	}
	return k.envelope(e)
}

func (k *call) envelope(e *refusal) []byte {
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
