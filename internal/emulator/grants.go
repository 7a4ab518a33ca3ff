// SPDX-License-Identifier: MPL-2.0

package emulator

import (
	"encoding/json"
	"net/http"

	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/seed"
)

// The addresses that the proxy answers itself, and the one of the grants.
const (
	ownPrefix  = "/_emulator/"
	grantsPath = ownPrefix + "grants"
)

// clusterGrants are the grants in a cluster, as JSON.
type clusterGrants struct {
	URI    string      `json:"uri"`
	Grants []heldGrant `json:"grants"`
}

// heldGrant is a grant on a cluster, a database, or an entity in one. Every key is always there,
// so that HCL can read them without asking.
type heldGrant struct {
	Database     string `json:"database"`
	Kind         string `json:"kind"` // as in HCL
	Entity       string `json:"entity"`
	Role         string `json:"role"`
	PrincipalFQN string `json:"principal_fqn"`
	DisplayName  string `json:"display_name"`
	Notes        string `json:"notes"`
	// Creator is set for the admin of an entity who created it.
	Creator bool `json:"creator"`
}

// GrantsJSON is what is held on each cluster and its databases and entities now, in JSON. Roles
// that come from somewhere else, or that are on a cluster from its start, are left out. It is also at /_emulator/grants on the proxy.
func (e *Emulator) GrantsJSON() []byte {
	all := []clusterGrants{}
	for _, c := range e.Clusters() {
		held := []heldGrant{}
		for _, g := range c.AllGrants() {
			if kind := seed.Word(g.Securable.Kind); kind != "" {
				held = append(held, heldGrant{
					g.Securable.Database, kind, g.Securable.Entity, g.Grant.Role, g.Grant.FQN, g.Grant.DisplayName, g.Grant.Notes, g.Grant.Creator,
				})
			}
		}
		all = append(all, clusterGrants{c.URI(), held})
	}
	text, err := json.MarshalIndent(map[string]any{"clusters": all}, "", "  ")
	if err != nil {
		panic("emulator: " + err.Error()) // texts and booleans always marshal
	}
	return append(text, '\n')
}

// serveOwn answers requests for the emulator itself.
func (e *Emulator) serveOwn(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != grantsPath || r.Method != http.MethodGet {
		http.Error(w, "kusto-emulator serves GET "+grantsPath+" here, and nothing else", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(e.GrantsJSON()) // fails only when the client has disconnected
}
