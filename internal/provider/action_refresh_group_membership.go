// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

// refreshAction is action "kusto_refresh_group_membership": a change of a group counts at
// once.
type refreshAction struct{ session *session }

var _ action.ActionWithConfigure = (*refreshAction)(nil)

func newRefreshAction() action.Action { return &refreshAction{} }

const groupAttribute = "group_fqn"

// whoMayRefresh is Microsoft's rule ("Role-based access control", force group membership
// refresh).
const whoMayRefresh = "An identity may refresh its own membership in a group that it is a member of, up to 10 times an hour. " +
	"Refreshing the membership of another principal requires the role AllDatabasesMonitor."

func (a *refreshAction) Metadata(_ context.Context, _ action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = "kusto_refresh_group_membership"
}

func (a *refreshAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Makes Kusto read the members of a group again (`.clear cluster cache groupmembership`). " +
			"Kusto remembers who is in a group: without this action, a new member has access after up to 30 minutes, and a former member loses it after up to 3 hours.\n\n" +
			whoMayRefresh + "\n\n-> The action does not change the group. It is useful only for groups that have a role in the cluster.",
		Attributes: map[string]schema.Attribute{
			"cluster_uri": schema.StringAttribute{
				Optional: true, CustomType: clusterURIType, MarkdownDescription: clusterDescription,
			},
			principalAttribute: schema.StringAttribute{
				Optional: true, CustomType: principalFQNType,
				MarkdownDescription: "Fully qualified name of the principal who joined or left. Defaults to the identity that runs Terraform.",
			},
			groupAttribute: schema.StringAttribute{
				Optional: true, CustomType: principalFQNType,
				MarkdownDescription: "Fully qualified name of the group, such as `aadgroup=<object id>;<tenant id>`. Microsoft documents the command only with a group. Without one, Kusto decides which groups to read again.",
			},
		},
	}
}

func (a *refreshAction) Configure(_ context.Context, req action.ConfigureRequest, _ *action.ConfigureResponse) {
	a.session = sessionFrom(req.ProviderData)
}

// ValidateConfig refuses a group that is not one.
func (a *refreshAction) ValidateConfig(ctx context.Context, req action.ValidateConfigRequest, resp *action.ValidateConfigResponse) {
	group := stringOf(readObject(ctx, req.Config, &resp.Diagnostics).Attributes()[groupAttribute])
	if !known(group) {
		return
	}
	if f, err := kusto.ParseFQN(group.ValueString()); err == nil && f.Type != kusto.Group {
		resp.Diagnostics.AddAttributeError(path.Root(groupAttribute), "Invalid principal",
			"The group must be an aadgroup, such as aadgroup=<object id>;<tenant id>.")
	}
}

func (a *refreshAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	config := readObject(ctx, req.Config, &resp.Diagnostics).Attributes()
	client := a.session.clientOf(stringOf(config["cluster_uri"]), &resp.Diagnostics)
	if client == nil {
		return
	}
	principal, group := fqnOf(config[principalAttribute]), fqnOf(config[groupAttribute])
	who, of := "the identity that runs Terraform", "its groups"
	if principal != (kusto.FQN{}) {
		who = principal.String()
	}
	if group != (kusto.FQN{}) {
		of = group.String()
	}
	resp.SendProgress(action.InvokeProgressEvent{Message: "Refreshing the membership of " + who + " in " + of})
	if err := client.RefreshGroupMembership(ctx, principal, group); err != nil {
		operation{
			writes:  true,
			session: a.session, securable: kusto.Securable{Type: kusto.Database}, action: "refresh the membership of " + who + " in " + of,
			principal: notFoundIn(err, group), allowed: whoMayRefresh,
		}.addError(&resp.Diagnostics, err)
	}
}

// notFoundIn is the attribute with the principal that Entra ID does not know.
func notFoundIn(err error, group kusto.FQN) path.Path {
	var e *mgmt.Error
	if errors.As(err, &e) && group.ID != "" && kusto.SameName(e.Subject, group.ID) {
		return path.Root(groupAttribute)
	}
	return path.Root(principalAttribute)
}
