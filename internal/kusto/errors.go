package kusto

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// ErrorKind says what went wrong, so that a caller can decide without reading
// messages.
type ErrorKind int

// The kinds of failure.
const (
	// Unknown is any other refusal of the service.
	Unknown ErrorKind = iota
	// SecurableNotFound: no such database or entity (or the caller may not see it).
	SecurableNotFound
	// PrincipalNotFound: Entra ID does not know the principal, or does not show
	// it yet.
	PrincipalNotFound
	// Forbidden: the caller lacks the role for the command.
	Forbidden
	// Unauthorized: the token was refused, also a fresh one.
	Unauthorized
	// SyntaxError: the service could not read the command.
	SyntaxError
	// Throttled: the cluster is at capacity.
	Throttled
	// Unavailable: the cluster, or the way to it, failed; the command may have run.
	Unavailable
	// SignIn: no token could be had.
	SignIn
	// Untrusted: the cluster, its metadata or a redirect asked for a token to go
	// where it must not.
	Untrusted
	// Interrupted: the caller gave up (cancelled, or out of time).
	Interrupted
	// Lockout: the change would lock the caller, or everyone, out.
	Lockout
	// NotApplied: the service took the command and the list does not show it.
	NotApplied
)

// Error is a failed command or sign-in, with what a person needs to go on.
type Error struct {
	Kind ErrorKind
	// Status is the HTTP status; 0 where none was received.
	Status int
	// Code and Message are the service's own: "Forbidden", and the @message.
	Code, Message string
	// Subject is what could not be found: the id of a principal or entity, in
	// the service's spelling; empty where it did not say.
	Subject string
	// ActivityID and RequestID are what Microsoft's support asks for.
	ActivityID, RequestID string
	// Cluster is the address the command went to.
	Cluster ClusterURI
	// Waited is how long was tried before giving up; 0 for a first refusal.
	Waited time.Duration
	// Tries is how many times the command was sent.
	Tries int
	// RetryAfter is the pause the service asked for; 0 where it did not.
	RetryAfter time.Duration
	// Permanent is the service's own word that another try is of no use.
	Permanent bool
	// TimeUp is why no further try was made: the caller's deadline or its
	// cancellation; nil where the failure itself was final.
	TimeUp error
	// Err is the cause, where there is one.
	Err error
}

// Error says what Kusto said, or what failed on the way, in one line.
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

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// retryable reports whether sending the same command again may help, and does
// no harm: every command of this package may run twice.
//
// The service's own word that an error is permanent is believed, except at the
// statuses of a gateway that speaks for a cluster it could not reach.
func (e *Error) retryable() bool {
	gateway := e.Status == 502 || e.Status == 503 || e.Status == 504 || e.Status == 520
	return e.Kind == Throttled || (e.Kind == Unavailable && (gateway || !e.Permanent))
}

// KindOf gives the kind of a failure; Unknown for an error of somewhere else.
func KindOf(err error) ErrorKind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Unknown
}
