package provider

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"pgregory.net/rapid"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// pair is the same question put to the express lane and to the framework alone.
type pair struct {
	stage *stage
	lane  *protocol
	alone *protocol
	tally *tally
}

func newPair(t *testing.T) *pair {
	t.Helper()
	// The caller is admin of each database by a row of its own, so that it can
	// lock itself out.
	app := who("ci-deployer")
	c := fake.AddCluster(emulator.ClusterConfig{Name: fmt.Sprintf("pair%d", stages.Add(1))})
	p := &pair{stage: &stage{Cluster: c, uri: c.URI(), deployer: app}, tally: new(tally)}
	p.lane = p.stage.protocolOf(t, newExpress("test", p.tally, WithPauses(quickly)))
	p.alone = p.stage.protocolOf(t, providerserver.NewProtocol6(New("test", WithPauses(quickly))())())
	return p
}

// unknownValue stands for a value that is not known yet.
type unknownValue struct{}

// values are an object's attributes: nil, string, bool, unknownValue, []string or
// values again.
type values map[string]any

// typed makes a value of a schema's type.
func typed(t tftypes.Type, v any) tftypes.Value {
	switch v := v.(type) {
	case nil:
		return tftypes.NewValue(t, nil)
	case unknownValue:
		return tftypes.NewValue(t, tftypes.UnknownValue)
	case []string:
		var elements []tftypes.Value
		for _, e := range v {
			elements = append(elements, tftypes.NewValue(tftypes.String, e))
		}
		return tftypes.NewValue(t, elements)
	case values:
		inner := make(map[string]tftypes.Value)
		switch t := t.(type) {
		case tftypes.Object:
			for name, at := range t.AttributeTypes {
				inner[name] = typed(at, v[name])
			}
		case tftypes.Map:
			for name, e := range v {
				inner[name] = typed(t.ElementType, e)
			}
		}
		return tftypes.NewValue(t, inner)
	}
	return tftypes.NewValue(t, v)
}

func pack(t tftypes.Type, v any) *tfprotov6.DynamicValue {
	out, err := tfprotov6.NewDynamicValue(t, typed(t, v))
	if err != nil {
		panic(err)
	}
	return &out
}

// scene is a random grant, what a state holds of it, and a configuration.
type scene struct {
	typeName          string
	kind              *kusto.Kind
	object, identity  tftypes.Type
	state, config     values
	plannedFromConfig bool
	sent              any // identity
	private           []byte
}

// draw picks a random scene. Most of what it picks is right, so that the lane is
// taken, and something often is not, so that it must not be.
func (p *pair) draw(t *rapid.T) scene {
	kind := rapid.SampledFrom(kusto.Kinds).Draw(t, "kind")
	sc := scene{kind: kind}
	target := p.drawTarget(t, kind)
	held := p.hold(t, kind, target, rapid.IntRange(0, 9).Draw(t, "there") > 0)
	if rapid.Bool().Draw(t, "member") {
		sc.typeName = principalTypeName(kind)
		sc.state = p.member(t, kind, target, held)
	} else {
		sc.typeName = roleTypeName(kind)
		sc.state = p.role(t, kind, target, held)
	}
	sc.object = p.lane.schema.ResourceSchemas[sc.typeName].ValueType()
	sc.identity = identityType(p.lane.ids[sc.typeName])
	sc.sent = p.drawIdentity(t, sc)
	sc.config = p.drawConfig(t, sc)
	p.spoil(t, "state", sc.state, false)
	p.spoil(t, "config", sc.config, true)
	sc.plannedFromConfig = rapid.IntRange(0, 9).Draw(t, "proposal") > 0
	sc.private = rapid.SampledFrom([][]byte{nil, nil, nil, nil, []byte(`{}`), []byte(`{"k":"bnVsbA=="}`), []byte(`x`)}).Draw(t, "private")
	return sc
}

func identityType(s *tfprotov6.ResourceIdentitySchema) tftypes.Type {
	attributes := make(map[string]tftypes.Type)
	for _, a := range s.IdentityAttributes {
		attributes[a.Name] = a.Type
	}
	return tftypes.Object{AttributeTypes: attributes}
}

var databases atomic.Int64

func (p *pair) drawTarget(t *rapid.T, kind *kusto.Kind) values {
	target := values{
		"cluster_uri": p.stage.uri, "database_name": fmt.Sprintf("Db%d", databases.Add(1)),
		"role": rapid.SampledFrom(kind.RoleNames()).Draw(t, "role"),
	}
	if kind.InsideDatabase() {
		target[kind.NameAttribute()] = "Night Admin"
	}
	return target
}

// ids are unlike in every answer.
var ids = regexp.MustCompile(`(Activity ID|Client request ID): \S+|Tried \d+ times in \S+|in [0-9.]+m?s`)

// told is a response in a form that can be compared: values decoded, ids of
// requests left out.
func told(diags []*tfprotov6.Diagnostic, rest ...any) string {
	var out []string
	for _, d := range diags {
		out = append(out, fmt.Sprintf("%s %s %s %s", d.Severity, d.Summary, ids.ReplaceAllString(d.Detail, ""), d.Attribute))
	}
	slices.Sort(out)
	for _, r := range rest {
		out = append(out, fmt.Sprint(r))
	}
	return strings.Join(out, "\n")
}

func decoded(t tftypes.Type, v *tfprotov6.DynamicValue) string {
	if v == nil {
		return "none"
	}
	value, err := v.Unmarshal(t)
	if err != nil {
		return err.Error()
	}
	return rendered(value)
}

// rendered writes a value with sets in one order.
func rendered(v tftypes.Value) string {
	var all []tftypes.Value
	if v.Type().Is(tftypes.Set{}) && v.IsKnown() && !v.IsNull() && v.As(&all) == nil {
		var elements []string
		for _, e := range all {
			elements = append(elements, e.String())
		}
		slices.Sort(elements)
		return "{" + strings.Join(elements, ", ") + "}"
	}
	var object map[string]tftypes.Value
	if v.Type().Is(tftypes.Object{}) && v.IsKnown() && !v.IsNull() && v.As(&object) == nil {
		out := ""
		for _, name := range slices.Sorted(maps.Keys(object)) {
			out += name + "=" + rendered(object[name]) + "\n"
		}
		return out
	}
	return v.String()
}

func identityOf(t tftypes.Type, d *tfprotov6.ResourceIdentityData) string {
	if d == nil {
		return "none"
	}
	return decoded(t, d.IdentityData)
}

// The lane must be invisible: whatever is asked, the answer is the framework's.
func TestExpress_saysWhatTheFrameworkSays(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	rapid.Check(t, func(t *rapid.T) {
		sc := p.draw(t)
		for _, ask := range []func(*protocol, scene) string{askUpgrade, askValidate, askRead, askPlan, askNew, askDestroy} {
			lane, alone := ask(p.lane, sc), ask(p.alone, sc)
			if lane != alone {
				t.Fatalf("%s\nthe lane says\n%s\nthe framework says\n%s", sc.typeName, lane, alone)
			}
		}
	})
	for _, c := range p.tally.all() {
		if c.taken.Load() == 0 || c.handed.Load() == 0 {
			t.Errorf("%s proves nothing: %s", c.name, p.tally)
		}
	}
	t.Log(p.tally)
}

func askUpgrade(p *protocol, sc scene) string {
	raw, err := json.Marshal(sc.state)
	if err != nil {
		return err.Error()
	}
	resp, err := p.server.UpgradeResourceState(p.t.Context(), &tfprotov6.UpgradeResourceStateRequest{
		TypeName: sc.typeName, RawState: &tfprotov6.RawState{JSON: raw},
	})
	return told(resp.Diagnostics, err, decoded(sc.object, resp.UpgradedState))
}

func askValidate(p *protocol, sc scene) string {
	resp, err := p.server.ValidateResourceConfig(p.t.Context(), &tfprotov6.ValidateResourceConfigRequest{
		TypeName: sc.typeName, Config: pack(sc.object, sc.config),
	})
	return told(resp.Diagnostics, err)
}

func (sc scene) identityData() *tfprotov6.ResourceIdentityData {
	switch sent := sc.sent.(type) {
	case string: // "none": the CLI has none
		return nil
	default:
		return &tfprotov6.ResourceIdentityData{IdentityData: pack(sc.identity, sent)}
	}
}

func askRead(p *protocol, sc scene) string {
	resp, err := p.server.ReadResource(p.t.Context(), &tfprotov6.ReadResourceRequest{
		TypeName: sc.typeName, CurrentState: pack(sc.object, sc.state), CurrentIdentity: sc.identityData(), Private: sc.private,
	})
	return told(resp.Diagnostics, err, decoded(sc.object, resp.NewState), identityOf(sc.identity, resp.NewIdentity), string(resp.Private))
}

func askPlan(p *protocol, sc scene) string {
	proposed := sc.state
	if sc.plannedFromConfig {
		proposed = sc.proposed(p)
	}
	return p.askedPlan(sc, pack(sc.object, sc.config), pack(sc.object, proposed))
}

func askNew(p *protocol, sc scene) string {
	proposed := sc.state // which no CLI would
	if sc.state = make(values); sc.plannedFromConfig {
		proposed = sc.proposed(p)
	}
	return p.asked(sc, pack(sc.object, nil), pack(sc.object, sc.config), pack(sc.object, proposed))
}

func askDestroy(p *protocol, sc scene) string {
	return p.askedPlan(sc, pack(sc.object, nil), pack(sc.object, nil))
}

func (p *protocol) askedPlan(sc scene, config, proposed *tfprotov6.DynamicValue) string {
	return p.asked(sc, pack(sc.object, sc.state), config, proposed)
}

func (p *protocol) asked(sc scene, prior, config, proposed *tfprotov6.DynamicValue) string {
	resp, err := p.server.PlanResourceChange(p.t.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: sc.typeName, PriorState: prior, Config: config, ProposedNewState: proposed,
		PriorPrivate: sc.private, PriorIdentity: sc.identityData(),
	})
	var replace []string
	for _, at := range resp.RequiresReplace {
		replace = append(replace, at.String())
	}
	return told(resp.Diagnostics, err, decoded(sc.object, resp.PlannedState), identityOf(sc.identity, resp.PlannedIdentity), string(resp.PlannedPrivate), replace, resp.Deferred)
}

// proposed is what a CLI makes of state and configuration.
func (sc scene) proposed(p *protocol) values {
	out := maps.Clone(sc.state)
	for _, a := range p.schema.ResourceSchemas[sc.typeName].Block.Attributes {
		if v := sc.config[a.Name]; v != nil || !a.Computed {
			out[a.Name] = v
		}
	}
	return out
}
