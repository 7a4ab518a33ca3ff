// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
)

// The CLI takes most of an hour to create ten thousand resources. To measure a
// plan, one is applied, and its state and grant are copied.

// seed gives every candidate a state with all of the scenario's grants, and the
// cluster the grants.
func (b *bench) seed(ctx context.Context, s scenario, cluster *kusto.Cluster) error {
	one := s
	one.grants, one.securables = 1, 1
	for _, r := range b.candidates {
		if err := r.space.Write("main.tf", r.hcl(one)); err != nil {
			return err
		}
		if _, err := r.space.Must(ctx, 0, "apply", "-auto-approve", "-no-color"); err != nil {
			return err
		}
		if err := r.multiply(s); err != nil {
			return err
		}
		if err := r.space.Write("main.tf", r.hcl(s)); err != nil {
			return err
		}
	}
	for i := range s.grants {
		table := kusto.Securable{Kind: "table", Database: "Bench", Entity: fmt.Sprintf("T%d", i%s.securables)}
		cluster.Grant(table, "ingestors", b.service.Directory().Must(userName(i)), "")
	}
	return nil
}

// multiply copies the only instance in the state for every grant of the scenario.
func (r *candidate) multiply(s scenario) error {
	path := filepath.Join(r.space.Dir, "terraform.tfstate")
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var state map[string]any
	if err := json.Unmarshal(text, &state); err != nil {
		return err
	}
	resources, _ := state["resources"].([]any)
	resource, _ := resources[0].(map[string]any)
	instances, _ := resource["instances"].([]any)
	first, err := json.Marshal(instances[0])
	if err != nil {
		return err
	}
	all := make([]json.RawMessage, s.grants)
	for i := range all {
		all[i] = instanceOf(first, i, fmt.Sprintf("T%d", i%s.securables))
	}
	resource["instances"] = all
	if text, err = json.Marshal(state); err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o600)
}

// instanceOf copies the instance of user 0 for the i-th user.
func instanceOf(first []byte, i int, table string) json.RawMessage {
	return bytes.Clone([]byte(strings.NewReplacer(
		`"index_key":0`, fmt.Sprintf(`"index_key":%d`, i),
		userID(0), userID(i), userName(0), userName(i), `"`+displayName(0)+" ", `"`+displayName(i)+" ",
		`"T0"`, `"`+table+`"`, `|T0|`, `|`+table+`|`,
	).Replace(string(first))))
}

// Ids and names of the users in the directory.
func userID(i int) string      { return fmt.Sprintf("0a000000-0000-4000-8000-%012d", i) }
func userName(i int) string    { return fmt.Sprintf("user%d@contoso.com", i) }
func displayName(i int) string { return fmt.Sprintf("User %d", i) }

// addUsers adds users to the directory.
func (b *bench) addUsers(n int) {
	d := b.service.Directory()
	for i := range n {
		if d.Lookup(userName(i)) == nil {
			d.AddUserWithID("contoso.com", userID(i), userName(i), displayName(i))
		}
	}
}
