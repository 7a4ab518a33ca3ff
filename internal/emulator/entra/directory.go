// SPDX-License-Identifier: MPL-2.0

package entra

import (
	"crypto/x509"
	"slices"
	"strings"
	"sync"

	"github.com/google/uuid"
)

// Kind is the type of a principal.
type Kind int

// The types of principal. A managed identity is an App.
const (
	User Kind = iota
	Group
	App
	MSAUser
	// Foreign is a principal of another directory, which only Kusto asks: dSTS.
	Foreign
)

// Principal is a user, group or application. Do not change its fields; use the
// methods of [Directory].
type Principal struct {
	Kind        Kind
	ObjectID    string
	AppID       string // client id; App only
	TenantID    string
	UPN         string // User and MSAUser only
	Mail        string // Group only, may be empty
	DisplayName string

	Secrets              []string // App: valid client secrets
	ExpiredSecrets       []string // App: expired client secrets
	Password             string   // User: for `az login -u -p`
	Certificates         []*x509.Certificate
	FederatedCredentials []FederatedCredential

	fqn string
}

// FederatedCredential lets an application sign in with another issuer's token.
type FederatedCredential struct {
	Issuer  string // one of this package's, such as [GitHubActionsIssuer]
	Subject string // case-sensitive
}

// FQN is the resolved form, which the service answers with: `aaduser=<object id>;<tenant id>`,
// `aadgroup=…`, `aadapp=<application id>;<tenant id>` or `msauser=<UPN>`.
func (p *Principal) FQN() string { return p.fqn }

func (p *Principal) makeFQN() string {
	switch p.Kind {
	case User:
		return "aaduser=" + p.ObjectID + ";" + p.TenantID
	case Group:
		return "aadgroup=" + p.ObjectID + ";" + p.TenantID
	case MSAUser:
		return "msauser=" + p.UPN
	case Foreign:
		return p.fqn
	default:
		return "aadapp=" + p.AppID + ";" + p.TenantID
	}
}

// Directory holds the principals of all tenants. It is safe for concurrent use.
type Directory struct {
	home string // the id of the clusters' own tenant

	mu            sync.RWMutex
	tenants       map[string]*tenant // by id and by domain, lower case
	byObjectID    map[string]*Principal
	byAppID       map[string]*Principal // where it was registered
	apps          map[appInTenant]*Principal
	byUPN         map[string]*Principal
	byMail        map[string]*Principal
	byMSA         map[string]*Principal
	foreign       map[string]*Principal // by FQN, lower case
	byName        map[nameKey][]*Principal
	memberOf      map[*Principal][]*Principal
	hidden        map[*Principal]*hiding
	subscriptions []subscription
	identities    []*Principal
}

type tenant struct {
	id          string
	domains     []string
	displayName string
}

// nameKey finds principals by display name. tenant is an id, name is lower case.
type nameKey struct {
	kind         Kind
	tenant, name string
}

// NewDirectory makes a directory with one tenant, which is that of the clusters, and the
// tenant of personal accounts.
func NewDirectory(id, displayName string, domains ...string) *Directory {
	d := &Directory{
		home:    strings.ToLower(id),
		tenants: map[string]*tenant{}, byObjectID: map[string]*Principal{}, byAppID: map[string]*Principal{}, apps: map[appInTenant]*Principal{},
		byUPN: map[string]*Principal{}, byMail: map[string]*Principal{}, byMSA: map[string]*Principal{}, foreign: map[string]*Principal{},
		byName: map[nameKey][]*Principal{}, memberOf: map[*Principal][]*Principal{}, hidden: map[*Principal]*hiding{},
	}
	d.AddTenant(id, displayName, domains...)
	d.AddTenant(MicrosoftAccountTenantID, "Microsoft Accounts", MicrosoftAccountDomain)
	return d
}

// HomeTenantID is the tenant of every cluster.
func (d *Directory) HomeTenantID() string { return d.home }

// AddTenant adds a tenant, which is found by its id and its domains.
func (d *Directory) AddTenant(id, displayName string, domains ...string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	t := &tenant{id: strings.ToLower(id), domains: domains, displayName: displayName}
	d.tenants[t.id] = t
	for _, domain := range domains {
		d.tenants[strings.ToLower(domain)] = t
	}
}

// tenant finds a tenant by id or domain, nil if there is none.
func (d *Directory) tenant(idOrDomain string) *tenant {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.tenants[strings.ToLower(idOrDomain)]
}

// AddUser adds a user to a tenant, given by id or domain.
func (d *Directory) AddUser(tenant, upn, displayName string) *Principal {
	return d.Add(tenant, &Principal{Kind: User, UPN: upn, DisplayName: displayName})
}

// AddUserWithID is AddUser with a chosen object id.
func (d *Directory) AddUserWithID(tenant, objectID, upn, displayName string) *Principal {
	return d.Add(tenant, &Principal{Kind: User, ObjectID: objectID, UPN: upn, DisplayName: displayName})
}

// AddGroup adds a security group; mail may be empty.
func (d *Directory) AddGroup(tenant, displayName, mail string) *Principal {
	return d.Add(tenant, &Principal{Kind: Group, Mail: mail, DisplayName: displayName})
}

// AddApp adds an application with one random secret.
func (d *Directory) AddApp(tenant, displayName string) *Principal {
	return d.Add(tenant, &Principal{
		Kind: App, AppID: uuid.NewString(), DisplayName: displayName, Secrets: []string{"not-a-secret-" + uuid.NewString()},
	})
}

// AddForeign adds a principal by the FQN that Kusto shows, such as dstsgroup=CORP\Operators.
func (d *Directory) AddForeign(fqn, displayName string) *Principal {
	d.mu.Lock()
	defer d.mu.Unlock()
	p := &Principal{Kind: Foreign, TenantID: d.home, DisplayName: displayName, fqn: fqn}
	d.foreign[strings.ToLower(fqn)] = p
	return p
}

// Add fills in p's ids and adds p to a tenant, given by id or domain. Ids are in lower
// case. It panics if the tenant does not exist.
func (d *Directory) Add(tenantName string, p *Principal) *Principal {
	d.mu.Lock()
	defer d.mu.Unlock()
	t := d.tenants[strings.ToLower(tenantName)]
	if t == nil {
		panic("emulator: no tenant " + tenantName)
	}
	p.TenantID = t.id
	if p.ObjectID == "" {
		p.ObjectID = uuid.NewString()
	}
	p.fqn = p.makeFQN()
	d.byObjectID[p.ObjectID] = p
	d.byName[p.nameKey()] = append(d.byName[p.nameKey()], p)
	switch p.Kind {
	case User:
		d.byUPN[strings.ToLower(p.UPN)] = p
	case MSAUser:
		d.byMSA[strings.ToLower(p.UPN)] = p
	case App:
		if d.byAppID[p.AppID] == nil {
			d.byAppID[p.AppID] = p
		}
		d.apps[appInTenant{p.AppID, p.TenantID}] = p
	case Group:
		if p.Mail != "" {
			d.byMail[strings.ToLower(p.Mail)] = p
		}
	}
	return p
}

// appInTenant is an application in a tenant. One that is registered for several tenants has one
// id in all of them.
type appInTenant struct{ appID, tenantID string }

func (p *Principal) nameKey() nameKey {
	return nameKey{p.Kind, p.TenantID, strings.ToLower(p.DisplayName)}
}

// Remove deletes p: it no longer resolves and cannot sign in. Its grants are kept, as in the service.
func (d *Directory) Remove(p *Principal) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.byObjectID, p.ObjectID)
	switch p.Kind {
	case User:
		delete(d.byUPN, strings.ToLower(p.UPN))
	case MSAUser:
		delete(d.byMSA, strings.ToLower(p.UPN))
	case App:
		delete(d.byAppID, p.AppID)
		delete(d.apps, appInTenant{p.AppID, p.TenantID})
	case Group:
		delete(d.byMail, strings.ToLower(p.Mail))
	}
	d.byName[p.nameKey()] = slices.DeleteFunc(d.byName[p.nameKey()], func(q *Principal) bool { return q == p })
}

// AddMember makes p a member of group. Members have the roles of their groups.
func (d *Directory) AddMember(group, p *Principal) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.memberOf[p] = append(d.memberOf[p], group)
}

// RemoveMember ends p's direct membership of group.
func (d *Directory) RemoveMember(group, p *Principal) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.memberOf[p] = slices.DeleteFunc(d.memberOf[p], func(g *Principal) bool { return g == group })
}

// GroupsOf lists the groups of which p is a member, directly or through other groups.
func (d *Directory) GroupsOf(p *Principal) []*Principal {
	d.mu.RLock()
	defer d.mu.RUnlock()
	var groups []*Principal
	seen := map[*Principal]bool{p: true}
	for queue := []*Principal{p}; len(queue) > 0; queue = queue[1:] {
		for _, g := range d.memberOf[queue[0]] {
			if !seen[g] {
				seen[g] = true
				groups = append(groups, g)
				queue = append(queue, g)
			}
		}
	}
	return groups
}

// Lookup finds a principal by UPN, mail, application id, object id or unique
// display name. It returns nil if there is none.
func (d *Directory) Lookup(name string) *Principal {
	d.mu.RLock()
	defer d.mu.RUnlock()
	key := strings.ToLower(name)
	for _, index := range []map[string]*Principal{d.byUPN, d.byMail, d.byMSA, d.byAppID, d.byObjectID} {
		if p := index[key]; p != nil {
			return p
		}
	}
	var found *Principal
	for k, ps := range d.byName {
		if k.name != key || len(ps) == 0 {
			continue
		}
		if found != nil || len(ps) > 1 {
			return nil
		}
		found = ps[0]
	}
	return found
}

// Must is [Directory.Lookup] that panics if there is no such principal.
func (d *Directory) Must(name string) *Principal {
	p := d.Lookup(name)
	if p == nil {
		panic("emulator: no principal " + name)
	}
	return p
}

// MustUser is [Directory.Must] for a user.
func (d *Directory) MustUser(upn string) *Principal { return d.Must(upn) }

// MustGroup is [Directory.Must] for a group.
func (d *Directory) MustGroup(name string) *Principal { return d.Must(name) }

// App is [Directory.Must] for an application.
func (d *Directory) App(name string) *Principal { return d.Must(name) }

// Principals lists all principals, sorted by FQN.
func (d *Directory) Principals() []*Principal {
	d.mu.RLock()
	defer d.mu.RUnlock()
	principals := make([]*Principal, 0, len(d.byObjectID))
	for _, p := range d.byObjectID {
		principals = append(principals, p)
	}
	slices.SortFunc(principals, func(a, b *Principal) int { return strings.Compare(a.fqn, b.fqn) })
	return principals
}

// AddCertificate registers a certificate with application p.
func (d *Directory) AddCertificate(p *Principal, c *x509.Certificate) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p.Certificates = append(p.Certificates, c)
}

// AddFederatedCredential lets application p sign in with tokens of issuer for
// subject and the audience [FederatedAudience].
func (d *Directory) AddFederatedCredential(p *Principal, issuer, subject string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p.FederatedCredentials = append(p.FederatedCredentials, FederatedCredential{Issuer: issuer, Subject: subject})
}
