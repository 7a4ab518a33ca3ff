// SPDX-License-Identifier: MPL-2.0

package entra

import (
	"fmt"
	"strings"

	"github.com/google/uuid"
)

// hiding counts the lookups of a principal that was created a moment ago.
type hiding struct {
	lookups int
	used    map[string]int // by service
}

// HideFor makes the next lookups of p fail, as for a principal that Entra ID has
// not replicated yet. Each cluster counts its own lookups. Signing in is not affected.
func (d *Directory) HideFor(p *Principal, lookups int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.hidden[p] = &hiding{lookups: lookups, used: map[string]int{}}
}

// hides counts one lookup of p by a service, and reports whether it must fail.
func (d *Directory) hides(p *Principal, service string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	h := d.hidden[p]
	if h == nil || h.used[service] >= h.lookups {
		return false
	}
	h.used[service]++
	return true
}

// typeNames are the names of the types of principal in the service's errors.
var typeNames = map[string]string{
	"aaduser": "AAD User", "aadgroup": "AAD Group", "aadapp": "AAD Application Id", "msauser": "MSA User",
}

// resolveError is an error in the words of the Kusto service.
type resolveError string

func (e resolveError) Error() string { return string(e) }

func notInTenant(id, prefix, tenant string) error {
	return resolveError(fmt.Sprintf(
		"Requested entity is not valid and could not be retrieved from AAD. Entity ID '%s' of type '%s' was not found in AAD tenant '%s'",
		id, typeNames[prefix], tenant))
}

func malformed(fqn string) error {
	return resolveError("Principal '" + fqn + "' is not a valid principal fully qualified name")
}

// NotFound is the error of a principal that does not exist, or that Entra ID has not replicated yet.
func NotFound(fqn string) error {
	prefix, rest, _ := strings.Cut(fqn, "=")
	id, tenant, found := strings.Cut(rest, ";")
	if !found {
		_, tenant, _ = strings.Cut(id, "@")
	}
	return notInTenant(id, strings.ToLower(prefix), tenant)
}

// Resolve finds a principal by an FQN as commands write it, in every form of the
// documents, for a service that is given by its host. Prefix, ids and names
// compare without case. Without a tenant, the domain of the UPN or mail decides.
// The error has the words of the Kusto service.
func (d *Directory) Resolve(fqn, service string) (*Principal, error) {
	p, err := d.resolve(fqn)
	if err == nil && d.hides(p, service) {
		return nil, NotFound(fqn)
	}
	return p, err
}

func (d *Directory) resolve(fqn string) (*Principal, error) {
	d.mu.RLock()
	foreign := d.foreign[strings.ToLower(fqn)]
	d.mu.RUnlock()
	if foreign != nil {
		return foreign, nil
	}
	prefix, rest, found := strings.Cut(fqn, "=")
	prefix = strings.ToLower(prefix)
	if !found || typeNames[prefix] == "" || rest == "" {
		return nil, malformed(fqn)
	}
	id, tenantName, hasTenant := rest, "", false
	if at := strings.LastIndexByte(rest, ';'); at >= 0 {
		id, tenantName, hasTenant = rest[:at], rest[at+1:], true
	}
	if id == "" || strings.Contains(id, ";") || hasTenant && tenantName == "" {
		return nil, malformed(fqn)
	}
	if prefix == "msauser" {
		return d.resolveMSA(fqn, id, hasTenant)
	}
	if !hasTenant {
		_, domain, isAddress := strings.Cut(id, "@")
		switch {
		case uuid.Validate(id) == nil && prefix != "aaduser":
			tenantName = d.home
		case !isAddress || prefix == "aadapp":
			return nil, malformed(fqn)
		default:
			tenantName = domain
		}
	}
	t := d.tenant(tenantName)
	if t == nil {
		return nil, notInTenant(id, prefix, tenantName)
	}
	return d.resolveIn(fqn, prefix, id, t)
}

func (d *Directory) resolveMSA(fqn, upn string, hasTenant bool) (*Principal, error) {
	if hasTenant {
		return nil, malformed(fqn)
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	p := d.byMSA[strings.ToLower(upn)]
	if p == nil {
		return nil, notInTenant(upn, "msauser", MicrosoftAccountTenantID)
	}
	return p, nil
}

func (d *Directory) resolveIn(fqn, prefix, id string, t *tenant) (*Principal, error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	kind := map[string]Kind{"aaduser": User, "aadgroup": Group, "aadapp": App}[prefix]
	key := strings.ToLower(id)
	index := map[Kind]map[string]*Principal{User: d.byUPN, Group: d.byMail}[kind]
	for _, p := range []*Principal{d.byObjectID[key], index[key], d.apps[appInTenant{key, t.id}]} {
		if p != nil && p.Kind == kind && p.TenantID == t.id {
			return p, nil
		}
	}
	named := d.byName[nameKey{kind, t.id, key}]
	switch {
	case kind == User, len(named) == 0: // no form names a user by display name
		return nil, notInTenant(id, prefix, t.id)
	case len(named) > 1:
		return nil, resolveError(fmt.Sprintf(
			"Principal '%s' entity is not valid: more than one %s is called '%s' in AAD tenant '%s'; use its id",
			fqn, typeNames[prefix], id, t.id))
	}
	return named[0], nil
}
