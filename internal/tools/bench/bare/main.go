// SPDX-License-Identifier: MPL-2.0

// Command bare is a provider with the schema of the real one that does nothing. It
// answers a refresh and a plan with the bytes of the request, and fills computed
// attributes of new resources with invented text of realistic length. Its cost is
// that of the CLI and the plugin protocol, the minimum for this schema.
package main

import (
	"context"
	"log"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/kusto-community/terraform-provider-kusto/internal/provider"
)

func main() {
	err := provider.Serve(func() tfprotov6.ProviderServer { return &bare{ProviderServer: provider.NewServer("bare")()} }, false)
	if err != nil {
		log.Fatal(err)
	}
}

// bare answers the requests for resources, and leaves the schema to the real provider.
type bare struct {
	tfprotov6.ProviderServer
	shapes shapes
}

func (*bare) ValidateProviderConfig(_ context.Context, req *tfprotov6.ValidateProviderConfigRequest) (*tfprotov6.ValidateProviderConfigResponse, error) {
	return &tfprotov6.ValidateProviderConfigResponse{PreparedConfig: req.Config}, nil
}

func (b *bare) ConfigureProvider(ctx context.Context, _ *tfprotov6.ConfigureProviderRequest) (*tfprotov6.ConfigureProviderResponse, error) {
	schema, err := b.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	b.shapes = shapes(schema.ResourceSchemas)
	return &tfprotov6.ConfigureProviderResponse{}, err
}

// GetResourceIdentitySchemas answers that resources have no identity.
func (*bare) GetResourceIdentitySchemas(context.Context, *tfprotov6.GetResourceIdentitySchemasRequest) (*tfprotov6.GetResourceIdentitySchemasResponse, error) {
	return &tfprotov6.GetResourceIdentitySchemasResponse{}, nil
}

func (*bare) ValidateResourceConfig(context.Context, *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	return &tfprotov6.ValidateResourceConfigResponse{}, nil
}

func (*bare) UpgradeResourceState(_ context.Context, req *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	return &tfprotov6.UpgradeResourceStateResponse{UpgradedState: &tfprotov6.DynamicValue{JSON: req.RawState.JSON}}, nil
}

func (*bare) ReadResource(_ context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	return &tfprotov6.ReadResourceResponse{NewState: req.CurrentState, Private: req.Private}, nil
}

func (b *bare) PlanResourceChange(_ context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	planned := req.ProposedNewState
	if isNew, err := req.PriorState.IsNull(); err != nil {
		return nil, err
	} else if isNew {
		if planned, err = b.shapes.change(req.TypeName, planned, markUnknown); err != nil {
			return nil, err
		}
	}
	return &tfprotov6.PlanResourceChangeResponse{PlannedState: planned, PlannedPrivate: req.PriorPrivate}, nil
}

func (b *bare) ApplyResourceChange(_ context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	if isGone, err := req.PlannedState.IsNull(); err != nil || isGone {
		return &tfprotov6.ApplyResourceChangeResponse{NewState: req.PlannedState}, err
	}
	applied, err := b.shapes.change(req.TypeName, req.PlannedState, fillIn)
	return &tfprotov6.ApplyResourceChangeResponse{NewState: applied, Private: req.PlannedPrivate}, err
}
