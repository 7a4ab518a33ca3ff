package provider

import (
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// What the express lane asks of the models is answered by what refresh and plan
// themselves do to them.

type lanePrincipal struct{ principalModel }

func (m lanePrincipal) about() laneTarget {
	return laneTarget{m.target, m.allowLockout, laneTimeouts(m.timeouts)}
}

// laneTimeouts is the value that the framework makes of the timeouts attribute.
func laneTimeouts(v attr.Value) attr.Value {
	object, _ := v.(types.Object)
	return timeouts.Value{Object: object}
}

// shownBy implements laneModel. A state that does not know whom the principal
// was resolved to is not the lane's.
func (m lanePrincipal) shownBy(p *kusto.Picture) bool {
	resolved, err := kusto.ParseFQN(m.resolved.ValueString())
	if err != nil {
		return false
	}
	grant, found := p.Find(m.kustoRole(), resolved)
	if !found {
		return false
	}
	refreshed := m.principalModel
	refreshed.fill(grant)
	return refreshed.equal(m.principalModel)
}

func (m lanePrincipal) keptBy(s *session, config map[string]attr.Value) bool {
	var diags diag.Diagnostics
	planned, written := m.principalModel, principalModelOf(m.kind, config)
	planned.clusterURI, planned.notes = written.clusterURI, written.notes
	if replace := planned.settle(s, &m.target, &diags); len(replace) > 0 || len(diags) > 0 {
		return false
	}
	planned.keep(m.principalModel)
	planned.id = planned.plannedID()
	return planned.equal(m.principalModel)
}

func (m lanePrincipal) begun(s *session) (map[string]attr.Value, bool) {
	var diags diag.Diagnostics
	m.settle(s, nil, &diags)
	if len(diags) > 0 || m.clusterURI.IsUnknown() || s.cluster(m.clusterURI, &diags) == nil || len(diags) > 0 {
		return nil, false
	}
	m.forget()
	m.id = m.plannedID()
	return m.values(), true
}

// equal compares all but the timeouts.
func (m principalModel) equal(other principalModel) bool {
	m.timeouts, other.timeouts = nil, nil
	return m == other
}

type laneRole struct{ roleModel }

func (m laneRole) about() laneTarget {
	return laneTarget{m.target, m.allowLockout, laneTimeouts(m.timeouts)}
}

// shownBy implements laneModel: each member has a row that is still the same,
// and there is no other row.
func (m laneRole) shownBy(p *kusto.Picture) bool {
	members, rows := m.members.Elements(), p.Direct(m.kustoRole())
	if m.members.IsNull() || m.principals.IsNull() { // imported: the refresh fills them, be it with no one
		return false
	}
	if len(rows) != len(members) || !m.named(members) || !m.id.Equal(m.importID()) {
		return false
	}
	taken := make(map[*kusto.Grant]bool, len(rows))
	for name, had := range members {
		var row *kusto.Grant
		if g := m.member(name); g != nil {
			row, _ = p.Find(m.kustoRole(), g.Principal)
		}
		if row == nil || taken[row] || !memberObject(name, row).Equal(had) {
			return false
		}
		taken[row] = true
	}
	return true
}

// named reports whether the principals are the members' names.
func (m laneRole) named(members map[string]attr.Value) bool {
	names, known := m.written()
	return known && slices.Equal(names, slices.Sorted(maps.Keys(members)))
}

func (m laneRole) keptBy(s *session, config map[string]attr.Value) bool {
	var diags diag.Diagnostics
	planned, written := m.roleModel, roleModelOf(m.kind, config)
	planned.clusterURI = written.clusterURI
	replace := planned.settle(s, &m.target, &diags)
	return len(replace)+len(diags) == 0 && planned.target == m.target &&
		m.named(m.members.Elements()) && m.id.Equal(planned.plannedID())
}

// begun implements laneModel: whoever holds the role already has to be looked up.
func (m laneRole) begun(*session) (map[string]attr.Value, bool) { return nil, false }
