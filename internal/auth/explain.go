package auth

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Explain puts an error of [Credential.GetToken] into plain words: a summary, and
// a detail that keeps Entra's code and sentence and says what to check next. It
// also takes any other error, whose text it passes on without secrets.
func Explain(err error, c *Credential) (summary, detail string) {
	var fault *ConfigError
	if errors.As(err, &fault) {
		return fault.Summary, fault.Detail
	}
	var failed *SignInError
	if !errors.As(err, &failed) {
		if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
			return "Signing in did not finish", "Signing in with " + c.Method() + " was interrupted or ran out of time."
		}
		failed = newSignInError(c.Method(), c.config.secrets(), err)
	}
	why := diagnose(failed)
	said := fmt.Sprintf("Signing in with %s failed: %s", failed.Method, failed.said())
	return why.summary, strings.Join(nonEmpty(said, why.advice(c), failed.trace()), "\n\n")
}

// said is the answer in the words of whoever gave it.
func (e *SignInError) said() string {
	text := e.Message
	if e.Code != "" {
		text = e.Code + ": " + text
	}
	if e.Code == "" && e.StatusCode != 0 {
		text = fmt.Sprintf("HTTP status %d: %s", e.StatusCode, text)
	}
	return text
}

func (e *SignInError) trace() string {
	if e.CorrelationID == "" {
		return ""
	}
	return "Correlation id, for Microsoft's support: " + e.CorrelationID
}

func nonEmpty(parts ...string) []string {
	var kept []string
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return kept
}

// diagnosis is a known reason why a sign-in fails.
type diagnosis struct {
	// codes are Entra's; words are pieces of a message, in lower case. method, where
	// there is one, narrows the words to it.
	codes   []string
	words   []string
	method  string
	summary string
	advice  func(*Credential) string
}

// diagnose finds the first known reason that fits.
func diagnose(e *SignInError) diagnosis {
	text := strings.ToLower(e.Message)
	for _, d := range diagnoses {
		if d.fits(e, text) {
			return d
		}
	}
	return diagnosis{summary: "Could not sign in", advice: say("")}
}

func (d diagnosis) fits(e *SignInError, text string) bool {
	for _, code := range d.codes {
		if e.Code == code {
			return true
		}
	}
	if e.Code != "" || d.method != "" && d.method != e.Method {
		return false
	}
	for _, w := range d.words {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

func say(text string) func(*Credential) string { return func(*Credential) string { return text } }

// isNetworkTrouble reports a failure on the way, which may pass.
func isNetworkTrouble(message string) bool {
	text := strings.ToLower(message)
	for _, w := range networkWords {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

var networkWords = []string{
	"connection refused", "connection reset", "i/o timeout", "tls handshake timeout", "no such host",
	"server misbehaving", "network is unreachable", "no route to host", "context deadline exceeded",
	"unexpected eof", "broken pipe", "proxyconnect", ": eof", "http2: ", "client.timeout exceeded",
}
