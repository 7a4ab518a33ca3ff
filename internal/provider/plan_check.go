// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"golang.org/x/sync/errgroup"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
	"github.com/kusto-community/terraform-provider-kusto/internal/singleflight"
)

// maxLookups is how many new names the plans of a run look up.
const maxLookups = 50

// planChecks are what the plans of one run have checked and reported, so that each finding is
// reported once. The zero value is ready.
type planChecks struct {
	mu       sync.Mutex
	clusters map[mgmt.ClusterURI]*usableCluster
	reported map[finding]bool
	names    map[finding]bool // those that are looked up
	limit    sync.Once        // the warning that there are more
}

// usableCluster is whether the cluster can be used: err says why not.
type usableCluster struct {
	mu     sync.Mutex
	done   bool
	err    error
	asking singleflight.Group[struct{}, struct{}]
}

// finding is what is reported once. Fields that do not matter are empty: a finding with a
// cluster alone is the cluster's.
type finding struct {
	refused   bool   // the sign-in, or to send a token
	failure   string // the summary of an error that several resources have
	cluster   mgmt.ClusterURI
	securable kusto.Securable
	principal kusto.PrincipalKey
}

func (p *planChecks) cluster(uri mgmt.ClusterURI) *usableCluster {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.clusters == nil {
		p.clusters = make(map[mgmt.ClusterURI]*usableCluster)
	}
	if p.clusters[uri] == nil {
		p.clusters[uri] = &usableCluster{}
	}
	return p.clusters[uri]
}

// isNew reports whether a finding was not reported before.
func (p *planChecks) isNew(f finding) bool {
	f.securable.Database = kusto.FoldName(f.securable.Database)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.reported == nil {
		p.reported = make(map[finding]bool)
	}
	was := p.reported[f]
	p.reported[f] = true
	return !was
}

// mayLookUp reports whether the run looks up a name: a new one until there are too many.
func (p *planChecks) mayLookUp(f finding) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.names == nil {
		p.names = make(map[finding]bool)
	}
	if len(p.names) < maxLookups {
		p.names[f] = true
	}
	return p.names[f]
}

// use checks once whether the cluster can be used: it answers, and the caller can sign in.
func (c *usableCluster) use(ctx context.Context, client *kusto.Client) error {
	for {
		if done, err := c.known(); done {
			return err
		}
		select {
		case r := <-c.asking.DoChan(struct{}{}, func() (struct{}, error) { return struct{}{}, c.ask(ctx, client.Conn()) }):
			if done, _ := c.known(); done || ctx.Err() != nil {
				return r.Err
			} // who asked has given up
		case <-ctx.Done():
			return client.Conn().GaveUp(ctx, nil)
		}
	}
}

func (c *usableCluster) known() (done bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.done, c.err
}

func (c *usableCluster) ask(ctx context.Context, conn *mgmt.Conn) error {
	err := conn.Unreachable(ctx)
	if err == nil {
		err = conn.SignIn(ctx)
	}
	if ctx.Err() == nil {
		c.settle(err)
	}
	return err
}

// settle makes the result everyone's: after an error, all others leave the cluster alone.
func (c *usableCluster) settle(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.done, c.err = true, err
}

// checkPlan checks what a plan that changes something is about to do: the caller can sign in,
// the securable exists, and so do the principals that get the role. What is missing may be
// created in the same apply, so it is a warning.
func (r *securableResource) checkPlan(ctx context.Context, t target, newNames []kusto.FQN, diags *diag.Diagnostics) {
	if diags.HasError() || !t.complete() || !r.session.canSignIn() || ctx.Err() != nil { // another check has said so
		return
	}
	client := r.session.client(t.clusterURI, diags)
	if client == nil {
		return
	}
	if client.HasWritten() { // an apply plans again what the plan has checked
		_, _ = client.PrincipalsSoon(ctx, t.securable()) // as they were before its first write
		return
	}
	c := planCheck{client: client, checks: &r.session.checks, diags: diags, operation: r.operationOn(t, "read the principals of "+t.securable().String())}
	cluster := c.checks.cluster(client.Conn().URI())
	if err := cluster.use(ctx, client); err != nil {
		c.addFailure(err)
		return
	}
	list, err := client.PrincipalsSoon(ctx, t.securable())
	switch {
	case err == nil:
	case isNotFound(err):
		if missing := c.addMissing(ctx, err); missing == kusto.Database {
			return
		}
	default:
		if isClusterWide(err) {
			cluster.settle(err)
		}
		c.addFailure(err)
		return
	}
	c.checkNames(ctx, list, newNames)
}

// planCheck is the check of one plan. Its operation is that which it reports on.
type planCheck struct {
	client    *kusto.Client
	checks    *planChecks
	diags     *diag.Diagnostics
	operation operation
}

const (
	checkedLater = "The plan continues without this check."
	createdLater = "If it is created in the same apply, ignore this warning."
	clusterLater = "If the cluster is created in the same apply, ignore this warning. Its databases, tables and principals are not checked."
	waitedFor    = createdLater + " The apply waits for a new principal until timeouts.create, or timeouts.update, has passed."
)

// isClusterWide reports whether other commands of the run would fail for the same reason.
func isClusterWide(err error) bool {
	e := mgmt.AsError(err)
	return e.IsClusterWide() || e.Reason == mgmt.ErrUnexpectedAnswer
}

// addFailure reports why the check was not made: once a cluster if that is the reason, and
// once a securable otherwise.
func (c *planCheck) addFailure(err error) {
	o, found := c.operation, finding{cluster: c.client.Conn().URI()}
	where, then := path.Root("cluster_uri"), c.aboutCluster(mgmt.AsError(err))
	if !isClusterWide(err) {
		where, then = path.Root(o.securable.Type.NameAttribute()), checkedLater
		found.securable = o.securable
	}
	if !o.addRefusal(c.diags, err) && c.checks.isNew(found) {
		o.principal = where
		o.addUnchecked(c.diags, err, then)
	}
}

// aboutCluster says what follows if a cluster could not be asked.
func (c *planCheck) aboutCluster(e *mgmt.Error) string {
	switch {
	case e.NoSuchHost():
		return noSuchHost + "\n\n" + clusterLater
	case e.Status == 0:
		return clusterLater
	}
	return checkedLater + " Nothing else on this cluster is checked."
}

// addMissing warns of a database or an entity that does not exist, and returns its type.
func (c *planCheck) addMissing(ctx context.Context, err error) *kusto.SecurableType {
	e, missing := mgmt.AsError(err), c.operation.securable
	if c.operation.missing(e) == kusto.Database {
		missing = missing.Owner()
	}
	if c.checks.isNew(finding{cluster: c.client.Conn().URI(), securable: missing}) {
		name := missing.Database
		if missing.Type.InsideDatabase() {
			name = missing.Name
		}
		c.addWarning(err, didYouMean(nearest(name, c.client.NamesBeside(ctx, missing))), createdLater)
	}
	return missing.Type
}

// addWarning warns of what is missing, with Kusto's own words, a suggestion, and what follows.
func (c *planCheck) addWarning(err error, suggestion, then string) {
	e := mgmt.AsError(err)
	where, summary, advice := c.operation.explain(e)
	c.diags.AddAttributeWarning(where, summary, strings.Join(nonEmpty(c.operation.message(err, e), suggestion, advice, then, c.operation.trace(e, summary)), "\n\n"))
}

// checkNames looks up the names that no row of the list proves. The list is nil if it could
// not be read.
func (c *planCheck) checkNames(ctx context.Context, list *kusto.PrincipalList, names []kusto.FQN) {
	var lookups errgroup.Group
	lookups.SetLimit(mgmt.MaxConcurrentCommands)
	unknown := make([]error, len(names))
	for i, name := range names {
		if list != nil && list.Proves(name) {
			continue
		}
		if !c.checks.mayLookUp(finding{cluster: c.client.Conn().URI(), principal: name.Key()}) {
			c.addTooMany()
			break
		}
		lookups.Go(func() error {
			unknown[i] = c.client.Known(ctx, c.operation.securable, name)
			return nil
		})
	}
	_ = lookups.Wait() // no look-up returns an error
	for i, name := range names {
		if unknown[i] != nil && c.checks.isNew(finding{cluster: c.client.Conn().URI(), principal: name.Key()}) {
			c.addUnknown(list, name, unknown[i])
		}
	}
}

// addUnknown warns of a principal that Microsoft Entra ID does not know.
func (c *planCheck) addUnknown(list *kusto.PrincipalList, name kusto.FQN, err error) {
	suggestion := ""
	if list != nil && !kusto.IsGUID(name.ID) {
		if near := nearest(name.ID, list.NamesOf(name.Type)); near != "" {
			suggestion = kusto.FQN{Type: name.Type, ID: near, Tenant: name.Tenant}.String()
		}
	}
	about := *c
	about.operation.action = "look up " + name.String()
	about.addWarning(err, didYouMean(suggestion), waitedFor)
}

// addTooMany warns once that names are no longer looked up.
func (c *planCheck) addTooMany() {
	c.checks.limit.Do(func() {
		c.diags.AddAttributeWarning(c.operation.principal, "New principals not looked up", fmt.Sprintf(
			"A plan looks up at most %d new principals. From here on, it does not check whether Microsoft Entra ID knows the names. "+
				"The apply reports those that it does not know.", maxLookups))
	})
}
