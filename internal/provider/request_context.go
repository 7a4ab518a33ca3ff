// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// requestContext passes a request's context to the framework, and drops it when the
// request ends. The framework (1.19, internal/proto6server, registerContext) keeps the
// context of every request until the provider stops: 50 KB for each resource in a plan,
// 680 MiB for 10,000.
type requestContext struct {
	current atomic.Pointer[context.Context]
}

var ended = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

func (r *requestContext) get() context.Context {
	if ctx := r.current.Load(); ctx != nil {
		return *ctx
	}
	return ended
}

func (r *requestContext) Deadline() (time.Time, bool) { return r.get().Deadline() }
func (r *requestContext) Done() <-chan struct{}       { return r.get().Done() }
func (r *requestContext) Err() error                  { return r.get().Err() }
func (r *requestContext) Value(key any) any           { return r.get().Value(key) }

// during calls the framework with a context that it cannot keep.
func during[Request, Response any](ctx context.Context, req Request, call func(context.Context, Request) (Response, error)) (Response, error) {
	held := &requestContext{}
	held.current.Store(&ctx)
	defer held.current.Store(nil)
	return call(held, req)
}

// The requests that a CLI sends for each resource.

func (s *server) UpgradeResourceState(ctx context.Context, req *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	return during(ctx, req, s.frameworkServer.UpgradeResourceState)
}

func (s *server) ValidateResourceConfig(ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	return during(ctx, req, s.frameworkServer.ValidateResourceConfig)
}

func (s *server) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	return during(ctx, req, s.frameworkServer.ReadResource)
}

func (s *server) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	return during(ctx, req, s.frameworkServer.PlanResourceChange)
}

func (s *server) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	return during(ctx, req, s.frameworkServer.ApplyResourceChange)
}
