// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/google/uuid"

	"github.com/kusto-community/terraform-provider-kusto/internal/auth"
	fakekusto "github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

// probe is one run.
type probe struct {
	settings
	client   *kusto.Client
	caller   kusto.FQN
	ids      auth.Caller
	progress io.Writer
	// pause is the least wait before a command is sent again.
	pause time.Duration

	// found is the cluster's behaviour, as far as it is known.
	found fakekusto.Behaviour
	seen  sightings
	names redactor

	// own and pretty are the database's names, empty if the cluster does not tell.
	own, pretty string
	// before are the lists as they were at first, without those that were not shown then:
	// a later one may have rows of the probe's own. rows are all rows that were shown so far,
	// one of each principal and role.
	before map[kusto.Securable]listing
	rows   []mgmt.Row
	hasRow map[string]bool
	// byAddress are the groups that were named by a mail address, resolved.
	byAddress map[string]bool
	// given are the grants that may still be there.
	given []grant
	// looksUp is set once the cluster refused a principal because it does not find it.
	looksUp bool
	// deletedIsGone is set once the deleted principal may have lost its role.
	deletedIsGone bool
	// mayRunLater is set once the cluster was silent about a command that changes something.
	mayRunLater bool
	// refused are the refusals of the service so far.
	refused []*mgmt.Error
	// texts are what the Role column says, once it was found out.
	texts *roleTexts
}

const product = "terraform-provider-kusto/probe"

// connect signs in as the provider would without any argument.
func connect(ctx context.Context, s settings, lookup func(string) (string, bool)) (*probe, error) {
	config, err := auth.Config{}.FromEnvironment(lookup)
	if err != nil {
		return nil, err
	}
	credential, err := auth.New(config, "tf-kusto/probe")
	if err != nil {
		return nil, err
	}
	uri, err := mgmt.ParseClusterURI(s.clusterURI, credential.Cloud())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", clusterVariable, err)
	}
	client, err := kusto.NewClients(kusto.Options{Options: mgmt.Options{
		Credential: credential, Cloud: credential.Cloud(), Product: product,
		Retry: mgmt.RetryOptions{Attempt: s.commandLimit, Write: s.commandLimit, Finish: finishLimit, Unreachable: 30 * time.Second},
	}}).Client(uri)
	if err != nil {
		return nil, err
	}
	p := &probe{
		settings: s, client: client, pause: 2 * time.Second, progress: io.Discard,
		before: map[kusto.Securable]listing{}, hasRow: map[string]bool{}, byAddress: map[string]bool{},
	}
	return p, p.signIn(ctx, credential)
}

// signIn finds out who the caller is.
func (p *probe) signIn(ctx context.Context, credential *auth.Credential) error {
	audience, err := p.client.Conn().Audience(ctx)
	if err != nil {
		return err
	}
	token, err := credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{audience + "/.default"}})
	if err != nil {
		summary, detail := auth.Explain(err, credential)
		return fmt.Errorf("%s\n%s", summary, detail)
	}
	if p.ids, err = auth.CallerOf(token.Token); err != nil {
		return err
	}
	p.caller = kusto.FQN{Type: kusto.User, ID: p.ids.ObjectID, Tenant: p.ids.TenantID}
	if p.ids.IsApp {
		p.caller = kusto.FQN{Type: kusto.App, ID: p.ids.ClientID, Tenant: p.ids.TenantID}
	}
	p.names.learnSettings(p)
	return nil
}

// begin lists the principals as they are, and the names of the database.
func (p *probe) begin(ctx context.Context) error {
	for _, s := range p.securables() {
		l, err := p.list(ctx, s)
		switch {
		case err == nil:
			p.before[s] = l
		case errorOf(err).Status == 0:
			return err // nobody answered
		}
	}
	answer, err := p.ask(ctx, kusto.ShowDatabases(p.database.Database))
	if err != nil {
		return nil //nolint:nilerr // the names remain unknown
	}
	for _, row := range answer.Rows {
		own, pretty := row.Get("DatabaseName"), row.Get("PrettyName")
		if !strings.EqualFold(own, p.database.Database) && !strings.EqualFold(pretty, p.database.Database) {
			continue
		}
		if strings.EqualFold(row.Get("DatabaseAccessMode"), "ReadOnlyFollowing") {
			return fmt.Errorf("database %q follows another cluster's, so nothing can be granted there; name another one", p.database.Database)
		}
		p.own, p.pretty = own, pretty
		p.names.learn("<database>", own, pretty)
	}
	return nil
}

// testPrincipal is who gets roles.
func (p *probe) testPrincipal() kusto.FQN {
	if p.principal == (kusto.FQN{}) {
		return p.caller
	}
	return p.principal
}

// isCaller reports whether a principal is the caller, as far as the names tell.
func (p *probe) isCaller(f kusto.FQN) bool {
	return f.Equal(p.caller) || strings.EqualFold(f.ID, p.ids.ObjectID) || f.Type == kusto.App && strings.EqualFold(f.ID, p.ids.ClientID)
}

// madeUp is an application that does not exist.
func (p *probe) madeUp() kusto.FQN {
	return kusto.FQN{Type: kusto.App, ID: uuid.NewString(), Tenant: p.ids.TenantID}
}

// missing is a securable that does not exist.
func (p *probe) missing(t *kusto.SecurableType) kusto.Securable {
	name := "kusto-probe-" + uuid.NewString()
	if t == kusto.Database {
		return kusto.Securable{Type: t, Database: name}
	}
	return kusto.Securable{Type: t, Database: p.database.Database, Name: name}
}
