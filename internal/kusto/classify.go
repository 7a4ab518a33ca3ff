package kusto

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	kustoerrors "github.com/Azure/azure-kusto-go/azkustodata/errors"
)

// The service's own wording of what was not found. An id may hold quotes, so
// the match runs to the last words that can follow it.
var (
	principalMissing = regexp.MustCompile(`Entity ID '(.*)' of type '.*' was not found in`)
	principalInvalid = regexp.MustCompile(`(?i)entity is not valid and could not be retrieved from`)
	securableMissing = regexp.MustCompile(`Entity ID '(.*)' of kind '(.*)' was not found`)
	syntaxMessage    = regexp.MustCompile(`(?i)^\s*(request is invalid.*)?syntax error`)
)

// classify turns a failed attempt into an Error: x is what the transport and the
// credential saw of it, ctx is the attempt's caller.
func (c *Cluster) classify(ctx context.Context, err error, x *exchange) *Error {
	e := &Error{
		Cluster: c.uri, Status: x.status, ActivityID: x.activityID, RetryAfter: x.retryAfter,
		Err: err,
	}
	var httpErr *kustoerrors.HttpError
	switch {
	case errors.As(err, &httpErr):
		e.fromHTTP(httpErr, x)
	case ctx.Err() != nil:
		e.Kind, e.Err = Interrupted, context.Cause(ctx)
	case x.tokenErr != nil:
		e.fromToken(x.tokenErr)
	case x.netErr != nil:
		e.fromNetwork(x.netErr)
	case x.phase == "metadata":
		e.fromMetadata(x)
	default:
		e.fromBody(err)
	}
	return e
}

// fromToken: no token was had, or it would have been one for somebody else.
func (e *Error) fromToken(cause error) {
	e.Kind, e.Err, e.Status = SignIn, cause, 0
	var refused *Error
	if errors.As(cause, &refused) {
		e.Kind, e.Message = refused.Kind, refused.Message
	}
}

// fromHTTP reads Kusto's error envelope.
func (e *Error) fromHTTP(httpErr *kustoerrors.HttpError, x *exchange) {
	e.Status = httpErr.StatusCode
	if e.Status >= 300 && e.Status < 400 {
		e.Kind = Untrusted
		e.Message = fmt.Sprintf("the cluster answered with a redirect to %q, which is not followed: the request carries a token for this host alone", x.location)
		return
	}
	envelope, _ := httpErr.UnmarshalREST()["error"].(map[string]any)
	e.Code, e.Message = text(envelope, "code"), text(envelope, "@message")
	if e.Message == "" {
		e.Message = text(envelope, "message")
	}
	if e.Message == "" {
		e.Message = "the answer held no explanation: " + http.StatusText(e.Status)
	}
	e.Permanent, _ = envelope["@permanent"].(bool)
	if about, ok := envelope["@context"].(map[string]any); ok {
		e.RequestID = text(about, "clientRequestId")
		if id := text(about, "activityId"); id != "" {
			e.ActivityID = id
		}
	}
	e.Kind = kindOfStatus(e.Status)
	e.refine()
}

func text(m map[string]any, key string) string {
	s, _ := m[key].(string)
	return s
}

func kindOfStatus(status int) ErrorKind {
	switch {
	case status == http.StatusUnauthorized:
		return Unauthorized
	case status == http.StatusForbidden:
		return Forbidden
	case status == http.StatusTooManyRequests:
		return Throttled
	case status == http.StatusRequestTimeout, status >= 500:
		return Unavailable
	}
	return Unknown
}

// refine reads the service's words where the status alone does not tell.
func (e *Error) refine() {
	if e.Kind == Throttled || e.Kind == Unauthorized || e.Kind == Forbidden {
		return
	}
	switch {
	case principalMissing.MatchString(e.Message):
		e.Kind, e.Subject = PrincipalNotFound, principalMissing.FindStringSubmatch(e.Message)[1]
	case principalInvalid.MatchString(e.Message):
		e.Kind = PrincipalNotFound
	case securableMissing.MatchString(e.Message):
		e.Kind, e.Subject = SecurableNotFound, securableMissing.FindStringSubmatch(e.Message)[1]
	case syntaxMessage.MatchString(e.Message):
		e.Kind = SyntaxError
	case strings.Contains(e.Code+e.Message, "ControlCommandThrottledException"):
		e.Kind = Throttled
	}
}

// fromNetwork: a connection that never came to be, or was cut. A certificate
// that does not verify stays so.
func (e *Error) fromNetwork(cause error) {
	e.Kind, e.Err, e.Status = Unavailable, cause, 0
	var certificate *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	e.Permanent = errors.As(cause, &certificate) || errors.As(cause, &authority) || errors.As(cause, &host)
	e.Message = "the connection to the cluster failed: " + cause.Error()
}

// fromMetadata: the cluster's sign-in metadata could not be read, or names a
// login host under which this cluster is not trusted. The cluster's own host was
// checked before, so the metadata is what is wrong.
func (e *Error) fromMetadata(x *exchange) {
	e.Kind = kindOfStatus(x.status)
	if x.status < 300 {
		e.Kind = Unavailable
	}
	e.Message = fmt.Sprintf("the cluster's sign-in metadata (/v1/rest/auth/metadata) could not be read: %v", e.Err)
	var sdk *kustoerrors.Error
	if errors.As(e.Err, &sdk) && sdk.Kind == kustoerrors.KClientArgs {
		e.fromUntrustedLogin()
	}
}

// fromUntrustedLogin: the SDK did not trust the cluster under the login host that
// the metadata name, now or when it read them.
func (e *Error) fromUntrustedLogin() {
	e.Kind, e.Status = Untrusted, 0
	e.Message = "the cluster's sign-in metadata names a login host that does not belong to this cluster's cloud, so no token is sent to it"
}

// fromBody: status 200 says that the command started, not that it succeeded. A
// failure after that stands in the body; a body that does not read was cut.
func (e *Error) fromBody(err error) {
	e.Kind = Unavailable
	var sdk *kustoerrors.Error
	if errors.As(err, &sdk) && sdk.Err != nil {
		if sdk.Kind == kustoerrors.KClientArgs && e.Status == 0 {
			e.fromUntrustedLogin()
			return
		}
		e.Message = sdk.Err.Error()
		e.refine()
		return
	}
	e.Message = "the cluster's answer was cut short or is not what Kusto answers: " + err.Error()
}
