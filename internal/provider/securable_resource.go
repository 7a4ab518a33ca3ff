package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// securableResource is what the resources of this provider have in common: each
// is about a role of one kind of securable.
type securableResource struct {
	kind     *kusto.Kind
	typeName string
	// more are the parts of the identity beside the target's.
	more    []string
	session *session
}

// getter is a plan, a state or a configuration.
type getter interface {
	Get(ctx context.Context, target any) diag.Diagnostics
}

// securableModel is the model of such a resource.
type securableModel interface {
	object(like types.Object) (types.Object, diag.Diagnostics)
	identity() map[string]string
}

func (r *securableResource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = r.typeName
}

func (r *securableResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityAttributes(r.kind, r.more...)
}

func (r *securableResource) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	r.session = sessionFrom(req.ProviderData)
}

// ImportState takes an id, or the values of an identity.
func (r *securableResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	values := importValues(ctx, r.kind, req, &resp.Diagnostics, r.more...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(setAll(ctx, &resp.State, values)...)
	if resp.Identity != nil {
		resp.Diagnostics.Append(setAll(ctx, resp.Identity, values)...)
	}
}

// cluster opens a cluster; nil after an error.
func (r *securableResource) cluster(uri types.String, diags *diag.Diagnostics) *kusto.Cluster {
	if diags.HasError() {
		return nil
	}
	return r.session.cluster(uri, diags)
}

// save writes a model as the state and its identity; like is an object of the
// resource's type.
func save(ctx context.Context, m securableModel, like types.Object, state *tfsdk.State, identity *tfsdk.ResourceIdentity, diags *diag.Diagnostics) {
	object, more := m.object(like)
	diags.Append(more...)
	diags.Append(state.Set(ctx, object)...)
	if identity != nil {
		diags.Append(setAll(ctx, identity, m.identity())...)
	}
}

// gone takes the resource out of the state. An identity is owed even then.
func gone(ctx context.Context, m securableModel, resp *resource.ReadResponse) {
	resp.State.RemoveResource(ctx)
	if resp.Identity != nil {
		resp.Diagnostics.Append(setAll(ctx, resp.Identity, m.identity())...)
	}
}
