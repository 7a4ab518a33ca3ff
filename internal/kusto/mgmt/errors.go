// SPDX-License-Identifier: MPL-2.0

package mgmt

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Reason says why a command failed. Test an error for one with [errors.Is].
type Reason string //nolint:errname // it is the reason of an Error

// Error makes a Reason a target for errors.Is.
func (r Reason) Error() string { return string(r) }

// The reasons for which a command fails.
const (
	// ErrSecurableNotFound: no such database or entity, or the caller may not see it.
	ErrSecurableNotFound Reason = "securable not found"
	// ErrPrincipalNotFound: Microsoft Entra ID does not know the principal, or does
	// not show it yet.
	ErrPrincipalNotFound Reason = "principal not found"
	// ErrForbidden: the caller lacks the role for the command.
	ErrForbidden Reason = "forbidden"
	// ErrUnauthorized: the token was refused, a fresh one too.
	ErrUnauthorized Reason = "unauthorized"
	// ErrSyntax: the service cannot parse the command.
	ErrSyntax Reason = "syntax error"
	// ErrThrottled: the cluster is at capacity, or a quota is used up.
	ErrThrottled Reason = "throttled"
	// ErrUnavailable: the cluster, or the network on the way to it, failed. The
	// command may have run.
	ErrUnavailable Reason = "unavailable"
	// ErrSilent: the cluster did not answer in time. The command may have run.
	ErrSilent Reason = "no answer"
	// ErrUnexpectedAnswer: the service answered with something that is not the list that
	// was asked for. It proves nothing about who holds a role.
	ErrUnexpectedAnswer Reason = "unexpected answer"
	// ErrProxyAuthentication: the proxy wants credentials.
	ErrProxyAuthentication Reason = "proxy authentication required"
	// ErrSignIn: no token could be obtained.
	ErrSignIn Reason = "sign-in failed"
	// ErrUntrusted: the cluster, its metadata or a redirect asked for a token to be
	// sent to a host that is not trusted.
	ErrUntrusted Reason = "untrusted host"
	// ErrStopped: the cluster is stopped or suspended.
	ErrStopped Reason = "stopped"
	// ErrInterrupted: the caller's context was cancelled or its deadline passed.
	ErrInterrupted Reason = "interrupted"
	// ErrRefused is any other refusal of the service.
	ErrRefused Reason = "refused"
)

// Error is a failed command or sign-in.
type Error struct {
	// Reason is one of the Err… constants.
	Reason Reason
	// Status is the HTTP status, 0 if no answer was received.
	Status int
	// Code and Message are the service's own: "Forbidden", and the @message.
	Code, Message string
	// Type is the service's own exception type, with its namespace.
	Type string
	// Wrapped is set if the service put the refusal into the message of another one.
	Wrapped bool
	// Subject is the id or name of the principal or entity that was not found, as
	// the service spells it. Empty if the service did not say.
	Subject string
	// Kind is the service's word for what Subject is: "Database", "ExpressionFunction".
	// Empty for a principal, and if the service did not say.
	Kind string
	// ActivityID and RequestID are the ids that Microsoft's support asks for.
	ActivityID, RequestID string
	// Cluster is the address the command was sent to.
	Cluster ClusterURI
	// Tries is how often the command was sent.
	Tries int
	// Waited is the time from the first try to the last one, 0 for a single try.
	Waited time.Duration
	// RetryAfter is the pause that the service asked for, 0 if it asked for none.
	RetryAfter time.Duration
	// Permanent is the service's own statement that trying again is of no use.
	Permanent bool
	// TimeUp is the cause of the caller's context, if that is why no further try
	// was made. It is nil if the failure itself is final.
	TimeUp error
	// MayHaveRun is set if a command was sent that changes something, and no answer to it proves
	// that it had no effect: to any try, not only the last one.
	MayHaveRun bool
	// Body is how an answer begins that is not the one to the command, without a token.
	Body string
	// Elsewhere is the last failure on the cluster if the caller gave up while it waited: that
	// of any command. It may be why, and says nothing of what the caller asked.
	Elsewhere *Error
	// Err is the underlying error, if there is one.
	Err error

	// began is when the step that failed began: metadata, the sign-in or the command.
	began time.Time
}

// Error returns the message and the HTTP status in one line.
func (e *Error) Error() string {
	text := e.Message
	if text == "" && e.Err != nil {
		text = e.Err.Error()
	}
	if e.Status != 0 {
		return fmt.Sprintf("%s (HTTP %d)", strings.TrimSpace(text), e.Status)
	}
	return strings.TrimSpace(text)
}

// Unwrap returns the reason and the underlying error.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Reason}
	}
	return []error{e.Reason, e.Err}
}

// WithReason returns the error with another reason.
func (e *Error) WithReason(r Reason) *Error {
	out := *e
	out.Reason = r
	return &out
}

// AsError returns the [*Error] in err; for any other error, one with the reason
// [ErrRefused].
func AsError(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Reason: ErrRefused, Err: err}
}

// isRefusal reports whether a failure proves that the command had no effect.
func (e *Error) isRefusal() bool {
	return e.Reason == ErrSignIn || e.Reason == ErrUntrusted ||
		e.Status >= 400 && e.Status < 500 && e.Reason != ErrUnavailable
}

// IsClusterWide reports whether other commands would fail for the same reason.
func (e *Error) IsClusterWide() bool {
	switch e.Reason {
	case ErrThrottled, ErrUnavailable, ErrSilent, ErrSignIn, ErrUnauthorized, ErrStopped, ErrProxyAuthentication, ErrUntrusted:
		return true
	}
	return false
}

// IsQuota reports whether a quota is used up, which takes an hour to pass.
func (e *Error) IsQuota() bool { return strings.Contains(e.Type, "QuotaExceeded") }

func untrustedAudience(uri ClusterURI, err error) *Error {
	return &Error{Reason: ErrUntrusted, Cluster: uri,
		Message: "the cluster's sign-in metadata requests a token for a service other than Kusto: " + err.Error()}
}
