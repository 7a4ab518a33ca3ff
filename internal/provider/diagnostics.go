package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/kusto-community/terraform-provider-kusto/internal/auth"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// failure is what a command was about, for the words of its error.
type failure struct {
	session   *session
	securable kusto.Securable
	// doing says what failed: "grant admins to aaduser=…".
	doing string
	// principal is the attribute that names the principal or principals.
	principal path.Path
}

// add turns an error of package kusto into one diagnostic: at the attribute at
// fault, in plain words, with what Kusto said and what to do next.
func (f failure) add(diags *diag.Diagnostics, err error) {
	var e *kusto.Error
	if !errors.As(err, &e) {
		diags.AddError("Could not "+f.doing, sentence(err))
		return
	}
	where, summary, advice := f.explain(e)
	detail := strings.Join(nonEmpty(
		f.story(err, e), advice, trace(e),
	), "\n\n")
	if where.Equal(path.Empty()) {
		diags.AddError(summary, detail)
		return
	}
	diags.AddAttributeError(where, summary, detail)
}

// explain chooses the attribute, the summary and the advice by kind of failure.
func (f failure) explain(e *kusto.Error) (where path.Path, summary, advice string) {
	switch e.Kind {
	case kusto.PrincipalNotFound:
		return f.principal, "Principal not found in Microsoft Entra ID",
			"Check the spelling, the type (aaduser, aadgroup, aadapp) and the tenant. " +
				"A principal that was just created can take some minutes to appear; a longer timeouts.create waits longer."
	case kusto.SecurableNotFound:
		return f.missing(e), "No such " + f.missingNoun(e), f.missingAdvice(e)
	case kusto.Forbidden:
		return path.Empty(), "Not authorized to " + f.doing,
			"The identity that runs Terraform needs the role " + f.securable.Kind.ManagedBy + ". " +
				"A role that was just granted can take some minutes to count."
	case kusto.SignIn:
		summary, advice = auth.Explain(e.Err, f.session.credential)
		return path.Empty(), summary, advice
	case kusto.Unauthorized:
		return path.Empty(), "The cluster refused the access token",
			"A fresh token was tried too. Check that the tenant signed in to (tenant_id) is the cluster's, that environment names the cluster's cloud, and, with access_token, that the token is one for Kusto."
	case kusto.Untrusted:
		return path.Root("cluster_uri"), "The cluster is not to be trusted with a token",
			"Nothing was sent to it that holds a secret or a token for anything else. Check the address."
	case kusto.Lockout:
		return path.Root("allow_lockout"), "This would lock someone out", ""
	case kusto.Throttled:
		return path.Empty(), "The cluster is at capacity", "Try again later, or lower -parallelism."
	case kusto.Unavailable:
		return path.Root("cluster_uri"), "The cluster could not be reached", "Check the address, the network and the proxy (HTTPS_PROXY), and that the cluster is running. What was under way may have been done; applying again finds out."
	case kusto.Interrupted:
		return path.Empty(), "Interrupted: could not " + f.doing, "What was under way may have been done; applying again finds out."
	case kusto.NotApplied:
		return f.principal, "Could not " + f.doing, ""
	}
	return path.Empty(), "Could not " + f.doing, ""
}

// story says what was being done and what came back.
func (f failure) story(err error, e *kusto.Error) string {
	if e.Kind == kusto.SignIn {
		return ""
	}
	if e.Kind == kusto.Lockout {
		return sentence(e)
	}
	said := "Could not " + f.doing + ". "
	if prefix, wrapped := strings.CutSuffix(err.Error(), e.Error()); wrapped && strings.TrimRight(prefix, ": ") != "" {
		said += sentence(errors.New(strings.TrimRight(prefix, ": "))) + " "
	}
	switch {
	case e.Code != "" || e.Status >= 400:
		said += fmt.Sprintf("Kusto said (HTTP %d): %s", e.Status, strings.TrimSpace(e.Message))
	case e.Kind == kusto.Interrupted:
		said += sentence(errors.New(whyOver(e.Err)))
	default:
		said += sentence(e)
	}
	if e.Tries > 1 {
		said += fmt.Sprintf("\n\nTried %d times in %s.", e.Tries, e.Waited.Round(100*time.Millisecond))
	}
	if e.TimeUp != nil {
		said += fmt.Sprintf(" No further try was made: %s.", whyOver(e.TimeUp))
	}
	return said
}

// whyOver says in words why a context was done.
func whyOver(cause error) string {
	switch {
	case errors.Is(cause, context.DeadlineExceeded):
		return "the time that timeouts give it is up"
	case cause == nil || errors.Is(cause, context.Canceled):
		return "the run was interrupted"
	}
	return cause.Error()
}

// missing is the attribute that names what was not found. Kusto says only the
// name, which may be the database's although the command was about a table.
func (f failure) missing(e *kusto.Error) path.Path {
	if f.isDatabase(e) {
		return path.Root(kusto.Database.NameAttribute())
	}
	return path.Root(f.securable.Kind.NameAttribute())
}

func (f failure) missingNoun(e *kusto.Error) string {
	if f.isDatabase(e) {
		return kusto.Database.Noun
	}
	return f.securable.Kind.Noun
}

func (f failure) missingAdvice(e *kusto.Error) string {
	if f.isDatabase(e) {
		return "Check the database's name, and that the cluster is the right one; a database that the caller may not see is reported like one that does not exist."
	}
	return "Check the name, upper and lower case included."
}

func (f failure) isDatabase(e *kusto.Error) bool {
	return !f.securable.Kind.InsideDatabase() || strings.EqualFold(e.Subject, f.securable.Database)
}

// trace is what Microsoft's support asks for.
func trace(e *kusto.Error) string {
	var parts []string
	if e.Cluster != "" {
		parts = append(parts, "Cluster: "+string(e.Cluster))
	}
	if e.Kind == kusto.SignIn {
		return strings.Join(parts, "") // no command was sent
	}
	if e.ActivityID != "" {
		parts = append(parts, "Activity ID: "+e.ActivityID)
	}
	if e.RequestID != "" {
		parts = append(parts, "Client request ID: "+e.RequestID)
	}
	return strings.Join(parts, "\n")
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

// sentence writes an error as one: a capital letter at its beginning and a full
// stop at its end.
func sentence(err error) string {
	s := strings.TrimSpace(err.Error())
	first, size := utf8.DecodeRuneInString(s)
	if size > 0 && unicode.IsLower(first) {
		s = string(unicode.ToUpper(first)) + s[size:]
	}
	if s != "" && !strings.ContainsAny(s[len(s)-1:], ".!?") {
		s += "."
	}
	return s
}
