// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

// refuse makes every .add and .drop fail for good.
func refuse(c kusto.Command, status int) *kusto.Fault {
	if c.Verb == ".show" {
		return nil
	}
	return &kusto.Fault{Kind: kusto.Custom, Status: status, Body: `{"error":{"code":"No","@message":"No.","@permanent":true}}`}
}

// These are all the questions on the side. Whatever becomes of one, the answer that is there
// already is not held back: the question has one try and a few seconds.
func TestQuestionsOnTheSide_neverHoldBackAnAnswer(t *testing.T) {
	t.Parallel()
	table := entity("table", "T")
	alice := must("aaduser=alice@contoso.com")
	for name, c := range map[string]struct {
		question string // the beginning of its command
		asked    int    // how often it may be asked
		refused  int    // the status of a write
		do       func(context.Context, *testCluster) error
		want     error
	}{
		"is it a follower": {".show databases", 2, 403, func(ctx context.Context, s *testCluster) error {
			_, err := s.AddPrincipal(ctx, s.db, Viewers, alice, "")
			return err
		}, mgmt.ErrForbidden},
		"which names has the database": {".show databases", 2, 0, func(ctx context.Context, s *testCluster) error {
			if s.DatabaseName(ctx, "samples") != "samples" || s.DatabaseName(ctx, "Other") != "Other" {
				return errors.New("another name")
			}
			return nil
		}, nil},
		"does it lack a role": {".show database ['Samples'] principals", 1, 400, func(ctx context.Context, s *testCluster) error {
			_, err := s.AddPrincipal(ctx, table, Ingestors, alice, "")
			return err
		}, mgmt.ErrRefused},
		"is the name known": {".show database ['Samples'] principal '", 1, 0, func(ctx context.Context, s *testCluster) error {
			return s.Known(ctx, s.db, must("aaduser=bobb@contoso.com"))
		}, nil},
		"which names are there": {".show tables", 1, 0, func(ctx context.Context, s *testCluster) error {
			if names := s.NamesBeside(ctx, table); names != nil {
				return fmt.Errorf("%v", names)
			}
			return nil
		}, nil},
	} {
		for kind, fault := range map[string]*kusto.Fault{
			"silence": nil, "503": {Kind: kusto.Unavailable}, "429": {Kind: kusto.Throttle}, "403": {Kind: kusto.Forbidden},
			"cut": {Kind: kusto.CutBefore}, "unreadable": {Kind: kusto.Custom, Status: http.StatusOK, Body: "<html>"},
		} {
			if kind == "403" && c.want == mgmt.ErrRefused { //nolint:errorlint // a constant
				continue // who may not see the list waits for the role
			}
			t.Run(name+" "+kind, func(t *testing.T) {
				t.Parallel()
				s := newTestCluster(t, byDefault)
				s.remote.Database("Samples").AddTable("T")
				isQuestion := func(sent kusto.Command) bool { return strings.HasPrefix(sent.Text, c.question) }
				if fault == nil {
					gate := s.remote.Hold(isQuestion)
					defer gate.Release()
				}
				s.remote.Intercept(func(sent kusto.Command) *kusto.Fault {
					switch {
					case fault != nil && isQuestion(sent):
						return fault
					case c.refused != 0:
						return refuse(sent, c.refused)
					}
					return nil
				})
				started := time.Now()
				if err := c.do(t.Context(), s); !errors.Is(err, c.want) {
					t.Errorf("%v, want %v", err, c.want)
				}
				if took := time.Since(started); took > time.Duration(c.asked)*sideLimit+4*time.Second {
					t.Errorf("it took %s", took)
				}
				if asked := len(s.sent(c.question)); asked > c.asked {
					t.Errorf("it was asked %d times", asked)
				}
			})
		}
	}
}

// slowCredential signs in once and is stuck after that.
type slowCredential struct {
	*testCredential
	asked int
}

func (c *slowCredential) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	if c.asked++; c.asked > 1 {
		<-ctx.Done()
		return azcore.AccessToken{}, ctx.Err()
	}
	return c.testCredential.GetToken(ctx, o)
}

func TestQuestionsOnTheSide_whoTheCallerIsDoesNotTakeLong(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t, func(o *testOptions) {
		o.Credential = &slowCredential{testCredential: o.Credential.(*testCredential)}
		o.Caller = func(string) ([]FQN, error) { return nil, errors.New("it was asked") }
	})
	started := time.Now()
	list := s.mustList(s.db)
	err := s.CheckLockout(t.Context(), list, Admins, []*Grant{&list.Grants[0]}, nil)
	if took := time.Since(started); !errors.Is(err, mgmt.ErrSignIn) || took > sideLimit+4*time.Second {
		t.Errorf("%v after %s", err, took)
	}
}

// A grant is made, and nobody can say which row it is: it is ambiguous, after a while for the
// first name and at once for others.
func TestLookup_isGivenUpSoonerThanACommand(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]kusto.Fault{
		"503": {Kind: kusto.Unavailable}, "429": {Kind: kusto.Throttle}, "cut": {Kind: kusto.CutBefore}, "half": {Kind: kusto.Truncate},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t, byDefault, func(o *testOptions) { o.Waits.Lookup = 2 * time.Second })
			s.remote.Intercept(func(c kusto.Command) *kusto.Fault {
				if strings.Contains(c.Text, "principal '") {
					return &fault
				}
				return nil
			})
			d := emu.Directory()
			s.grant(s.db, Viewers, d.MustUser("alice@contoso.com"), d.MustUser("bob@contoso.com"), d.MustGroup("Data Readers"), d.App("dashboard"))
			list := s.mustList(s.db)
			names := []FQN{must("aaduser=zoe@fabrikam.example"), must("aaduser=kim@fabrikam.example"), must("aaduser=max@fabrikam.example")}
			for i, name := range names {
				if m := s.Resolve(t.Context(), list, Viewers, []FQN{name}, true)[0]; !m.Held() {
					t.Errorf("%s: %#v", name, m)
				}
				if asked := len(s.sent(".show database ['Samples'] principal '" + name.String() + "'")); i == 0 && asked < 2 || i > 0 && asked > 1 {
					t.Errorf("%s was asked for %d times", name, asked)
				}
			}
		})
	}
}
