// SPDX-License-Identifier: MPL-2.0

package kusto

import (
	"cmp"
	"context"
	"slices"
	"strings"
)

// Entity is a securable inside a database, as the database lists it.
type Entity struct {
	Securable
	// Folder is where tools show the entity. Empty for none, and for a graph model.
	Folder string
}

// Entities lists the entities of one type in a database, sorted by name.
func (c *Client) Entities(ctx context.Context, t *SecurableType, database string) ([]Entity, error) {
	rows, err := c.run(ctx, entitiesCommand(t, database))
	if err != nil {
		return nil, err
	}
	entities := make([]Entity, len(rows))
	for i, r := range rows {
		name := r.get(strings.ToLower(t.nameColumn))
		entities[i] = Entity{Securable{Type: t, Database: database, Name: name}, r.get("folder")}
	}
	slices.SortFunc(entities, func(a, b Entity) int { return cmp.Compare(a.Name, b.Name) })
	return entities, nil
}
