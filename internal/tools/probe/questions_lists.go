// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"errors"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

// listed asks for a list, whatever is in it.
func listed(command func(*probe) mgmt.Command) func(*probe, context.Context) (string, error) {
	return func(p *probe, ctx context.Context) (string, error) {
		_, err := p.ask(ctx, command(p))
		if errors.Is(err, mgmt.ErrUnexpectedAnswer) {
			return "have other columns", nil
		}
		if err != nil {
			return "", err
		}
		return "are listed", nil
	}
}

func allDatabases(*probe) mgmt.Command { return kusto.ShowDatabases("NetDefaultDB") }

// entitiesOf are those of one type in the database.
func entitiesOf(slug string) func(*probe) mgmt.Command {
	return func(p *probe) mgmt.Command { return kusto.ShowEntities(typeOf(slug), p.database.Database) }
}

// typeOf is the type of securable of that name.
func typeOf(slug string) *kusto.SecurableType {
	for _, t := range kusto.SecurableTypes {
		if t.Slug == slug {
			return t
		}
	}
	panic("there is no type " + slug)
}

func (p *probe) graphModels(ctx context.Context) (string, error) {
	text, err := listed(entitiesOf("graph_model"))(p, ctx)
	if errors.Is(err, mgmt.ErrSyntax) {
		p.found.NoGraphModels = true
		return "are not known", nil
	}
	return text, err
}

// groupRefresh refreshes the caller's own membership, which changes nothing.
func (p *probe) groupRefresh(ctx context.Context) (string, error) {
	answer, err := p.ask(ctx, kusto.RefreshGroups(kusto.FQN{}, kusto.FQN{}))
	switch {
	case err != nil:
		return "", err
	case answer.NoTable:
		p.found.ClearAnswer = "no_table"
		return "no table", nil
	case len(answer.Columns) > 0:
		p.found.ClearAnswer = "row"
		return "a table with columns", nil
	}
	return "a table without columns", nil
}
