// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"slices"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
)

// moveChangeOf is a way in which a configuration changes.
type moveChangeOf struct {
	name string
	make func(*moveGenerator, *moveConfig)
}

// moveChanges are the ways in which configurations change. One that does not apply
// changes nothing; one that makes an invalid configuration is not taken.
var moveChanges = []moveChangeOf{
	{"keys renamed", onBlock(func(g *moveGenerator, b *moveBlock) {
		for i := range b.instances {
			if g.IntN(4) > 0 {
				b.instances[i].key = g.fresh("k")
			}
		}
	})},
	{"keys exchanged", onBlock(func(g *moveGenerator, b *moveBlock) {
		g.Shuffle(len(b.instances), func(i, j int) {
			b.instances[i], b.instances[j] = b.instances[j], b.instances[i]
			b.instances[i].key, b.instances[j].key = b.instances[j].key, b.instances[i].key
		})
	})},
	{"first element removed", onBlock(func(_ *moveGenerator, b *moveBlock) { b.instances = b.instances[1:] })},
	{"block renamed", onBlock(func(g *moveGenerator, b *moveBlock) { b.label = g.fresh("b") })},
	{"count or for_each", onBlock(func(_ *moveGenerator, b *moveBlock) { b.counted = !b.counted })},
	{"create_before_destroy", onBlock(func(_ *moveGenerator, b *moveBlock) { b.createFirst = !b.createFirst })},
	{"all replaced", onBlock(func(_ *moveGenerator, b *moveBlock) {
		for i := range b.instances {
			b.instances[i].replace = true
		}
	})},
	{"replaced", onInstance(func(_ *moveGenerator, _ *moveBlock, i *moveInstance) { i.replace = true })},
	{"notes", onInstance(func(g *moveGenerator, _ *moveBlock, i *moveInstance) {
		if i.also == nil {
			i.notes = g.notes()
		}
	})},
	{"respelled", onInstance(func(g *moveGenerator, _ *moveBlock, i *moveInstance) {
		at := g.IntN(len(i.principals))
		i.principals[at] = g.spell(i.principals[at].principal)
	})},
	{"all respelled", onBlock(func(g *moveGenerator, b *moveBlock) {
		for _, i := range b.instances {
			for at := range i.principals {
				i.principals[at] = g.spell(i.principals[at].principal)
			}
		}
	})},
	{"database in another case", onInstance(func(g *moveGenerator, _ *moveBlock, i *moveInstance) {
		i.database = pick(g, []string{"samples", "SAMPLES"})
		if i.role == "users" {
			i.database = "my db"
		}
	})},
	{"another role", onInstance(func(g *moveGenerator, _ *moveBlock, i *moveInstance) {
		role := g.slot()
		if i.also != nil { // people change places
			i.principals, i.also[role.role] = i.also[role.role], i.principals
			return
		}
		if (role.table == "") == (i.table == "") {
			i.database, i.role = role.database, role.role
		}
	})},
	{"roles exchanged", onBlock(func(g *moveGenerator, b *moveBlock) {
		i, j := &b.instances[g.IntN(len(b.instances))], &b.instances[g.IntN(len(b.instances))]
		i.database, i.role, j.database, j.role = j.database, j.role, i.database, i.role
	})},
	{"another principal", onInstance(func(g *moveGenerator, _ *moveBlock, i *moveInstance) {
		i.principals[g.IntN(len(i.principals))] = g.names(1)[0]
	})},
	{"grant added", onInstance(func(g *moveGenerator, b *moveBlock, i *moveInstance) {
		if b.isRole() {
			i.principals = append(i.principals, g.names(1)...)
			return
		}
		another := *i
		another.key, another.principals = g.fresh("k"), g.names(1)
		b.instances = slices.Insert(b.instances, g.IntN(len(b.instances)), another)
	})},
	{"grant removed", onInstance(func(g *moveGenerator, b *moveBlock, i *moveInstance) {
		if b.isRole() {
			i.principals = i.principals[1:]
			return
		}
		at := g.IntN(len(b.instances))
		b.instances = slices.Delete(b.instances, at, at+1)
	})},
	{"members become a role", becomeRole},
	{"a role becomes members", becomeMembers},
	{"all of a securable in one", becomeAccess},
	{"all of a securable in one", becomeAccess},
	{"all in one becomes roles", becomeRoles},
	{"moved to another block", moveBlocks},
}

// moveDuplicates are the changes of configurations that may declare one grant twice.
var moveDuplicates = []moveChangeOf{
	{"declared twice", declareTwice},
	{"a duplicate removed", removeDuplicate},
	{"declared twice", declareTwice},
}

// declareTwice has another member, or a role, declare what an instance declares.
func declareTwice(g *moveGenerator, c *moveConfig) {
	if len(*c) == 0 {
		return
	}
	of := pick(g, pick(g, *c).instances)
	another := moveInstance{database: of.database, table: of.table, role: of.role}
	if g.often(2) {
		another.principals = []moveName{g.spell(pick(g, of.principals).principal)}
		c.put(g, "principal", another)
		return
	}
	for _, p := range c.holders(of.slot()) {
		another.principals = append(another.principals, g.spell(p))
	}
	if g.contradicts && len(another.principals) > 1 {
		another.principals = another.principals[1:]
	}
	c.put(g, "role", another)
}

// holders are the principals that a configuration makes the holders of a role, each once.
func (c moveConfig) holders(slot string) (all []*entra.Principal) {
	for _, b := range c {
		for _, i := range b.slots() {
			for _, name := range i.principals {
				if i.slot() == slot && !slices.Contains(all, name.principal) {
					all = append(all, name.principal)
				}
			}
		}
	}
	return all
}

// removeDuplicate removes one of the instances that share a grant.
func removeDuplicate(g *moveGenerator, c *moveConfig) {
	type place struct{ block, instance int }
	at := map[string][]place{}
	var shared []place
	for b, block := range *c {
		for n, i := range block.instances {
			for _, name := range i.principals { // of its own role
				grant := i.slot() + name.principal.FQN()
				if at[grant] = append(at[grant], place{b, n}); len(at[grant]) > 1 {
					shared = append(shared, at[grant]...)
				}
			}
		}
	}
	if len(shared) > 0 {
		p := pick(g, shared)
		b := &(*c)[p.block]
		b.instances = slices.Delete(b.instances, p.instance, p.instance+1)
	}
}

func onBlock(change func(*moveGenerator, *moveBlock)) func(*moveGenerator, *moveConfig) {
	return func(g *moveGenerator, c *moveConfig) {
		if len(*c) > 0 {
			change(g, &(*c)[g.IntN(len(*c))])
		}
	}
}

func onInstance(change func(*moveGenerator, *moveBlock, *moveInstance)) func(*moveGenerator, *moveConfig) {
	return onBlock(func(g *moveGenerator, b *moveBlock) { change(g, b, &b.instances[g.IntN(len(b.instances))]) })
}

// becomeRole makes one role resource of all members that grant a role.
func becomeRole(g *moveGenerator, c *moveConfig) {
	var role moveInstance
	for b := range *c {
		block := &(*c)[b]
		if block.isRole() {
			continue
		}
		block.instances = slices.DeleteFunc(block.instances, func(i moveInstance) bool {
			if len(role.principals) == 0 {
				role = moveInstance{database: i.database, table: i.table, role: i.role}
			}
			if i.slot() != role.slot() {
				return false
			}
			role.principals = append(role.principals, i.principals...)
			return true
		})
	}
	if role.notes = g.notes(); len(role.principals) > 0 {
		c.put(g, "role", role)
	}
}

// becomeMembers makes members of a role resource.
func becomeMembers(g *moveGenerator, c *moveConfig) {
	at := slices.IndexFunc(*c, moveBlock.isRole)
	if at < 0 {
		return
	}
	role := (*c)[at].instances[0]
	(*c)[at].instances = (*c)[at].instances[1:]
	for _, slot := range role.slots() {
		for _, name := range slot.principals {
			member := moveInstance{database: slot.database, table: slot.table, role: slot.role, principals: []moveName{name}, notes: g.notes()}
			c.put(g, "principal", member)
		}
	}
}

// becomeAccess makes one resource of all that is granted on a securable.
func becomeAccess(g *moveGenerator, c *moveConfig) {
	if len(*c) == 0 {
		return
	}
	access := pick(g, pick(g, *c).instances)
	access.notes, access.principals = nil, nil
	roles := make(map[string][]moveName)
	for b := range *c {
		block := &(*c)[b]
		block.instances = slices.DeleteFunc(block.instances, func(i moveInstance) bool {
			isOn := i.securable() == access.securable()
			for _, slot := range i.slots() {
				for _, name := range slot.principals {
					isDeclared := func(other moveName) bool { return other.principal == name.principal }
					if isOn && !slices.ContainsFunc(roles[slot.role], isDeclared) {
						roles[slot.role] = append(roles[slot.role], name)
					}
				}
			}
			return isOn
		})
	}
	access.principals, access.also = roles[access.role], roles
	c.put(g, "access", access)
}

// becomeRoles makes role resources of all that is in one.
func becomeRoles(g *moveGenerator, c *moveConfig) {
	at := slices.IndexFunc(*c, func(b moveBlock) bool { return b.kind() == "access" })
	if at < 0 {
		return
	}
	access := (*c)[at].instances[0]
	(*c)[at].instances = (*c)[at].instances[1:]
	for _, slot := range access.slots() {
		if slot.also = nil; len(slot.principals) > 0 {
			c.put(g, "role", slot)
		}
	}
}

// moveBlocks moves some instances of a block to others.
func moveBlocks(g *moveGenerator, c *moveConfig) {
	if len(*c) == 0 {
		return
	}
	b := &(*c)[g.IntN(len(*c))]
	kind := b.kind()
	var moved []moveInstance
	b.instances = slices.DeleteFunc(b.instances, func(i moveInstance) bool {
		if moves := g.often(2); !moves {
			return false
		}
		moved = append(moved, i)
		return true
	})
	for _, i := range moved {
		c.put(g, kind, i)
	}
}
