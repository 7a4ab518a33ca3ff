package provider

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// The express lane. Nearly all that a CLI asks while it refreshes and plans is
// about grants that are as they should be, and for each the framework decodes,
// copies, compares and encodes every value several times. So each request about
// a grant or a role first meets the lane, which tries to prove that there is
// nothing to do and nothing to say, and then answers with the bytes it was sent.
// Whatever it cannot prove goes to the framework as it came: the lane has no
// words, no defaults and no changes of its own. What decides is asked where the
// framework asks it: the schema's validators, and the models of the resources.

// frameworkServer is what of the framework's server this provider has a use for.
type frameworkServer interface {
	tfprotov6.ProviderServer
	tfprotov6.ListResourceServer
}

// express is the provider's server: the framework's behind the express lane.
type express struct {
	frameworkServer
	provider *kustoProvider
	lanes    func() map[string]*lane
	tally    *tally
}

// tally counts, for each kind of request, how many the lane answered and how
// many it handed to the framework.
type tally struct{ upgrade, validate, read, plan turns }

type turns struct{ taken, handed atomic.Int64 }

// count notes a turn and repeats whether it was taken.
func (t *turns) count(taken bool) bool {
	if taken {
		t.taken.Add(1)
	} else {
		t.handed.Add(1)
	}
	return taken
}

// NewServer gives the constructor of the provider's protocol server at a version
// ("dev" for none).
func NewServer(version string, options ...Option) func() tfprotov6.ProviderServer {
	return func() tfprotov6.ProviderServer { return newExpress(version, new(tally), options...) }
}

func newExpress(version string, t *tally, options ...Option) *express {
	// Each server has a provider, and so a session, of its own.
	p := newProvider(version, options...)
	framework, ok := providerserver.NewProtocol6(p)().(frameworkServer)
	if !ok {
		panic("the framework's server cannot list resources any more")
	}
	return &express{frameworkServer: framework, provider: p, tally: t, lanes: sync.OnceValue(newLanes)}
}

// UpgradeResourceState answers a state of the schema's own version.
func (e *express) UpgradeResourceState(ctx context.Context, req *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	l := e.lanes()[req.TypeName]
	if l == nil {
		return e.frameworkServer.UpgradeResourceState(ctx, req)
	}
	resp := l.upgrade(req)
	if e.tally.upgrade.count(resp != nil) {
		return resp, nil
	}
	return e.frameworkServer.UpgradeResourceState(ctx, req)
}

// ValidateResourceConfig answers a configuration that nothing is wrong with.
func (e *express) ValidateResourceConfig(ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	l := e.lanes()[req.TypeName]
	if l == nil {
		return e.frameworkServer.ValidateResourceConfig(ctx, req)
	}
	if e.tally.validate.count(l.valid(ctx, req.Config)) {
		return &tfprotov6.ValidateResourceConfigResponse{}, nil
	}
	return e.frameworkServer.ValidateResourceConfig(ctx, req)
}

// ReadResource answers for what Kusto shows exactly as the state has it.
func (e *express) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	l := e.lanes()[req.TypeName]
	if l == nil {
		return e.frameworkServer.ReadResource(ctx, req)
	}
	ctx, resp := l.read(ctx, e.provider.session.Load(), req)
	if e.tally.read.count(resp != nil) {
		return resp, nil
	}
	return e.frameworkServer.ReadResource(ctx, req)
}

// PlanResourceChange answers for a configuration that changes nothing.
func (e *express) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	l := e.lanes()[req.TypeName]
	if l == nil {
		return e.frameworkServer.PlanResourceChange(ctx, req)
	}
	resp := l.plan(e.provider.session.Load(), req)
	if e.tally.plan.count(resp != nil) {
		return resp, nil
	}
	return e.frameworkServer.PlanResourceChange(ctx, req)
}
