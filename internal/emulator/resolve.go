package emulator

import (
	"fmt"
	"strings"
)

// hiding counts, for each cluster, the lookups for which a principal stays unknown.
type hiding struct {
	lookups int
	used    map[string]int // by cluster host
}

// HideFor makes the next lookups of p fail on every cluster, each cluster
// counting for itself: a principal that Entra has not spread yet. Signing in is not affected.
func (d *Directory) HideFor(p *Principal, lookups int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.hidden[p] = &hiding{lookups: lookups, used: map[string]int{}}
}

// hides counts one lookup of p by a cluster and tells whether it must fail.
func (d *Directory) hides(p *Principal, cluster string) bool {
	d.mu.RLock()
	_, known := d.hidden[p]
	d.mu.RUnlock()
	if !known {
		return false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	h := d.hidden[p]
	if h.used[cluster] >= h.lookups {
		return false
	}
	h.used[cluster]++
	return true
}

// unresolved tells why a principal as written is nobody. Its words are the service's.
type unresolved struct{ message string }

func (u *unresolved) Error() string { return u.message }

// typeWords are the words for a kind of principal in "was not found".
var typeWords = map[string]string{
	"aaduser": "AAD User", "aadgroup": "AAD Group", "aadapp": "AAD Application Id", "msauser": "MSA User",
}

func notInTenant(id, prefix, tenant string) error {
	return &unresolved{fmt.Sprintf(
		"Requested entity is not valid and could not be retrieved from AAD. Entity ID '%s' of type '%s' was not found in AAD tenant '%s'",
		id, typeWords[prefix], tenant)}
}

func malformed(fqn string) error {
	return &unresolved{fmt.Sprintf("Principal '%s' is not a valid principal fully qualified name", fqn)}
}

// resolve finds whom a principal as written in a command means, by every form
// the documents list. The prefix and ids compare without case; without a
// tenant, the domain of a UPN or mail decides.
func (d *Directory) resolve(fqn string) (*Principal, error) {
	prefix, rest, found := strings.Cut(fqn, "=")
	prefix = strings.ToLower(prefix)
	if !found || typeWords[prefix] == "" || rest == "" {
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
		if !isAddress || prefix == "aadapp" {
			return nil, malformed(fqn)
		}
		tenantName = domain
	}
	t := d.tenant(tenantName)
	if t == nil {
		return nil, notInTenant(id, prefix, tenantName)
	}
	return d.resolveIn(fqn, prefix, id, t)
}

func (d *Directory) resolveMSA(fqn, upn string, hasTenant bool) (*Principal, error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	p := d.byMSA[strings.ToLower(upn)]
	if hasTenant {
		return nil, malformed(fqn)
	}
	if p == nil {
		return nil, notInTenant(upn, "msauser", microsoftAccountTenant)
	}
	return p, nil
}

func (d *Directory) resolveIn(fqn, prefix, id string, t *tenant) (*Principal, error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	kind := map[string]Kind{"aaduser": User, "aadgroup": Group, "aadapp": App}[prefix]
	key := strings.ToLower(id)
	candidates := []*Principal{d.byObjectID[key]}
	switch kind {
	case User:
		candidates = append(candidates, d.byUPN[key])
	case Group:
		candidates = append(candidates, d.byMail[key])
	case App:
		candidates = append(candidates, d.byAppID[key])
	case MSAUser: // in no tenant, and resolved elsewhere
	}
	for _, p := range candidates {
		if p != nil && p.Kind == kind && p.TenantID == t.id {
			return p, nil
		}
	}
	if kind == User { // a user has no form by display name
		return nil, notInTenant(id, prefix, t.id)
	}
	switch named := d.byName[nameKey{kind, t.id, key}]; len(named) {
	case 0:
		return nil, notInTenant(id, prefix, t.id)
	case 1:
		return named[0], nil
	default:
		return nil, &unresolved{fmt.Sprintf(
			"Principal '%s' entity is not valid: more than one %s is called '%s' in AAD tenant '%s'; use its id",
			fqn, typeWords[prefix], id, t.id)}
	}
}
