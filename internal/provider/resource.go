// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

// securableResource is the common part of the resources: each is about a role of one
// type of securable.
type securableResource struct {
	securableType *kusto.SecurableType
	typeName      string
	identityNames []string // the parts of the identity and of the import id, in order
	session       *session
}

func newSecurableResource(t *kusto.SecurableType, typeName string, more ...string) securableResource {
	names := []string{"cluster_uri", kusto.Database.NameAttribute()}
	if t.InsideDatabase() {
		names = append(names, t.NameAttribute())
	}
	return securableResource{securableType: t, typeName: typeName, identityNames: append(append(names, "role"), more...)}
}

// securableModel is the model of such a resource.
type securableModel interface {
	object(ctx context.Context, like types.Object) (types.Object, diag.Diagnostics)
	identity() []namedValue
}

func (r *securableResource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = r.typeName
}

func (r *securableResource) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	r.session = sessionFrom(req.ProviderData)
}

// attributes are the schema attributes that all resources have.
func (r *securableResource) attributes(ctx context.Context) map[string]schema.Attribute {
	t := r.securableType
	attributes := map[string]schema.Attribute{
		"id": schema.StringAttribute{
			Computed: true, PlanModifiers: keepState(), MarkdownDescription: "The import ID of the resource.",
		},
		"cluster_uri": schema.StringAttribute{
			Optional: true, Computed: true, CustomType: clusterURIType, PlanModifiers: []planmodifier.String{keepSpelling{clusterURIType}},
			MarkdownDescription: "Cluster URI. Defaults to the provider's `cluster_uri`. May refer to a cluster that is created in the same apply. Changing this forces a new resource to be created.",
		},
		kusto.Database.NameAttribute(): schema.StringAttribute{
			Required: true, CustomType: databaseNameType, PlanModifiers: replaceUnlessSame(databaseNameType),
			MarkdownDescription: databaseDescription(t) + " Changing this forces a new resource to be created.",
		},
		"role": schema.StringAttribute{
			Required: true, Validators: []validator.String{stringvalidator.OneOf(t.RoleNames()...)},
			PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
			MarkdownDescription: "Role. Possible values are " + codeList(t.RoleNames()) + ". Changing this forces a new resource to be created.",
		},
		"allow_lockout": schema.BoolAttribute{
			Optional: true, Computed: true, Default: booldefault.StaticBool(false),
			MarkdownDescription: "Allow changes that remove the last admin of the " + t.Noun + ", or the admin access of the identity that runs Terraform. Only relevant for the role `admins`. To destroy the resource, apply `allow_lockout = true` first. Defaults to `false`.",
		},
		"timeouts": timeoutAttributes(ctx),
	}
	if t.InsideDatabase() {
		attributes[t.NameAttribute()] = schema.StringAttribute{
			Required: true, Validators: []validator.String{entityName},
			PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
			MarkdownDescription: entityDescription(t) + " Changing this forces a new resource to be created.",
		}
	}
	return attributes
}

func databaseDescription(t *kusto.SecurableType) string {
	if t.InsideDatabase() {
		return "Name of the database that contains the " + t.Noun + ". Case-insensitive."
	}
	return "Name of the database. Case-insensitive."
}

func entityDescription(t *kusto.SecurableType) string {
	return "Name of the " + t.Noun + ". Case-sensitive."
}

func codeList(names []string) string { return "`" + strings.Join(names, "`, `") + "`" }

func (r *securableResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	descriptions := map[string]string{
		"cluster_uri": "Cluster URI.", "database_name": databaseDescription(r.securableType), "role": "Role.", principalAttribute: "Fully qualified name of the principal.",
	}
	attributes := make(map[string]identityschema.Attribute)
	for _, name := range r.identityNames {
		description, ok := descriptions[name]
		if !ok {
			description = entityDescription(r.securableType)
		}
		attributes[name] = identityschema.StringAttribute{RequiredForImport: true, Description: description}
	}
	resp.IdentitySchema = identityschema.Schema{Attributes: attributes}
}

// ImportState imports by id or by identity.
func (r *securableResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	var values []namedValue
	if req.ID != "" || req.Identity == nil {
		var err error
		if values, err = r.parseImportID(req.ID); err != nil {
			resp.Diagnostics.AddError("Invalid import ID", sentence(err))
		}
	} else {
		for _, name := range r.identityNames {
			var value types.String
			resp.Diagnostics.Append(req.Identity.GetAttribute(ctx, path.Root(name), &value)...)
			values = append(values, namedValue{name, value.ValueString()})
		}
	}
	for _, v := range values {
		if err := r.checkImported(v); err != nil {
			resp.Diagnostics.AddError("Invalid import ID", sentence(err))
		}
	}
	if resp.Diagnostics.HasError() {
		return
	}
	for _, v := range values {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(v.name), v.value)...)
	}
	setIdentity(ctx, resp.Identity, values, &resp.Diagnostics)
}

// setIdentity sets a resource identity, if the CLI supports them.
func setIdentity(ctx context.Context, identity *tfsdk.ResourceIdentity, values []namedValue, diags *diag.Diagnostics) {
	if identity != nil {
		diags.Append(identity.Set(ctx, identityObject(values))...)
	}
}

func (r *securableResource) parseImportID(id string) ([]namedValue, error) {
	parts := strings.SplitN(id, "|", len(r.identityNames))
	form := "<" + strings.Join(r.identityNames, ">|<") + ">"
	if len(parts) != len(r.identityNames) {
		return nil, fmt.Errorf("the import ID %q has %d parts, not %d; the format is %s", id, len(parts), len(r.identityNames), form)
	}
	values := make([]namedValue, len(parts))
	for i, name := range r.identityNames {
		if strings.TrimSpace(parts[i]) == "" {
			return nil, fmt.Errorf("the import ID %q has no %s; the format is %s", id, name, form)
		}
		values[i] = namedValue{name, parts[i]}
	}
	return values, nil
}

// checkImported applies the schema's validation to a part of an import id.
func (r *securableResource) checkImported(v namedValue) error {
	switch v.name {
	case "role":
		if !r.securableType.Has(kusto.Role(v.value)) {
			return fmt.Errorf("%q is not a role of %s; its roles are %s", v.value, r.securableType.One(), strings.Join(r.securableType.RoleNames(), ", "))
		}
	case principalAttribute:
		return checkPrincipal(v.value)
	}
	return nil
}

// client returns the client of a cluster; nil after an error.
func (r *securableResource) client(uri types.String, diags *diag.Diagnostics) *kusto.Client {
	if diags.HasError() {
		return nil
	}
	return r.session.client(uri, diags)
}

// planCluster plans cluster_uri: the configured one, or the provider's. A different
// cluster than the state's forces a new resource. While the provider's is unknown, the
// state's cluster stays.
func (r *securableResource) planCluster(configured types.String, planned *target, state *target, resp *resource.ModifyPlanResponse) {
	if configured.IsNull() {
		planned.clusterURI = r.session.address(configured, &resp.Diagnostics)
	}
	switch {
	case state == nil:
	case state.clusterURI.IsNull(), configured.IsNull() && planned.clusterURI.IsUnknown(),
		known(planned.clusterURI) && mgmt.SameCluster(planned.clusterURI.ValueString(), state.clusterURI.ValueString()):
		planned.clusterURI = state.clusterURI
	default:
		resp.RequiresReplace.Append(path.Root("cluster_uri"))
	}
	if r.session.usable() && known(planned.clusterURI) && !resp.Diagnostics.HasError() && (state == nil || planned.clusterURI != state.clusterURI) {
		r.session.client(planned.clusterURI, &resp.Diagnostics) // refuses an invalid URI before apply
	}
}

// save writes a model to the state and to the identity; like is an object of the
// resource's type.
func save(ctx context.Context, m securableModel, like types.Object, state *tfsdk.State, identity *tfsdk.ResourceIdentity, diags *diag.Diagnostics) {
	object, more := m.object(ctx, like)
	diags.Append(more...)
	diags.Append(state.Set(ctx, object)...)
	setIdentity(ctx, identity, m.identity(), diags)
}

// refresh is save for a refresh, which leaves an unchanged state as it is.
func refresh(ctx context.Context, m securableModel, state types.Object, resp *resource.ReadResponse) {
	object, diags := m.object(ctx, state)
	resp.Diagnostics.Append(diags...)
	if !object.Equal(state) {
		resp.Diagnostics.Append(resp.State.Set(ctx, object)...)
	}
	setIdentity(ctx, resp.Identity, m.identity(), &resp.Diagnostics)
}

// remove removes the resource from the state. The identity has to be set even then.
func remove(ctx context.Context, m securableModel, resp *resource.ReadResponse) {
	resp.State.RemoveResource(ctx)
	setIdentity(ctx, resp.Identity, m.identity(), &resp.Diagnostics)
}

// getter is a plan, a state or a configuration.
type getter interface {
	Get(ctx context.Context, target any) diag.Diagnostics
}

func readObject(ctx context.Context, from getter, diags *diag.Diagnostics) (object types.Object) {
	diags.Append(from.Get(ctx, &object)...)
	return object
}

// isNotFound reports whether the securable does not exist.
func isNotFound(err error) bool { return errors.Is(err, mgmt.ErrSecurableNotFound) }
