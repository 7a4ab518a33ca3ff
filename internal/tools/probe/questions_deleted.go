// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

// dropDeleted is the only question that changes something for good.
func (p *probe) dropDeleted(ctx context.Context) (string, error) {
	if p.deleted == (kusto.FQN{}) {
		return "", unknown("needs KUSTO_TEST_DELETED_PRINCIPAL")
	}
	l, err := p.list(ctx, p.database)
	if err != nil {
		return "", err
	}
	for _, role := range kusto.Database.Roles {
		row := l.Find(role, p.deleted)
		if role == kusto.Admins || row == nil {
			continue
		}
		if err := p.mustBeDeleted(ctx, row); err != nil {
			return "", err
		}
		return p.dropForGood(ctx, grant{p.database, role, p.deleted})
	}
	return "", unknown("KUSTO_TEST_DELETED_PRINCIPAL has no role on the database but admins")
}

// mustBeDeleted returns an error unless the cluster says that it does not find the deleted
// principal. It asks with a command that cannot succeed: an .add of the principal together
// with a made-up one, which is refused because of either. Of a principal that is there, it
// is refused because of the made-up one, and nothing happens.
func (p *probe) mustBeDeleted(ctx context.Context, row *kusto.Grant) error {
	if err := p.mayChange(p.database); err != nil {
		return err
	}
	if !p.looksUp {
		return unknown("the cluster is not known to look principals up")
	}
	madeUp := grant{p.database, row.Role, p.madeUp()}
	p.given = append(p.given, madeUp)
	_, err := p.change(ctx, mgmt.Add, grant{p.database, row.Role, p.deleted}, row.Notes, madeUp.principal)
	if isRefusal(err) {
		p.forget(madeUp)
	} else {
		p.takeBack(ctx, madeUp)
	}
	switch e := errorOf(err); {
	case err == nil:
		return unknown("the cluster is not known to look principals up")
	case !errors.Is(e, mgmt.ErrPrincipalNotFound):
		return err
	case strings.EqualFold(e.Subject, madeUp.principal.ID):
		return unknown("KUSTO_TEST_DELETED_PRINCIPAL is not deleted: the cluster finds it")
	case !strings.EqualFold(e.Subject, p.deleted.ID):
		return unknown("the cluster does not say whom it does not find")
	}
	return nil
}

// dropForGood drops the deleted principal, whom nobody can add again.
func (p *probe) dropForGood(ctx context.Context, g grant) (string, error) {
	p.deletedIsGone = true // until a list shows it
	_, err := p.change(ctx, mgmt.Drop, g, "")
	now, listErr := p.list(ctx, p.database)
	if listErr != nil {
		return "", listErr
	}
	p.deletedIsGone = now.Find(g.role, g.principal) == nil
	if p.deletedIsGone {
		return succeeds, nil
	}
	if err == nil {
		return "", unknown("the cluster accepted it, and did not do it")
	}
	e := errorOf(err)
	p.found.DropUnknownIsError = errors.Is(e, mgmt.ErrPrincipalNotFound) || errors.Is(e, mgmt.ErrRefused)
	if p.found.DropUnknownIsError {
		return fmt.Sprintf("is refused (%d)", e.Status), nil
	}
	return "", err
}
