// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

// clusterPrincipals lists those who have a role on the cluster.
func (p *probe) clusterPrincipals(ctx context.Context) (string, error) {
	answer, err := p.ask(ctx, mgmt.Command{
		Database: mgmt.NoDatabase, Verb: mgmt.Show, Text: ".show cluster principals", Lists: "principals", Columns: []string{"Role", "PrincipalFQN"},
	})
	if err != nil {
		return syntaxRefused(err)
	}
	p.unknownColumns(answer.Columns)
	for _, row := range answer.Rows {
		p.names.learnRow(row)
		if role := row.Get("Role"); !inheritedText.MatchString(role) {
			p.seen.add("Role in the list of a cluster", role)
		}
	}
	return columnsText(answer.Columns), nil
}

// clusterRoles is whether a command may grant a role on the cluster. It asks with a principal
// that the service is known to refuse, and so grants nothing.
func (p *probe) clusterRoles(ctx context.Context) (string, error) {
	if !p.looksUp {
		return "", unknown("needs a service that refuses a made-up application")
	}
	someone := p.madeUp()
	send := func(v mgmt.Verb) error {
		_, err := p.ask(ctx, kusto.WriteCommand(v, kusto.Securable{Type: kusto.Cluster}, kusto.AllDatabasesViewers, []kusto.FQN{someone}, ""))
		return err
	}
	err := send(mgmt.Add)
	switch {
	case err == nil:
		return "is granted", send(mgmt.Drop)
	case errors.Is(errorOf(err), mgmt.ErrPrincipalNotFound):
		return "is refused because of the application", nil
	}
	text, err := refused(err)
	p.found.ClusterRolesRefused = err == nil
	return text, err
}

// ownDatabases is whether the test database is listed to who does not ask in it. Who has a
// role on the cluster sees every database, and proves nothing about the others.
func (p *probe) ownDatabases(ctx context.Context) (string, error) {
	isListed, err := p.lists(ctx, mgmt.NoDatabase)
	switch {
	case err != nil:
		return "", err
	case isListed:
		return "has the test database", nil
	}
	isListed, err = p.lists(ctx, p.database.Database)
	switch {
	case err != nil:
		return "", err
	case !isListed:
		return "", unknown("the database is not listed to who asks in it either")
	}
	p.found.OwnDatabasesHidden = true
	return "does not have the test database", nil
}

// lists reports whether `.show databases`, asked in a database, has the test database.
func (p *probe) lists(ctx context.Context, in string) (bool, error) {
	answer, err := p.ask(ctx, kusto.ShowDatabases(in))
	return slices.ContainsFunc(answer.Rows, func(r mgmt.Row) bool {
		return kusto.SameName(r.Get("DatabaseName"), p.database.Database) || kusto.SameName(r.Get("PrettyName"), p.database.Database)
	}), err
}

// accessModes are those of all databases that the caller sees.
func (p *probe) accessModes(ctx context.Context) (string, error) {
	answer, err := p.ask(ctx, kusto.ShowDatabases(p.database.Database))
	if err != nil {
		return "", err
	}
	var modes []string
	for _, row := range answer.Rows {
		if mode := row.Get("DatabaseAccessMode"); mode != "" {
			modes = append(modes, p.identifier(mode))
		}
	}
	if len(modes) == 0 {
		return "", unknown("no database was shown with one")
	}
	slices.Sort(modes)
	return strings.Join(slices.Compact(modes), ", "), nil
}

// followers looks at one of the databases that follow another cluster's. What its columns
// hold are names; the answer is what the columns are called.
func (p *probe) followers(ctx context.Context) (string, error) {
	answer, err := p.ask(ctx, kusto.ShowDatabases(p.database.Database))
	if err != nil {
		return "", err
	}
	at := slices.IndexFunc(answer.Rows, func(r mgmt.Row) bool {
		return strings.EqualFold(r.Get("DatabaseAccessMode"), "ReadOnlyFollowing")
	})
	if at < 0 {
		return "", unknown("no database follows another cluster's")
	}
	p.names.learn("<database>", answer.Rows[at].Get("DatabaseName"), answer.Rows[at].Get("PrettyName"))
	if answer, err = p.ask(ctx, showFollower(answer.Rows[at].Get("DatabaseName"))); err != nil {
		return syntaxRefused(err)
	}
	for _, row := range answer.Rows {
		p.seen.add("AuthorizedPrincipalsOverride", keysOf(row.Get("AuthorizedPrincipalsOverride")))
		p.seen.add("AuthorizedPrincipalsModificationKind", row.Get("AuthorizedPrincipalsModificationKind"))
	}
	var columns []string
	for _, c := range answer.Columns {
		columns = append(columns, p.identifier(c))
	}
	return strings.Join(columns, ", "), nil
}

// keysOf is the shape of a JSON array of objects: its keys, without what they hold.
func keysOf(text string) string {
	var all []map[string]any
	if json.Unmarshal([]byte(text), &all) != nil {
		return "no array of objects"
	}
	var keys []string
	for _, one := range all {
		for key, value := range one {
			inner, _ := value.(map[string]any)
			for name := range inner {
				keys = append(keys, key+"."+name)
			}
			if inner == nil {
				keys = append(keys, key)
			}
		}
	}
	slices.Sort(keys)
	return "[{" + strings.Join(slices.Compact(keys), ", ") + "}]"
}

// showFollower is about the follower as ShowPrincipals is about the database, whose name it
// writes in quotes.
func showFollower(database string) mgmt.Command {
	named := kusto.ShowPrincipals(kusto.Securable{Type: kusto.Database, Database: database})
	text := strings.TrimSuffix(strings.Replace(named.Text, ".show database", ".show follower database", 1), " principals")
	return mgmt.Command{Database: database, Verb: mgmt.Show, Text: text, Lists: "followers"}
}
