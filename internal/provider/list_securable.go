// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

// securableList is the common part of the list resources, for `terraform query`: what
// principals hold on one securable, or on every one that the caller may see.
type securableList struct {
	securableResource
	description string
	// resourcesOf are the resources that could manage the grants of a role. There is at
	// least one grant.
	resourcesOf func(target, *kusto.PrincipalList, []*kusto.Grant) []listedResource
	// ofAllRoles is set if one resource manages all roles of a securable.
	ofAllRoles bool
}

// listedResource is a resource in a list.
type listedResource struct {
	name  string // for people
	model securableModel
}

var _ list.ListResourceWithConfigure = (*securableList)(nil)

func (l *securableList) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	t := l.securableType
	attributes := map[string]schema.Attribute{
		"cluster_uri": schema.StringAttribute{
			Optional: true, CustomType: clusterURIType,
			MarkdownDescription: clusterDescription,
		},
		"role": schema.StringAttribute{
			Optional: true, Validators: []validator.String{roleName(t)},
			MarkdownDescription: "Only grants of this role. Possible values are " + codeList(t.RoleNames()) + ".",
		},
		principalAttribute: schema.StringAttribute{
			Optional: true, CustomType: principalFQNType,
			MarkdownDescription: "Only grants of this principal. Grants of its groups are not included. " + filterForms,
		},
	}
	if t != kusto.Cluster {
		attributes[kusto.Database.NameAttribute()] = schema.StringAttribute{
			Optional: true, CustomType: databaseNameType,
			MarkdownDescription: databaseDescription(t) + " Omit it for every database that the identity can see.",
		}
	}
	if t.InsideDatabase() {
		attributes[t.NameAttribute()] = schema.StringAttribute{
			Optional: true, Validators: []validator.String{entityName},
			MarkdownDescription: entityDescription(t) + " Omit it for every " + t.Noun + " of the database.",
		}
	}
	resp.Schema = schema.Schema{MarkdownDescription: l.description, Attributes: attributes}
}

// filterForms says how a principal is written in a filter.
const filterForms = "Use an ID, or the UPN of a user in the cluster's tenant. Other forms of the name can need one more command for each securable."

func (l *securableList) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var diags diag.Diagnostics
	var config types.Object
	diags.Append(req.Config.Get(ctx, &config)...)
	t := readTarget(l.securableType, config.Attributes())
	client := l.session.clientOf(t.clusterURI, &diags)
	isDefault := t.clusterURI.IsNull()
	if client == nil {
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	t.clusterURI = types.StringValue(string(client.Conn().URI()))
	run := listRun{list: l, client: client, request: req, target: t, isDefault: isDefault, principal: fqnOf(config.Attributes()[principalAttribute])}
	stream.Results = func(push func(list.ListResult) bool) { run.results(ctx, push) }
}

// listRun is one run of a list: from securable to securable until there are no more, or as
// many results as the request wants.
type listRun struct {
	list    *securableList
	client  *kusto.Client
	request list.ListRequest
	target  target // of the configuration: null for everything that is left out
	// isDefault is set for the cluster of the provider, which resources need not name.
	isDefault bool
	// principal is the only one whose grants are wanted. It is replaced by the resolved FQN
	// once that is known. The zero FQN is everyone.
	principal kusto.FQN

	visited, pushed int64
	last            kusto.Securable // whose list was read last
	hidden          []string        // securables that the caller may not see
	ambiguous       []string        // securables on which the principal may have a role
}

func (l *listRun) results(ctx context.Context, push func(list.ListResult) bool) {
	search := kusto.Search{
		Type: l.list.securableType, Database: l.target.database.ValueString(), Name: l.target.name.ValueString(), Limit: readTimeout,
	}
	for found := range l.client.Find(ctx, search, l.ahead) {
		switch {
		case found.Err != nil:
			var result list.ListResult
			l.list.failed(found.Securable).addError(&result.Diagnostics, found.Err)
			push(result)
			return
		case found.List == nil:
			l.hidden = append(l.hidden, found.Securable.String())
			continue
		}
		l.visited, l.last = l.visited+1, found.Securable
		resources := l.resources(ctx, found)
		for i, r := range resources {
			result := l.result(ctx, r)
			if l.pushed++; l.pushed == l.request.Limit {
				l.warn(&result.Diagnostics)
				l.warnOfLimit(len(resources)-i-1, &result.Diagnostics)
				push(result)
				return
			}
			if !push(result) {
				return
			}
		}
	}
	var end list.ListResult
	l.warn(&end.Diagnostics)
	l.warnOfUnknown(ctx, &end.Diagnostics)
	if len(end.Diagnostics) > 0 {
		push(end)
	}
}

// ahead is how many more securables it takes to reach the limit, if they have as many
// results as those before them.
func (l *listRun) ahead() int {
	left := l.request.Limit - l.pushed
	switch {
	case l.request.Limit <= 0:
		return mgmt.MaxConcurrentCommands
	case l.visited == 0:
		return 1
	}
	return int(min(left*l.visited/max(1, l.pushed), mgmt.MaxConcurrentCommands))
}

// resources are the wanted resources of one securable, by role.
func (l *listRun) resources(ctx context.Context, found kusto.Found) []listedResource {
	wanted := l.wanted(ctx, found.List)
	t := l.target
	t.database = types.StringValue(found.Securable.Database)
	if t.securableType.InsideDatabase() {
		t.name = types.StringValue(found.Securable.Name)
	}
	var resources []listedResource
	for _, role := range t.securableType.Roles {
		grants := slices.DeleteFunc(slices.Clone(found.List.Direct(role)), func(g *kusto.Grant) bool { return !wanted(g) })
		if len(grants) == 0 || !l.target.role.IsNull() && role != l.target.kustoRole() {
			continue
		}
		t.role = types.StringValue(string(role))
		for _, r := range l.list.resourcesOf(t, found.List, grants) {
			if found.Follows {
				r.name += " (read-only: follows a database of another cluster)"
			}
			resources = append(resources, r)
		}
		if l.list.ofAllRoles {
			break
		}
	}
	return resources
}

// wanted is the filter by principal.
func (l *listRun) wanted(ctx context.Context, principals *kusto.PrincipalList) func(*kusto.Grant) bool {
	if l.principal == (kusto.FQN{}) {
		return func(*kusto.Grant) bool { return true }
	}
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	rows, ambiguous := l.client.RowsOf(ctx, principals, l.principal)
	if ambiguous {
		l.ambiguous = append(l.ambiguous, principals.Securable.String())
	}
	if len(rows) > 0 && !rows[0].Is(l.principal) {
		l.principal = rows[0].Principal // a lookup resolved it
	}
	return func(g *kusto.Grant) bool { return slices.Contains(rows, g) }
}

func (l *listRun) result(ctx context.Context, r listedResource) list.ListResult {
	result := l.request.NewListResult(ctx)
	result.DisplayName = r.name
	setIdentity(ctx, result.Identity, l.list.identity(r.model), &result.Diagnostics)
	if !l.request.IncludeResource {
		return result
	}
	values := r.model.values()
	if l.isDefault {
		values["cluster_uri"] = types.StringNull()
	}
	describe(ctx, values, result.Resource.SetAttribute, &result.Diagnostics)
	return result
}

// warn adds what the list leaves out.
func (l *listRun) warn(diags *diag.Diagnostics) {
	if l.target.database.IsNull() && l.client.SeesNoDatabase() {
		warnOfNoDatabases(l.client, diags)
	}
	if len(l.hidden) > 0 {
		diags.AddWarning("Not listed: "+l.list.securableType.Noun+"s", fmt.Sprintf(
			"The identity that runs Terraform is not allowed to list the principals of:\n%s\n\nThis requires the role %s, or a role that includes it. A Database Monitor can list them too.",
			bullets(l.hidden), l.list.securableType.ManagedBy))
	}
	if len(l.ambiguous) > 0 {
		diags.AddWarning("Ambiguous principal", fmt.Sprintf(
			"Cannot tell whether %q has a role on:\n%s\n\n%s", l.principal, bullets(l.ambiguous), writeByID))
	}
}

// warnOfUnknown says that nothing was found because Microsoft Entra ID does not know the
// principal: a list without results is also that of someone who has no role.
func (l *listRun) warnOfUnknown(ctx context.Context, diags *diag.Diagnostics) {
	if l.principal == (kusto.FQN{}) || l.pushed > 0 || l.visited == 0 || len(l.ambiguous) > 0 {
		return
	}
	if err := l.client.Known(ctx, l.last, l.principal); err != nil {
		diags.AddAttributeWarning(path.Root(principalAttribute), "Principal not found in Microsoft Entra ID",
			fmt.Sprintf("Nothing was found, and Kusto does not know %q. Check the spelling, the type (aaduser, aadgroup, aadapp) and the tenant.", l.principal))
	}
}

// warnOfLimit says that the list ends at its limit. More is how many results are known to
// be left out.
func (l *listRun) warnOfLimit(more int, diags *diag.Diagnostics) {
	text := "There may be more."
	if more > 0 {
		text = "There are more."
	}
	diags.AddWarning("Limit reached: "+l.list.securableType.Noun+"s",
		fmt.Sprintf("%d results were listed. %s To list them, set a higher limit in the list block: limit = %d.", l.pushed, text, max(10000, 10*l.pushed)))
}

// bullets are lines for a message, not too many.
func bullets(lines []string) string {
	if more := len(lines) - maxListed; more > 0 {
		lines = append(slices.Clone(lines[:maxListed]), fmt.Sprintf("and %d more", more))
	}
	return "  - " + strings.Join(lines, "\n  - ")
}

// failed is the operation of a list that ends with an error.
func (l *securableList) failed(s kusto.Securable) operation {
	switch {
	case s.Type == l.securableType && (s.Type == kusto.Cluster || s.Database != ""):
		return operation{session: l.session, securable: s, action: "list the principals of " + s.String(), principal: path.Empty()}
	case s.Database == "":
		return listing(l.session, s, "databases")
	}
	return listing(l.session, s, l.securableType.Noun+"s")
}
