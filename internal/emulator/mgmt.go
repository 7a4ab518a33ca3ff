package emulator

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/command"
)

// call is one request to /v1/rest/mgmt on its way.
type call struct {
	cluster    *Cluster
	w          http.ResponseWriter
	r          *http.Request
	requestID  string
	activityID string
	logged     *Command
	statement  command.Statement
	parseError error
	caller     *Principal
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
		c.serveMetadata(w)
	case "/v1/rest/mgmt":
		if r.Method != http.MethodPost {
			http.Error(w, "Method Not Allowed", http.StatusMethodNotAllowed)
			return
		}
		k.serve()
	default:
		http.NotFound(w, r)
	}
}

// serve takes a command from its body to its answer.
func (k *call) serve() {
	if host := k.cluster.Behaviour().RedirectTo; host != "" {
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
	raw, err := io.ReadAll(k.r.Body)
	if err == nil {
		err = json.Unmarshal(raw, &body)
	}
	if err != nil {
		k.refuse(badRequest("Kusto.Common.Svc.Exceptions.BadRequestException", "The request's body is not valid: "+err.Error()))
		return
	}
	refusal := k.read(body.DB, body.CSL)
	k.cluster.log.begin(k.logged)
	defer func() { k.cluster.log.end(k.logged, k.status) }()
	if refusal != nil {
		k.refuse(refusal)
		return
	}
	k.run()
}

// read fills in what the log says of a command, and who sends it.
func (k *call) read(db, text string) *kustoError {
	h := k.r.Header
	k.logged = &Command{
		Time: time.Now(), Database: db, Text: text, ClientRequestID: h.Get("x-ms-client-request-id"),
		App: h.Get("x-ms-app"), User: h.Get("x-ms-user"), ClientVersion: h.Get("x-ms-client-version"),
	}
	k.statement, k.parseError = command.Parse(text)
	keepCommand(text, k.statement)
	if k.parseError == nil {
		s := k.statement
		k.logged.Verb, k.logged.Role, k.logged.Principals = s.Verb, s.Role, s.Principals
		k.logged.Securable = securableOf(s, db)
		if s.Notes != nil {
			k.logged.Notes = *s.Notes
		}
	}
	claims, err := k.cluster.emulator.tokens.verify(bearer(k.r), k.cluster.audiences)
	if err != nil {
		return unauthorized("The access token is missing or not valid: " + err.Error())
	}
	d := k.cluster.emulator.directory
	d.mu.RLock()
	k.caller = d.byObjectID[claims.ObjectID]
	d.mu.RUnlock()
	if k.caller == nil {
		return unauthorized("The access token's principal does not exist.")
	}
	k.logged.CallerFQN = k.caller.FQN()
	return nil
}

// securableOf is what a statement is about, in the database that the request names.
func securableOf(s command.Statement, db string) Securable {
	switch s.Kind {
	case command.Cluster:
		return Securable{Kind: s.Kind}
	case command.Database, command.FollowerDatabase:
		return Securable{Kind: s.Kind, Database: s.Name}
	}
	return Securable{Kind: s.Kind, Database: db, Entity: s.Name}
}

// run waits at gates, meets its fault, and executes.
func (k *call) run() {
	f := &k.cluster.faults
	shown := k.cluster.log.set(k.logged, func(*Command) {})
	if !f.pass(shown, k.cluster.emulator.done) {
		panic(http.ErrAbortHandler)
	}
	fault, latency := f.decide(shown)
	if fault == nil {
		fault = &Fault{}
	}
	k.cluster.log.set(k.logged, func(c *Command) { c.Fault = string(fault.Kind) })
	k.wait(latency + fault.Delay)
	if k.failBefore(fault) {
		return
	}
	answer, refusal := k.execute()
	if k.failAfter(fault, answer, refusal) {
		return
	}
	if refusal != nil {
		k.refuse(refusal)
		return
	}
	k.send(http.StatusOK, answer, false)
}

// wait passes time. A client that leaves does not stop a command that the service has.
func (k *call) wait(d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-k.cluster.emulator.done:
		panic(http.ErrAbortHandler)
	}
}

// refuse answers with an error envelope.
func (k *call) refuse(e *kustoError) {
	if e.status == http.StatusUnauthorized {
		k.w.Header().Set("WWW-Authenticate", `Bearer authorization_uri="`+cloudOf(k.cluster.host).login+`/`+k.cluster.tenantID+
			`", resource_id="`+kustoResource(k.cluster.host)+`"`)
	}
	k.send(e.status, k.envelope(e), false)
}
