// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

var (
	samples = kusto.Securable{Type: kusto.Database, Database: "Samples"}
	reasons = []mgmt.Reason{
		mgmt.ErrSecurableNotFound, mgmt.ErrPrincipalNotFound, mgmt.ErrForbidden, mgmt.ErrUnauthorized, mgmt.ErrSyntax, mgmt.ErrThrottled, mgmt.ErrUnavailable,
		mgmt.ErrSilent, mgmt.ErrUnexpectedAnswer, mgmt.ErrProxyAuthentication, mgmt.ErrUntrusted, mgmt.ErrStopped, mgmt.ErrInterrupted, mgmt.ErrRefused,
		kusto.ErrFollower, kusto.ErrLockout, kusto.ErrNotApplied, kusto.ErrStillHeld, kusto.ErrDeleted, kusto.ErrPrerequisite,
	}
)

// oneError is the only error of an operation that failed.
func oneError(t *testing.T, o operation, e *mgmt.Error) diag.Diagnostic {
	t.Helper()
	var diags diag.Diagnostics
	o.addError(&diags, e)
	if len(diags) != 1 {
		t.Fatal(diags)
	}
	return diags[0]
}

func doing(s *session) operation {
	return operation{session: s, securable: samples, action: "do it", principal: path.Root("principal_fqn"), writes: true}
}

// Every error links to the section that explains it, in the documentation of its version.
func TestHelp_leadsToTheSectionAboutTheError(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../../docs/guides/troubleshooting.md")
	if err != nil {
		t.Fatal(err)
	}
	anchors := make(map[string]bool)
	for _, h := range regexp.MustCompile(`(?m)^### (.*)$`).FindAllSubmatch(guide, -1) {
		anchors[anchor(string(h[1]))] = true
	}
	link := regexp.MustCompile(`Help: https://registry\.terraform\.io/providers/kusto-community/kusto/1\.2\.3/docs/guides/troubleshooting#(\S+)$`)
	for _, reason := range reasons {
		for status := range map[int]bool{0: true, 400: true, 503: true} {
			d := oneError(t, doing(&session{version: "1.2.3"}), &mgmt.Error{Reason: reason, Status: status, Message: "No", Err: context.DeadlineExceeded})
			found := link.FindStringSubmatch(d.Detail())
			if found == nil || !anchors[found[1]] {
				t.Errorf("%s, HTTP %d: %q: %s", reason, status, d.Summary(), d.Detail())
			}
		}
	}
	for _, version := range []string{"dev", "0.1.0-dev"} {
		if got := (&session{version: version}).help("Could not do it"); !strings.Contains(got, "/kusto/latest/docs/") {
			t.Error(got)
		}
	}
}

// The advice names the timeout that has passed, and none if another one ended the operation.
func TestAdvice_namesTheTimeoutThatHasPassed(t *testing.T) {
	t.Parallel()
	for _, reason := range []mgmt.Reason{mgmt.ErrPrincipalNotFound, mgmt.ErrSilent} {
		for _, name := range []string{"create", "read", "update", "delete"} {
			d := oneError(t, doing(new(session)), &mgmt.Error{Reason: reason, TimeUp: timeoutError{name, 15 * time.Minute}})
			for _, want := range []string{"increase timeouts." + name + ".", "timed out after 15m0s (timeouts." + name + ")"} {
				if !strings.Contains(d.Detail(), want) {
					t.Errorf("%s: no %q in %s", reason, want, d.Detail())
				}
			}
		}
		if d := oneError(t, doing(new(session)), &mgmt.Error{Reason: reason, TimeUp: context.Canceled}); strings.Contains(d.Detail(), "timeouts.") {
			t.Errorf("%s: %s", reason, d.Detail())
		}
	}
}

// A cluster that answers, if only with a failure, is reached: the network is not to blame.
func TestAdvice_doesNotBlameTheNetworkForAnAnswer(t *testing.T) {
	t.Parallel()
	for _, status := range []int{200, 500, 503, 504, 520} {
		d := oneError(t, doing(new(session)), &mgmt.Error{Reason: mgmt.ErrUnavailable, Status: status, Message: "busy"})
		if strings.Contains(d.Detail(), "network") || d.Summary() != "The cluster is unavailable" {
			t.Errorf("HTTP %d: %s: %s", status, d.Summary(), d.Detail())
		}
	}
}

// One cause is explained once: the other errors are one line.
func TestErrors_explainOneCauseOnce(t *testing.T) {
	t.Parallel()
	const cluster = "https://c.westeurope.kusto.windows.net"
	isCommon := map[mgmt.Reason]bool{
		mgmt.ErrSecurableNotFound: true, mgmt.ErrUnauthorized: true, mgmt.ErrThrottled: true, mgmt.ErrUnavailable: true, mgmt.ErrSilent: true,
		mgmt.ErrProxyAuthentication: true, mgmt.ErrUntrusted: true, mgmt.ErrStopped: true,
	}
	for _, reason := range reasons {
		s := &session{version: "1.2.3"}
		o := doing(s)
		o.done = "Granted before: aaduser=a@contoso.com."
		e := &mgmt.Error{Reason: reason, Message: "no", Cluster: cluster, Kind: "Database", Err: errors.New("no")}
		first := oneError(t, o, e)
		for range 3 {
			next := oneError(t, o, e)
			isShort := strings.Count(next.Detail(), "\n") == 2 && strings.Contains(next.Detail(), "Could not do it. Another error of this run has the details.")
			if next.Summary() != first.Summary() || isShort != isCommon[reason] || !strings.Contains(next.Detail(), o.done) {
				t.Errorf("%s: %s", reason, next.Detail())
			}
		}
		other := *e
		if other.Cluster = "https://d.westeurope.kusto.windows.net"; strings.Contains(oneError(t, o, &other).Detail(), "Another error") {
			t.Errorf("%s: another cluster's is not explained", reason)
		}
	}
}
