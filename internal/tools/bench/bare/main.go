// Command bare is a provider with the schema of the real one that does nothing:
// while a CLI refreshes and plans it answers with the bytes it was sent, and what
// is computed of a new resource it makes up, as long as the real texts are. What
// it takes is what the CLI and the plugin protocol take, so nothing with this
// schema can take less.
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

// bare answers for itself what is asked for each resource, and has the real
// provider answer what its schema is.
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

// GetResourceIdentitySchemas knows of no identities: none is given either.
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
		if planned, err = b.shapes.change(req.TypeName, planned, open); err != nil {
			return nil, err
		}
	}
	return &tfprotov6.PlanResourceChangeResponse{PlannedState: planned, PlannedPrivate: req.PriorPrivate}, nil
}

func (b *bare) ApplyResourceChange(_ context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	if isGone, err := req.PlannedState.IsNull(); err != nil || isGone {
		return &tfprotov6.ApplyResourceChangeResponse{NewState: req.PlannedState}, err
	}
	applied, err := b.shapes.change(req.TypeName, req.PlannedState, settle)
	return &tfprotov6.ApplyResourceChangeResponse{NewState: applied, Private: req.PlannedPrivate}, err
}
