package auth

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// ConfigError is a configuration that cannot work, found before any request.
type ConfigError struct {
	// Attributes are the HCL names of the arguments at fault.
	Attributes []string
	// Summary is a few words, Detail says what to do about it.
	Summary, Detail string
}

// Error implements error.
func (e *ConfigError) Error() string { return e.Summary + ": " + e.Detail }

// SignInError is a sign-in that was tried and failed. Its text holds no secret,
// and it does not unwrap to the library's error, whose text may.
type SignInError struct {
	// Method is the name of the method, as [Credential.Method] gives it.
	Method string
	// StatusCode is the HTTP status of the answer, 0 if there was none.
	StatusCode int
	// Code is Entra's own, such as AADSTS7000215; empty if there was none.
	Code string
	// Message is Entra's own sentence, or the library's.
	Message string
	// CorrelationID is what Microsoft's support asks for.
	CorrelationID string
	// RetryAfter is how long the answer asked to wait, 0 if it did not.
	RetryAfter time.Duration

	cause error
}

// Error implements error.
func (e *SignInError) Error() string {
	var b strings.Builder
	b.WriteString("signing in with " + e.Method + ": ")
	if e.StatusCode != 0 {
		fmt.Fprintf(&b, "HTTP status %d: ", e.StatusCode)
	}
	if e.Code != "" {
		b.WriteString(e.Code + ": ")
	}
	b.WriteString(e.Message)
	return b.String()
}

// Is looks for target in the library's error without handing that error out.
func (e *SignInError) Is(target error) bool { return errors.Is(e.cause, target) }

// Temporary reports whether the same request may succeed a little later.
func (e *SignInError) Temporary() bool {
	switch {
	case e.StatusCode == http.StatusRequestTimeout, e.StatusCode == http.StatusTooManyRequests, e.StatusCode >= 500:
		return true
	case slices.Contains(transientCodes, e.Code):
		return true
	case e.StatusCode != 0 || e.Code != "":
		return false
	}
	// A managed identity is asked for on this machine: where nothing answers,
	// there is none.
	return e.Method != MethodManagedIdentity && isNetworkTrouble(e.Message)
}

// transientCodes are those which Microsoft's list of AADSTS errors calls temporary.
var transientCodes = []string{"AADSTS50196", "AADSTS90033", "AADSTS90036", "AADSTS90055", "AADSTS90006"}

// entraError is the body of a refused token request.
type entraError struct {
	Error         string `json:"error"`
	Description   string `json:"error_description"`
	CorrelationID string `json:"correlation_id"`
}

var aadstsCode = regexp.MustCompile(`\bAADSTS\d+\b`)

// newSignInError turns a library's error into one that is safe to show.
func newSignInError(method string, secrets []string, err error) *SignInError {
	e := &SignInError{Method: method, cause: err}
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

// readResponse takes what is useful from a refusal and returns its text.
func (e *SignInError) readResponse(resp *http.Response) string {
	e.StatusCode = resp.StatusCode
	if seconds, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && seconds > 0 {
		e.RetryAfter = time.Duration(seconds) * time.Second
	}
	body, err := runtime.Payload(resp)
	if err != nil || len(body) == 0 {
		return http.StatusText(resp.StatusCode)
	}
	// A 200 is here because its body could not be used; it may well hold a token.
	if resp.StatusCode < 300 {
		return "the answer could not be read"
	}
	var said entraError
	if json.Unmarshal(body, &said) == nil && said.Description+said.Error != "" {
		e.CorrelationID = said.CorrelationID
		return firstOf(said.Description, said.Error)
	}
	return firstWords(string(body))
}

// traceTail is what Entra appends to each sentence, for its support.
var traceTail = regexp.MustCompile(`(?s)\s*(Trace ID|Correlation ID|Timestamp):.*`)

// libraryNames are azidentity's prefixes; the method's name says the same.
var libraryNames = regexp.MustCompile(`\b(\w+Credential(\.GetToken\(\))?|azd|az)\s*:\s+`)

func tidySentence(text, code string) string {
	if code != "" {
		// What stands before the code is the library's, and names no cause.
		_, text, _ = strings.Cut(text, code)
		text = strings.TrimPrefix(text, ":")
	}
	text = traceTail.ReplaceAllString(text, "")
	text = libraryNames.ReplaceAllString(text, "")
	text = strings.Join(strings.Fields(text), " ")
	text = strings.TrimPrefix(text, "ERROR: ")
	return strings.TrimSpace(text)
}

// firstWords bounds a body that is nobody's JSON, such as a proxy's web page.
func firstWords(body string) string {
	const limit = 300
	body = strings.Join(strings.Fields(body), " ")
	if len(body) > limit {
		body = strings.ToValidUTF8(body[:limit], "") + "…"
	}
	return body
}

const struck = "(removed)"

var (
	// anyJWT also finds one that was cut off.
	anyJWT = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{6,}(\.[A-Za-z0-9_-]*)*`)
	// namedSecret finds values that are secret by the name beside them, in JSON or a form.
	namedSecret = regexp.MustCompile(`(?i)((?:access_?token|id_token|refresh_token|oidcToken|client_assertion|client_secret|assertion)\\?"?\s*[:=]\s*\\?"?)[^"\\&\s,}]+`)
	// urlQuery finds the query of any URL: request URLs carry tokens and ids there.
	urlQuery = regexp.MustCompile(`(https?://[^\s"'?]+)\?[^\s"']*`)
)

// redact strikes every known secret, and everything that looks like one, out of text.
func redact(text string, secrets []string) string {
	for _, s := range secrets {
		for _, form := range []string{s, url.QueryEscape(s), strings.TrimSpace(s)} {
			// A shorter "secret" would only make words unreadable.
			if len(form) >= 4 {
				text = strings.ReplaceAll(text, form, struck)
			}
		}
	}
	text = anyJWT.ReplaceAllString(text, struck)
	text = namedSecret.ReplaceAllString(text, "${1}"+struck)
	return urlQuery.ReplaceAllString(text, "$1")
}
