package provider

import (
	"maps"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// people may hold the role, and be written in several ways.
var people = map[string][]string{
	"alice@contoso.com": {"aaduser=alice@contoso.com", "aaduser=ALICE@contoso.com;contoso.com"},
	"bob@contoso.com":   {"aaduser=bob@contoso.com"},
	"Data Readers":      {"aadgroup=Data Readers;contoso.com"},
	"dashboard":         {"aadapp=dashboard;contoso.com"},
	"ci-deployer":       {"aadapp=ci-deployer;contoso.com"},
}

// hold grants the target's role to some people and gives their names.
func (p *pair) hold(t *rapid.T, kind *kusto.Kind, target values, there bool) []string {
	s := emulator.Securable{Kind: kind.Keyword, Database: target["database_name"].(string)}
	d := p.stage.AddDatabase(s.Database, p.stage.deployer)
	if kind.InsideDatabase() {
		s.Entity = "Night Admin"
	}
	if kind.InsideDatabase() && there {
		d.Add(s.Kind, s.Entity)
	}
	var held []string
	for _, name := range slices.Sorted(maps.Keys(people)) {
		if rapid.Bool().Draw(t, name) {
			held = append(held, name)
		}
	}
	if kind.InsideDatabase() && !there {
		return held
	}
	for _, name := range held {
		p.stage.Grant(s, target["role"].(string), who(name), rapid.SampledFrom([]string{"", "n"}).Draw(t, "notes of "+name))
	}
	return held
}

// remembered is what a state has of someone, which may have changed since.
func remembered(t *rapid.T, name string) values {
	v := seen(name)
	if rapid.IntRange(0, 9).Draw(t, name+" was renamed") == 0 {
		v["principal_display_name"] = "As they were called"
	}
	return v
}

// seen is what Kusto tells of someone.
func seen(name string) values {
	principal := who(name)
	f, err := kusto.ParseFQN(principal.FQN())
	if err != nil {
		panic(err)
	}
	shown := principal.DisplayName
	if f.Type == kusto.User {
		shown += " (upn: " + name + ")"
	}
	return values{
		"resolved_fqn": principal.FQN(), "principal_type": string(f.Type),
		"principal_display_name": shown, "principal_object_id": principal.ObjectID,
	}
}

// written is one way to write someone.
func written(t *rapid.T, name string) string {
	return rapid.SampledFrom(append(slices.Clone(people[name]), who(name).FQN())).Draw(t, "spelling of "+name)
}

func (p *pair) member(t *rapid.T, kind *kusto.Kind, target values, held []string) values {
	name := rapid.SampledFrom(append(slices.Clone(held), "alice@contoso.com")).Draw(t, "principal")
	state := maps.Clone(target)
	maps.Copy(state, remembered(t, name))
	state["principal_fqn"] = written(t, name)
	state["notes"] = rapid.SampledFrom([]any{nil, "n"}).Draw(t, "notes")
	state["allow_lockout"] = rapid.IntRange(0, 4).Draw(t, "lockout") == 0
	state["timeouts"] = rapid.SampledFrom([]any{nil, nil, values{"read": "1m"}}).Draw(t, "timeouts")
	state["id"] = importIDOf(kind, state, state["principal_fqn"].(string))
	return state
}

func (p *pair) role(t *rapid.T, kind *kusto.Kind, target values, held []string) values {
	state := maps.Clone(target)
	members, names := values{}, []string{}
	if role := target["role"]; kind == kusto.Database && role == "admins" && !slices.Contains(held, "ci-deployer") {
		held = append(held, "ci-deployer")
	}
	for i, name := range held {
		if i == 0 && rapid.IntRange(0, 4).Draw(t, "stranger") == 0 {
			continue
		}
		spelling := people[name][0]
		members[spelling], names = remembered(t, name), append(names, spelling)
	}
	state["members"], state["principals"] = members, names
	state["allow_lockout"] = rapid.Bool().Draw(t, "lockout")
	state["timeouts"] = nil
	state["id"] = importIDOf(kind, state)
	return state
}

func importIDOf(kind *kusto.Kind, state values, more ...string) string {
	var parts []string
	for _, name := range targetAttributes(kind) {
		parts = append(parts, state[name].(string))
	}
	return strings.Join(append(parts, more...), "|")
}

func (p *pair) drawIdentity(t *rapid.T, sc scene) any {
	identity := make(values)
	for _, a := range p.lane.ids[sc.typeName].IdentityAttributes {
		identity[a.Name] = sc.state[a.Name]
	}
	switch rapid.IntRange(0, 9).Draw(t, "identity") {
	case 0:
		return nil
	case 1:
		identity["role"] = "users"
	case 2:
		identity["database_name"] = nil
	case 3, 4, 5:
		return "none"
	}
	return identity
}

// drawConfig is the configuration that the state came from.
func (p *pair) drawConfig(t *rapid.T, sc scene) values {
	config := make(values)
	for _, a := range p.lane.schema.ResourceSchemas[sc.typeName].Block.Attributes {
		if a.Required || (a.Optional && rapid.Bool().Draw(t, a.Name+" is written")) {
			config[a.Name] = sc.state[a.Name]
		}
	}
	for _, name := range []string{"timeouts", "allow_lockout"} {
		if rapid.IntRange(0, 4).Draw(t, name+" as it is") > 0 {
			config[name] = sc.state[name]
		}
	}
	return config
}

// spoil makes some of the attributes other than they should be.
func (p *pair) spoil(t *rapid.T, what string, v values, unknown bool) {
	if rapid.Bool().Draw(t, what+" is right") {
		return
	}
	names := slices.Sorted(maps.Keys(v))
	for range rapid.IntRange(1, 2).Draw(t, "spoiled in "+what) {
		name := rapid.SampledFrom(names).Draw(t, "spoiled")
		choices := []any{nil}
		if unknown {
			choices = append(choices, unknownValue{})
		}
		switch v[name].(type) {
		case string:
			choices = append(choices, "", "x", "viewers", "aaduser=bob@contoso.com", "aaduser=alice", p.stage.uri+"/", "HTTPS://elsewhere.kusto.windows.net", "http://nowhere")
		case bool:
			choices = append(choices, true, false)
		case []string:
			choices = append(choices, []string{}, []string{"x"}, []string{"aaduser=bob@contoso.com"}, []string{"aaduser=x@contoso.com", "aaduser=y@contoso.com"})
		case values:
			choices = append(choices, values{}, values{"read": "soon"})
			if name == "members" {
				choices = []any{nil, values{}, values{"aaduser=bob@contoso.com": seen("bob@contoso.com")}}
			}
		}
		v[name] = rapid.SampledFrom(choices).Draw(t, "instead")
	}
}
