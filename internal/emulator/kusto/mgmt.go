// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"cmp"
	"encoding/json"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto/command"
)

// call is one request to /v1/rest/mgmt.
type call struct {
	cluster    *Cluster
	w          http.ResponseWriter
	r          *http.Request
	requestID  string
	activityID string
	logged     *Command
	statement  command.Statement
	parseError error
	caller     *entra.Principal
	status     int
}

// ServeHTTP answers the cluster's REST interface.
func (c *Cluster) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	k := &call{cluster: c, w: w, r: r, requestID: r.Header.Get("x-ms-client-request-id"), activityID: uuid.NewString()}
	if k.requestID == "" {
		k.requestID = "unspecified;" + k.activityID
	}
	w.Header().Set("x-ms-client-request-id", k.requestID)
	w.Header().Set("x-ms-activity-id", k.activityID)
	switch strings.TrimSuffix(r.URL.Path, "/") {
	case "/v1/rest/auth/metadata":
		if !k.failBefore(c.faults.metadataFault()) {
			c.serveMetadata(w)
		}
	case "/v1/rest/mgmt":
		if r.Method != http.MethodPost {
			http.Error(w, "Method Not Allowed", http.StatusMethodNotAllowed)
			return
		}
		k.serve()
	case "/v1/rest/query", "/v2/rest/query":
		k.refuse(noQueries())
	default:
		k.refuse(notServed())
	}
}

// serve takes a command from its body to its answer.
func (k *call) serve() {
	if host := k.cluster.currentBehaviour().RedirectTo; host != "" {
		http.Redirect(k.w, k.r, "https://"+host+k.r.URL.Path, http.StatusTemporaryRedirect)
		return
	}
	if kind, _, err := mime.ParseMediaType(k.r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		http.Error(k.w, "Content-Type must be application/json", http.StatusUnsupportedMediaType)
		return
	}
	var body struct {
		DB  string `json:"db"`
		CSL string `json:"csl"`
	}
	if err := json.NewDecoder(k.r.Body).Decode(&body); err != nil {
		k.refuse(badRequest("Kusto.Common.Svc.Exceptions.BadRequestException", "The request body is not valid: "+err.Error()))
		return
	}
	k.parse(body.DB, body.CSL)
	refused := k.authenticate()
	k.cluster.log.begin(k.logged)
	defer func() { k.cluster.log.end(k.logged, k.status) }()
	if refused != nil {
		k.refuse(refused)
		return
	}
	k.run()
}

// parse parses the command and fills in its log entry.
func (k *call) parse(db, text string) {
	h := k.r.Header
	k.logged = &Command{
		Time: time.Now(), Database: db, Text: text, ClientRequestID: h.Get("x-ms-client-request-id"),
		App: h.Get("x-ms-app"), User: h.Get("x-ms-user"), ClientVersion: h.Get("x-ms-client-version"),
	}
	k.statement, k.parseError = command.Parse(text)
	appendToFile(text, k.statement)
	if k.parseError == nil {
		s := k.statement
		k.logged.Verb, k.logged.Role, k.logged.Principals = s.Verb, s.Role, s.Principals
		k.logged.Securable = securableOf(s, db)
		if s.Notes != nil {
			k.logged.Notes = *s.Notes
		}
	}
}

// authenticate finds the caller by the access token.
func (k *call) authenticate() *refusal {
	var err error
	if k.caller, err = k.cluster.environment.Entra.Authenticate(k.r, k.cluster.audiences); err != nil {
		return unauthorized(err.Error())
	}
	k.logged.CallerFQN = k.caller.FQN()
	return nil
}

// securableOf returns a statement's securable. db is the database of the request.
func securableOf(s command.Statement, db string) Securable {
	switch s.Kind {
	case command.Cluster:
		return Securable{Kind: s.Kind}
	case command.Database, command.FollowerDatabase:
		return Securable{Kind: s.Kind, Database: s.Name}
	}
	return Securable{Kind: s.Kind, Database: db, Entity: s.Name}
}

// run waits at gates, applies the fault, and executes the command.
func (k *call) run() {
	f, load := &k.cluster.faults, k.cluster.currentBehaviour()
	if k.cluster.log.atOnce() > cmp.Or(load.Capacity, smallestCapacity) {
		k.retryAfter(Fault{RetryAfter: time.Duration(load.RetryAfter) * time.Second})
		k.refuse(throttled(load.Quota))
		return
	}
	if !f.pass(*k.logged, k.cluster.environment.Closing) {
		panic(http.ErrAbortHandler)
	}
	fault, latency := f.decide(*k.logged)
	k.cluster.log.setFault(k.logged, fault.Kind)
	k.wait(latency + fault.Delay)
	if k.failBefore(fault) {
		return
	}
	var answer []byte
	var refused *refusal
	if !f.loses(fault) {
		answer, refused = k.execute()
	}
	if k.failAfter(fault, answer, refused) {
		return
	}
	if refused != nil {
		k.refuse(refused)
		return
	}
	k.send(http.StatusOK, answer, false)
}

// wait waits. A client that disconnects does not stop a command.
func (k *call) wait(d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-k.cluster.environment.Closing:
		panic(http.ErrAbortHandler)
	}
}

// refuse answers with an error.
func (k *call) refuse(e *refusal) {
	if k.logged != nil {
		k.cluster.log.setRefusal(k.logged, e.detail)
	}
	if e.status == http.StatusUnauthorized {
		k.w.Header().Set("WWW-Authenticate", `Bearer authorization_uri="`+cloudOf(k.cluster.host).login+`/`+k.cluster.environment.Entra.Directory().HomeTenantID()+
			`", resource_id="`+kustoResource(k.cluster.host)+`"`)
	}
	k.send(e.status, k.errorJSON(e), false)
}
