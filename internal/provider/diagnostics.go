// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"cmp"
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
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

// operation is what the provider was doing when an error occurred.
type operation struct {
	session   *session
	securable kusto.Securable
	// role is the one that is granted or revoked.
	role kusto.Role
	// action is a verb phrase: "grant admins of … to aaduser=…".
	action string
	// principal is the attribute with the principal or principals.
	principal path.Path
	// allowed says who may do it, if that is not the securable's admins.
	allowed string
	// writes is set for an operation that changes something.
	writes bool
	// revoking is set for an operation that only takes a role away.
	revoking bool
	// done says what was done before an error, in sentences.
	done string
}

// addError adds a diagnostic: at the attribute at fault, in plain words, with Kusto's
// message and the next step.
func (o operation) addError(diags *diag.Diagnostics, err error) {
	var e *mgmt.Error
	if !errors.As(err, &e) {
		diags.AddError("Could not "+o.action, sentence(err))
		return
	}
	where, summary, advice := o.explain(e)
	advice = strings.Join(nonEmpty(advice, o.reconcile(e)), " ")
	detail := strings.Join(nonEmpty(o.message(err, e), o.done, advice, o.trace(e, summary)), "\n\n")
	if o.isRepeated(e, summary) {
		detail = strings.Join(nonEmpty("Could not "+o.action+". Another error of this run has the details.", o.done), "\n\n")
	}
	if where.Equal(path.Empty()) {
		diags.AddError(summary, detail)
		return
	}
	diags.AddAttributeError(where, summary, detail)
}

// isRepeated reports whether an error of this run has explained the cause: a failed sign-in,
// a cluster that fails, or a database that does not exist.
func (o operation) isRepeated(e *mgmt.Error, summary string) bool {
	cause := finding{failure: summary, cluster: e.Cluster}
	switch {
	case o.session == nil:
		return false
	case e.Reason == mgmt.ErrSignIn:
		cause.cluster = ""
	case e.Reason == mgmt.ErrSecurableNotFound && o.missing(e) == kusto.Database:
		cause.securable.Database = o.securable.Database
	case !e.IsClusterWide():
		return false
	}
	return !o.session.checks.isNew(cause)
}

const forgetIt = "To stop managing the grant without revoking it, replace the resource with a removed block with lifecycle { destroy = false }."

// leaveIt says how to leave a principal alone whose role no command revokes.
func (o operation) leaveIt() string {
	if o.principal.Equal(path.Root(principalAttribute)) {
		return forgetIt
	}
	return "To leave such a principal alone, add it to `ignore_principals`."
}

// reconcile says what to do about a command that may have run. A read has no effect.
func (o operation) reconcile(e *mgmt.Error) string {
	if !o.writes || !e.MayHaveRun {
		return ""
	}
	return "The command may have taken effect. Run `terraform apply` again to reconcile."
}

const noSuchHost = "There is no host with this name. Check the spelling of the cluster URI, and of the proxy in HTTPS_PROXY if there is one. No command was sent."

// explain returns the attribute, the summary and the advice for the reason.
func (o operation) explain(e *mgmt.Error) (where path.Path, summary, advice string) {
	switch e.Reason {
	case mgmt.ErrPrincipalNotFound:
		return o.principal, "Principal not found in Microsoft Entra ID",
			"Check the spelling, the type (aaduser, aadgroup, aadapp) and the tenant, and that the principal was not deleted. " +
				"A group must be security-enabled: Kusto does not find a Microsoft 365 group or a distribution list. " +
				"A newly created principal can take some minutes to appear." + waitLonger(e)
	case kusto.ErrDeleted:
		return o.principal, "Kusto cannot revoke the role of a deleted principal",
			"Microsoft Entra ID no longer knows the principal, so Kusto refuses to drop it. The provider can then only set the principals that remain as the whole list, if they are not more than 100. " +
				o.leaveIt()
	case kusto.ErrPrerequisite:
		return o.principal, "The principal lacks a role on the database",
			"A principal needs " + o.securable.Type.NeedsText(o.role) + " before it can be one of the " + string(o.role) + ". " +
				"Grant that role with a kusto_database_principal resource. If it is in the same configuration, name it in depends_on."
	case mgmt.ErrSecurableNotFound:
		t := o.missing(e)
		advice = "Check the name. It is case-sensitive."
		if t == kusto.Database {
			advice = "Check the name of the database and the cluster. A database that the caller is not allowed to see is reported as missing too."
		}
		return path.Root(t.NameAttribute()), "No such " + t.Noun, advice
	case mgmt.ErrForbidden:
		return path.Empty(), "Not authorized to " + o.action,
			cmp.Or(o.allowed, "The identity that runs Terraform needs the role "+o.securable.Type.ManagedBy+".") +
				" A role that was just granted can take some minutes to take effect." + o.ofCluster()
	case mgmt.ErrSignIn:
		summary, advice = auth.Explain(e.Err, o.session.credential)
		return path.Empty(), summary, advice
	case kusto.ErrLockout:
		return path.Root("allow_lockout"), "Refusing to remove the last admin access", ""
	case mgmt.ErrInterrupted:
		summary = "Interrupted: could not " + o.action
		if errors.Is(e.Err, context.DeadlineExceeded) {
			summary = "Timed out: could not " + o.action
		}
		return path.Empty(), summary, ""
	case kusto.ErrStillHeld:
		return o.principal, "Kusto did not revoke the role", o.leaveIt()
	case kusto.ErrNotApplied:
		return o.principal, "Could not " + o.action, ""
	}
	if _, ok := explanations[e.Reason]; ok {
		return o.explainCommon(e)
	}
	if e.Reason == mgmt.ErrRefused {
		advice = o.allowed
	}
	return path.Empty(), "Could not " + o.action, strings.TrimSpace(advice + o.ofCluster())
}

// explainCommon is explain for a reason that is the same for every operation.
func (o operation) explainCommon(e *mgmt.Error) (where path.Path, summary, advice string) {
	known := explanations[e.Reason]
	switch {
	case e.NoSuchHost():
		return known.where, known.summary, noSuchHost
	case e.Reason == mgmt.ErrUnavailable && e.Status != 0:
		known.summary, known.advice = "The cluster is unavailable", "The cluster, or a gateway or proxy in front of it, failed in a way that may pass. Check that the cluster is running and not overloaded."
	case e.Reason == mgmt.ErrSilent:
		known.advice += waitLonger(e)
	}
	return known.where, known.summary, known.advice
}

// ofCluster says what to do if a cluster refuses a command about its roles.
func (o operation) ofCluster() string {
	switch {
	case o.securable.Type != kusto.Cluster || !o.writes:
		return ""
	case o.revoking:
		return aboutClusterRoles + " delete its principal assignment in the Azure portal. " + forgetIt
	}
	return aboutClusterRoles + " use azurerm_kusto_cluster_principal_assignment of the azurerm provider instead."
}

const aboutClusterRoles = " Microsoft's documentation contradicts itself on whether a command can change the roles of a cluster. " +
	"In Fabric, the workspace has them. If this cluster does not allow such commands,"

// explanations are those of reasons that are the same for every operation.
var explanations = map[mgmt.Reason]struct {
	where           path.Path
	summary, advice string
}{
	mgmt.ErrUnauthorized: {path.Empty(), "The cluster refused the access token",
		"A new token was refused too. Check that tenant_id is the cluster's tenant, that environment is the cluster's cloud, and, with access_token, that the token is for Kusto."},
	mgmt.ErrUntrusted: {path.Root("cluster_uri"), "Refusing to send a token to an untrusted cluster",
		"No secret, and no token for another service, was sent to it. Check the cluster URI. " +
			"If the cluster is your own and its metadata names your own login host, add the cluster's host to trusted_hosts in the provider."},
	kusto.ErrFollower: {path.Root("database_name"), "The database follows a database of another cluster",
		"A following database is read-only. Grant the role on the database that it follows, in the cluster which that belongs to. " +
			"Principals of the follower alone (.add follower database) are not managed by this provider."},
	mgmt.ErrStopped: {path.Root("cluster_uri"), "The cluster is stopped",
		"Start the cluster, and run `terraform apply` again."},
	mgmt.ErrThrottled: {path.Empty(), "The cluster is at capacity", "Try again later, or reduce -parallelism."},
	mgmt.ErrUnavailable: {path.Root("cluster_uri"), "The cluster could not be reached",
		"Check the cluster URI, the network and the proxy (HTTPS_PROXY), and that the cluster is running."},
	mgmt.ErrSilent: {path.Root("cluster_uri"), "The cluster does not answer",
		"Check the cluster URI, and that the cluster is running and not overloaded."},
	mgmt.ErrUnexpectedAnswer: {path.Root("cluster_uri"), "Unexpected answer of the cluster",
		"The response was ignored. Check that the cluster URI is that of a Kusto cluster, and that no proxy or gateway answers for it."},
	mgmt.ErrProxyAuthentication: {path.Empty(), "The proxy requires authentication",
		"Write the credentials into the proxy's address, HTTPS_PROXY=http://<user>:<password>@<host>:<port>, or exempt the cluster with NO_PROXY."},
}

// message says what was done and what the service answered.
func (o operation) message(err error, e *mgmt.Error) string {
	switch e.Reason {
	case mgmt.ErrSignIn:
		return ""
	case kusto.ErrLockout:
		return sentence(e)
	}
	text := "Could not " + o.action + ". "
	if prefix, wrapped := strings.CutSuffix(err.Error(), e.Error()); wrapped && strings.TrimRight(prefix, ": ") != "" {
		text += sentence(errors.New(strings.TrimRight(prefix, ": "))) + " "
	}
	switch {
	case e.Code != "" || e.Status >= 400:
		text += fmt.Sprintf("Kusto said (HTTP %d): %s", e.Status, strings.TrimSpace(e.Message))
	case e.Reason == mgmt.ErrInterrupted:
		text += sentence(errors.New(whyDone(e.Err)))
	default:
		text += sentence(e)
	}
	if e.Body != "" {
		text += "\n\nThe answer begins: " + e.Body
	}
	if e.Elsewhere != nil {
		text += "\n\nThe last failure of another command on this cluster: " + sentence(e.Elsewhere)
	}
	var tries []string
	if e.Tries > 1 {
		tries = append(tries, fmt.Sprintf("Tried %d times in %s.", e.Tries, e.Waited.Round(100*time.Millisecond)))
	}
	if e.TimeUp != nil && e.Reason != mgmt.ErrInterrupted {
		tries = append(tries, fmt.Sprintf("Not retried further: %s.", whyDone(e.TimeUp)))
	}
	if len(tries) > 0 {
		text += "\n\n" + strings.Join(tries, " ")
	}
	return text
}

// waitLonger says which timeout ended an operation.
func waitLonger(e *mgmt.Error) string {
	var timeout timeoutError
	if errors.As(e.TimeUp, &timeout) {
		return " To wait longer, increase timeouts." + timeout.name + "."
	}
	return ""
}

// whyDone says why a context is done.
func whyDone(cause error) string {
	switch {
	case cause == context.DeadlineExceeded: //nolint:errorlint // a cause of our own says more
		return "the operation timed out"
	case cause == nil || errors.Is(cause, context.Canceled):
		return "the run was interrupted"
	}
	return cause.Error()
}

// missing is the type of the securable that was not found. It may be the database
// although the command was about a table. Some engines return only the name.
func (o operation) missing(e *mgmt.Error) *kusto.SecurableType {
	if strings.EqualFold(e.Kind, "Database") || e.Kind == "" && strings.EqualFold(e.Subject, o.securable.Database) {
		return kusto.Database
	}
	return o.securable.Type
}

// trace lists the ids that Microsoft's support asks for, and where the error is explained.
func (o operation) trace(e *mgmt.Error, summary string) string {
	activity, request := e.ActivityID, e.RequestID
	if e.Reason == mgmt.ErrSignIn {
		activity, request = "", "" // no command was sent
	}
	var parts []string
	for _, part := range []struct{ name, value string }{
		{"Cluster", string(e.Cluster)}, {"Activity ID", activity}, {"Client request ID", request}, {"Help", o.session.help(summary)},
	} {
		if part.value != "" {
			parts = append(parts, part.name+": "+part.value)
		}
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

// sentence writes an error with a capital letter at the beginning and a full stop at
// the end.
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
