// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

// noteLengths are tried until one is not refused.
var noteLengths = []int{5000, 1000, 250, 100}

// longestNotes grants a role with ever shorter notes.
func (p *probe) longestNotes(ctx context.Context) (string, error) {
	refusal := ""
	for _, n := range noteLengths {
		text, err := p.notesOf(ctx, n)
		if err == nil && refusal != "" {
			return fmt.Sprintf("%s, %d %s", refusal, n, text), nil
		}
		if err == nil {
			return text, nil
		}
		how, err := refused(err)
		if err != nil {
			return "", err
		}
		refusal = fmt.Sprintf("%d characters %s", n, strings.Replace(how, "is", "are", 1))
	}
	return refusal, nil
}

// notesOf says what becomes of notes of n characters.
func (p *probe) notesOf(ctx context.Context, n int) (text string, err error) {
	g, err := p.spareRole(ctx, p.testPrincipal(), false)
	if err != nil {
		return "", err
	}
	notes := (firstNotes + strings.Repeat(".", n))[:n]
	err = p.holding(ctx, g, notes, func(row shown) error {
		switch stored := row.Notes; {
		case row.NotesHidden:
			return unknown("the list has no column Notes")
		case stored == notes:
			text = "are stored as given"
		case stored == "":
			text = "are not stored"
		case strings.HasPrefix(notes, stored):
			text = fmt.Sprintf("are cut after %d characters", len(stored))
		default:
			text = "are others"
		}
		return nil
	})
	return text, err
}

// manyPrincipals names the test principal many times while it has the role, so that nobody
// else is granted anything. A service may count it once.
func (p *probe) manyPrincipals(ctx context.Context) (text string, err error) {
	g, err := p.spareRole(ctx, p.testPrincipal(), false)
	if err != nil {
		return "", err
	}
	err = p.holding(ctx, g, "", func(row shown) error {
		text, err = p.accepted(ctx, grant{g.securable, g.role, row.Principal})
		return err
	})
	return text, err
}

// accepted says how many principals a command may have that adds one who is there already.
func (p *probe) accepted(ctx context.Context, g grant) (string, error) {
	accepted := 1
	for _, n := range []int{10, 50, 100, 200} {
		_, err := p.change(ctx, mgmt.Add, g, "", slices.Repeat([]kusto.FQN{g.principal}, n-1)...)
		if err == nil {
			accepted = n
			continue
		}
		if errorOf(err).TimedOut() {
			return "", unknown(fmt.Sprintf("%d are accepted, %d were not answered in time", accepted, n))
		}
		how, err := refused(err)
		return fmt.Sprintf("%d are accepted, %d %s", accepted, n, strings.Replace(how, "is", "are", 1)), err
	}
	return fmt.Sprintf("%d are accepted", accepted), nil
}

// withoutTenant grants a role to an application or a group by its id alone.
func (p *probe) withoutTenant(ctx context.Context) (text string, err error) {
	p.collect(ctx) // the other principal's id is known then
	full, found := p.tenanted()
	if !found {
		return "", unknown("needs KUSTO_TEST_PRINCIPAL or KUSTO_TEST_OTHER_PRINCIPAL to be an application or a group of your tenant")
	}
	g, err := p.spareRole(ctx, kusto.FQN{Type: full.Type, ID: full.ID}, false)
	if err != nil {
		return "", err
	}
	err = p.holding(ctx, g, "", func(row shown) error {
		// Its whole name is dropped even by a service that does not find the other one again.
		whole := grant{g.securable, g.role, row.Principal}
		p.given = append(p.given, whole)
		defer p.takeBack(ctx, whole)
		switch tenant := row.Principal.Tenant; {
		case tenant == "":
			text = "is granted, and its row has no tenant"
		case strings.EqualFold(tenant, full.Tenant):
			text = "is granted, and its row has the tenant"
		default:
			text = "is granted, and its row has another tenant"
		}
		return nil
	})
	if err == nil {
		return text, nil
	}
	return p.unknownPrincipal(err, "")
}

// tenanted is the given principal that a name without a tenant can be made of. In another
// tenant than the caller's, that name may be somebody else's.
func (p *probe) tenanted() (kusto.FQN, bool) {
	for _, f := range []kusto.FQN{p.principal, p.other} {
		if (f.Type == kusto.App || f.Type == kusto.Group) && kusto.IsGUID(f.ID) && strings.EqualFold(f.Tenant, p.ids.TenantID) {
			return f, true
		}
	}
	return kusto.FQN{}, false
}
