// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// ConfigError is an invalid or incomplete configuration, found before any request.
type ConfigError struct {
	// Attributes are the HCL names of the arguments at fault; may be empty.
	Attributes []string
	// Summary is a short title; Detail says what to do.
	Summary, Detail string
}

// Error implements error.
func (e *ConfigError) Error() string { return e.Summary + ": " + e.Detail }

// configError makes the error of one argument. The rest is for fmt.Sprintf.
func configError(summary, argument, format string, args ...any) error {
	return &ConfigError{Attributes: []string{argument}, Summary: summary, Detail: fmt.Sprintf(format, args...)}
}

// asConfigError turns any error of a method's build function into a ConfigError.
func (c *Config) asConfigError(m method, err error) error {
	var invalid *ConfigError
	if errors.As(err, &invalid) {
		return invalid
	}
	return &ConfigError{Summary: "Cannot sign in with " + m.name, Detail: tidySentence(redact(err.Error(), c.secrets()), "")}
}

// SignInError is a failed sign-in. Its text contains no secret. It does not unwrap
// to the library's error, whose text may.
type SignInError struct {
	// Method is the name of the method, as [Credential.Method] returns it.
	Method string
	// StatusCode is the HTTP status of the response; 0 if there was none.
	StatusCode int
	// Code is the error code of Microsoft Entra ID, such as AADSTS7000215; empty if
	// there was none.
	Code string
	// Message is the text of Microsoft Entra ID or of the library.
	Message string
	// CorrelationID identifies the request for Microsoft's support; may be empty.
	CorrelationID string

	cause error
}

// Error implements error.
func (e *SignInError) Error() string { return "signing in with " + e.Method + ": " + e.said() }

// said is the response: its code, or else its status, and the message.
func (e *SignInError) said() string {
	switch {
	case e.Code != "":
		return e.Code + ": " + e.Message
	case e.StatusCode != 0:
		return fmt.Sprintf("HTTP status %d: %s", e.StatusCode, e.Message)
	}
	return e.Message
}

// Temporary reports whether the same request may succeed a little later.
func (e *SignInError) Temporary() bool {
	if e.StatusCode != 0 || e.Code != "" {
		return e.StatusCode == http.StatusRequestTimeout || e.StatusCode == http.StatusTooManyRequests ||
			e.StatusCode >= http.StatusInternalServerError || slices.Contains(temporaryCodes, e.Code)
	}
	// The endpoint of managed identities is local. If it is unreachable, there is none.
	return isUnreachable(e) && e.Method != methodManagedIdentity
}

// temporaryCodes are the ones that Microsoft's list of AADSTS codes calls temporary.
var temporaryCodes = []string{"AADSTS50196", "AADSTS90033", "AADSTS90036", "AADSTS90055", "AADSTS90006"}

var aadstsCode = regexp.MustCompile(`\bAADSTS\d+\b`)

// newSignInError turns a library's error into one that is safe to show. cause is
// the error behind it, if it is known.
func newSignInError(method string, secrets []string, err, cause error) *SignInError {
	e := &SignInError{Method: method, cause: errors.Join(err, cause)}
	text := err.Error()
	var failed *azidentity.AuthenticationFailedError
	if errors.As(err, &failed) && failed.RawResponse != nil {
		text = e.readResponse(failed.RawResponse)
	}
	text = redact(text, secrets)
	text, _, _ = strings.Cut(text, "To troubleshoot, visit")
	e.Code = aadstsCode.FindString(text)
	e.Message = tidySentence(text, e.Code)
	return e
}

// readResponse takes the status and the correlation id from an error response and
// returns its text.
func (e *SignInError) readResponse(resp *http.Response) string {
	e.StatusCode = resp.StatusCode
	body, err := runtime.Payload(resp)
	if err != nil || len(body) == 0 {
		return http.StatusText(resp.StatusCode)
	}
	// The body of a success that could not be parsed may contain a token.
	if resp.StatusCode < http.StatusMultipleChoices {
		return "the response could not be parsed"
	}
	text, id := readSentence(body)
	e.CorrelationID = id
	return text
}

// readSentence returns the sentence in an error response of Microsoft Entra ID, Azure
// DevOps or GitHub, and the correlation id if there is one.
func readSentence(body []byte) (sentence, correlationID string) {
	var said struct {
		Error         lenient[string] `json:"error"`
		Description   lenient[string] `json:"error_description"`
		Message       lenient[string] `json:"message"` // Azure DevOps, GitHub
		CorrelationID lenient[string] `json:"correlation_id"`
	}
	_ = json.Unmarshal(body, &said) // another form, such as a web page
	return cmp.Or(said.Description.value, said.Message.value, said.Error.value, firstWords(string(body))), said.CorrelationID.value
}

var (
	// traceTail is what Microsoft Entra ID appends to its messages, for its support.
	traceTail = regexp.MustCompile(`(?s)\s*(Trace ID|Correlation ID|Timestamp):.*`)
	// libraryNames are azidentity's prefixes; the name of the method says the same.
	libraryNames = regexp.MustCompile(`\b(\w+Credential(\.GetToken\(\))?|azd|az)\s*:\s+`)
)

func tidySentence(text, code string) string {
	if code != "" {
		// The library's text in front of the code names no cause.
		_, text, _ = strings.Cut(text, code)
		text = strings.TrimPrefix(text, ":")
	}
	text = traceTail.ReplaceAllString(text, "")
	text = libraryNames.ReplaceAllString(text, "")
	text = strings.Join(strings.Fields(text), " ")
	return strings.TrimSpace(strings.TrimPrefix(text, "ERROR: "))
}

// firstWords shortens a body that is not JSON, such as a proxy's web page.
func firstWords(body string) string {
	const limit = 300
	body = strings.Join(strings.Fields(body), " ")
	if len(body) > limit {
		body = strings.ToValidUTF8(body[:limit], "") + "…"
	}
	return body
}
