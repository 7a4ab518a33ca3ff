package provider

import (
	"bytes"
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// lane is the express lane of one type of resource.
type lane struct {
	version  int64 // of the schema
	state    *shape
	identity *shape
	model    func(values map[string]attr.Value) laneModel
}

// laneModel is what the lane asks the model of a resource.
type laneModel interface {
	// about is what the models of all resources have in common.
	about() laneTarget
	// identity are the values of the resource's identity.
	identity() map[string]string
	// shownBy reports whether a refresh by the picture would change nothing and
	// say nothing.
	shownBy(p *kusto.Picture) bool
	// keptBy reports whether planning a configuration that proposes this very
	// state would change nothing and say nothing.
	keptBy(s *session, config map[string]attr.Value) bool
	// begun are the values that are planned for a configuration, which the model
	// is of, where there is no state; false where that takes more than the values.
	begun(s *session) (map[string]attr.Value, bool)
}

type laneTarget struct {
	target
	allowLockout types.Bool
	timeouts     attr.Value
}

func newLanes() map[string]*lane {
	ctx, lanes := context.Background(), make(map[string]*lane)
	for _, kind := range kusto.Kinds {
		lanes[principalTypeName(kind)] = newLane(ctx, principalSchema(ctx, kind), append(targetAttributes(kind), principalAttribute),
			func(values map[string]attr.Value) laneModel { return lanePrincipal{principalModelOf(kind, values)} })
		lanes[roleTypeName(kind)] = newLane(ctx, roleSchema(ctx, kind), targetAttributes(kind),
			func(values map[string]attr.Value) laneModel { return laneRole{roleModelOf(kind, values)} })
	}
	return lanes
}

// newLane is nil for a schema that the lane cannot read.
func newLane(ctx context.Context, s schema.Schema, identity []string, model func(map[string]attr.Value) laneModel) *lane {
	state, ok := shapeOf(ctx, s.Attributes, path.Empty())
	if !ok || len(s.Blocks) > 0 || s.DeprecationMessage != "" {
		return nil
	}
	return &lane{version: s.Version, state: state, identity: shapeOfStrings(identity), model: model}
}

// upgrade turns a stored state of the schema's own version into what travels;
// nil hands over.
func (l *lane) upgrade(req *tfprotov6.UpgradeResourceStateRequest) *tfprotov6.UpgradeResourceStateResponse {
	if req.Version != l.version || req.RawState == nil || req.RawState.Flatmap != nil {
		return nil
	}
	values, ok := l.state.parse(req.RawState.JSON)
	if !ok {
		return nil
	}
	packed := l.state.pack(values)
	if packed == nil {
		return nil
	}
	return &tfprotov6.UpgradeResourceStateResponse{UpgradedState: packed}
}

func (l *lane) valid(ctx context.Context, config *tfprotov6.DynamicValue) bool {
	values, ok := l.state.unpack(config)
	return ok && l.state.valid(ctx, values)
}

// read looks up in the picture what the state has; nil hands over, with what was
// asked already in the context.
func (l *lane) read(ctx context.Context, s *session, req *tfprotov6.ReadResourceRequest) (context.Context, *tfprotov6.ReadResourceResponse) {
	values, ok := l.state.unpack(req.CurrentState)
	if !ok || !s.usable() || len(req.Private) > 0 || req.ProviderMeta != nil {
		return ctx, nil
	}
	m := l.model(values)
	about := m.about()
	identity := l.sameIdentity(req.CurrentIdentity, m.identity())
	if identity == nil || about.clusterURI.IsNull() || about.allowLockout.IsNull() {
		return ctx, nil
	}
	var diags diag.Diagnostics
	limited, cancel := within(ctx, timeoutsOf(about.timeouts).Read, readTimeout, &diags)
	defer cancel()
	cluster := s.cluster(about.clusterURI, &diags)
	if cluster == nil || len(diags) > 0 {
		return ctx, nil
	}
	a := answered{about.securable(), nil, nil}
	a.picture, a.err = cluster.Picture(limited, about.securable())
	if a.err != nil || !m.shownBy(a.picture) {
		return context.WithValue(ctx, answeredKey{}, a), nil
	}
	return ctx, &tfprotov6.ReadResourceResponse{NewState: req.CurrentState, NewIdentity: identity}
}

// answered is what the lane was told before it handed a read over, so that the
// same is not asked, or waited for, twice.
type answered struct {
	securable kusto.Securable
	picture   *kusto.Picture
	err       error
}

type answeredKey struct{}

// pictureOf gives the picture that the lane has asked for already, or asks.
func pictureOf(ctx context.Context, cluster *kusto.Cluster, s kusto.Securable) (*kusto.Picture, error) {
	if a, ok := ctx.Value(answeredKey{}).(answered); ok && a.securable == s {
		return a.picture, a.err
	}
	return cluster.Picture(ctx, s)
}

// sameIdentity is the identity as it was sent, or as it is owed where none was;
// nil where another one was sent.
func (l *lane) sameIdentity(sent *tfprotov6.ResourceIdentityData, owed map[string]string) *tfprotov6.ResourceIdentityData {
	values := make(map[string]attr.Value, len(owed))
	for name, v := range owed {
		values[name] = types.StringValue(v)
	}
	if sent == nil || sent.IdentityData == nil || isNothing(sent.IdentityData) {
		return &tfprotov6.ResourceIdentityData{IdentityData: l.identity.pack(values)}
	}
	if had, ok := l.identity.unpack(sent.IdentityData); !ok || !sameValues(had, values) {
		return nil
	}
	return sent
}

func sameValues(a, b map[string]attr.Value) bool {
	for name, v := range a {
		if !v.Equal(b[name]) {
			return false
		}
	}
	return len(a) == len(b)
}

// plan answers for a configuration that proposes the state as it is, for a new
// one whose values say all, and for a removal that the lockout guard has no say
// in; nil hands over.
func (l *lane) plan(s *session, req *tfprotov6.PlanResourceChangeRequest) *tfprotov6.PlanResourceChangeResponse {
	if !s.usable() || len(req.PriorPrivate) > 0 || req.ProviderMeta != nil || req.ProposedNewState == nil {
		return nil
	}
	identity := l.keptIdentity(req.PriorIdentity)
	planned := l.planned(s, req)
	if identity == nil || planned == nil {
		return nil
	}
	return &tfprotov6.PlanResourceChangeResponse{PlannedState: planned, PlannedIdentity: identity}
}

func (l *lane) planned(s *session, req *tfprotov6.PlanResourceChangeRequest) *tfprotov6.DynamicValue {
	if isNothing(req.PriorState) {
		return l.plannedNew(s, req)
	}
	values, ok := l.state.unpack(req.PriorState)
	if !ok {
		return nil
	}
	m := l.model(values)
	if isNothing(req.ProposedNewState) && isNothing(req.Config) {
		ok = unguarded(s, m.about())
	} else {
		config, plain := l.state.unpack(req.Config)
		ok = plain && req.ProposedNewState.JSON == nil && bytes.Equal(req.ProposedNewState.MsgPack, req.PriorState.MsgPack) &&
			l.state.proposes(config, values) && m.keptBy(s, config)
	}
	if !ok {
		return nil
	}
	return req.ProposedNewState
}

func (l *lane) plannedNew(s *session, req *tfprotov6.PlanResourceChangeRequest) *tfprotov6.DynamicValue {
	config, ok := l.state.unpack(req.Config)
	proposed, same := l.state.unpack(req.ProposedNewState)
	if !ok || !same || !sameValues(config, proposed) {
		return nil
	}
	values, ok := l.model(l.state.withStandards(config)).begun(s)
	if !ok {
		return nil
	}
	return l.state.pack(values)
}

// withStandards has what leaving an attribute out means in the place of those
// that were.
func (s *shape) withStandards(config map[string]attr.Value) map[string]attr.Value {
	for name, f := range s.fields {
		if f.standard != nil && config[name].IsNull() {
			config[name] = f.standard
		}
	}
	return config
}

// keptIdentity is the identity that a plan gives back: the one that was sent, or
// a null one.
func (l *lane) keptIdentity(sent *tfprotov6.ResourceIdentityData) *tfprotov6.ResourceIdentityData {
	if sent == nil || sent.IdentityData == nil {
		return &tfprotov6.ResourceIdentityData{IdentityData: &tfprotov6.DynamicValue{MsgPack: nothing}}
	}
	if _, ok := l.identity.unpack(sent.IdentityData); !ok && !isNothing(sent.IdentityData) {
		return nil
	}
	return sent
}

// unguarded reports whether a role may be taken away without a look at who
// holds it.
func unguarded(s *session, about laneTarget) bool {
	var diags diag.Diagnostics
	return about.kustoRole() != kusto.Admins && !about.clusterURI.IsNull() &&
		s.cluster(about.clusterURI, &diags) != nil && len(diags) == 0
}

// proposes reports whether a configuration leaves the values of a state as they
// are: what is written is the same, and what is not written is Kusto's to tell
// or has the value that leaving it out means.
func (s *shape) proposes(config, state map[string]attr.Value) bool {
	for name, f := range s.fields {
		written, has := config[name], state[name]
		if written.IsNull() && f.standard != nil {
			written = f.standard
		}
		switch {
		case written.IsNull() && !f.computed && !has.IsNull():
			return false
		case !written.IsNull() && !f.equal(written, has):
			return false
		}
	}
	return true
}

// equal compares values; sets in the order they came in, which is the same for
// equal sets of one CLI.
func (f *field) equal(a, b attr.Value) bool {
	setA, isSetA := a.(types.Set)
	setB, isSetB := b.(types.Set)
	if !isSetA || !isSetB {
		return a.Equal(b)
	}
	elementsA, elementsB := setA.Elements(), setB.Elements()
	if len(elementsA) != len(elementsB) || setA.IsNull() != setB.IsNull() {
		return false
	}
	for i := range elementsA {
		if !elementsA[i].Equal(elementsB[i]) {
			return false
		}
	}
	return true
}
