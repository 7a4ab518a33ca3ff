// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// moved blocks: grants that other providers manage become this provider's
// without being touched. The names are those of their schemas.

var _ resource.ResourceWithMoveState = (*principalResource)(nil)

// foreignGrant is what is read of the other provider's state. A name that one
// of them does not have is empty.
type foreignGrant struct {
	ID            string `json:"id"`
	DatabaseName  string `json:"database_name"`
	TableName     string `json:"table_name"`
	Role          string `json:"role"`
	PrincipalFQN  string `json:"principal_fqn"`
	PrincipalID   string `json:"principal_id"`
	PrincipalType string `json:"principal_type"`
	TenantID      string `json:"tenant_id"`
	Notes         string `json:"notes"`
}

// mover reads one type of another provider's resource into this one's.
type mover struct {
	typeName      string // "azurerm_kusto_database_principal_assignment"
	provider      string // the end of the provider's address
	securableType *kusto.SecurableType
	read          func(*principalResource, foreignGrant, *diag.Diagnostics) *principalModel
}

var movers = []mover{
	{"azurerm_kusto_database_principal_assignment", "/azurerm", kusto.Database, (*principalResource).fromAzurerm},
	{"adx_table_security_role", "/adx", typeWithSlug("table"), (*principalResource).fromADX},
}

func typeWithSlug(slug string) *kusto.SecurableType {
	for _, k := range kusto.SecurableTypes {
		if k.Slug == slug {
			return k
		}
	}
	panic("no type of securable is called " + slug)
}

// MoveState implements moved blocks.
func (r *principalResource) MoveState(context.Context) []resource.StateMover {
	var all []resource.StateMover
	for _, m := range movers {
		if m.securableType == r.securableType {
			all = append(all, resource.StateMover{StateMover: r.move(m)})
		}
	}
	return all
}

func (r *principalResource) move(m mover) func(context.Context, resource.MoveStateRequest, *resource.MoveStateResponse) {
	return func(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
		// OpenTofu before 1.12.4 sends the provider's name instead of its address.
		address := "/" + req.SourceProviderAddress
		if req.SourceTypeName != m.typeName || !strings.HasSuffix(address, m.provider) || req.SourceRawState == nil {
			return
		}
		var source foreignGrant
		if err := json.Unmarshal(req.SourceRawState.JSON, &source); err != nil {
			resp.Diagnostics.AddError("The state to move cannot be read", sentence(err))
			return
		}
		grant := m.read(r, source, &resp.Diagnostics)
		if resp.Diagnostics.HasError() {
			return
		}
		if !r.securableType.Has(grant.kustoRole()) {
			resp.Diagnostics.AddError("The state to move cannot be read",
				fmt.Sprintf("%s has the role %q, which is not a role of %s.", m.typeName, source.Role, r.securableType.One()))
			return
		}
		// The refresh that follows fills in the computed attributes.
		grant.allowLockout, grant.notes = types.BoolValue(false), optional(source.Notes)
		describe(ctx, grant.values(), resp.TargetState.SetAttribute, &resp.Diagnostics)
		if known(grant.clusterURI) {
			setIdentity(ctx, resp.TargetIdentity, grant.identity(), &resp.Diagnostics)
		}
	}
}

// azurermTypes are the principal types of Azure Resource Manager, in lower case.
var azurermTypes = map[string]kusto.PrincipalType{"app": kusto.App, "group": kusto.Group, "user": kusto.User}

// fromAzurerm reads azurerm_kusto_database_principal_assignment. It names the
// cluster by its resource, not by its address, so that is the provider's, which
// the refresh that follows fills in.
func (r *principalResource) fromAzurerm(source foreignGrant, diags *diag.Diagnostics) *principalModel {
	m := &principalModel{commonModel: commonModel{target: target{
		securableType: r.securableType, database: types.StringValue(source.DatabaseName), role: types.StringValue(roleFromAzurerm(source.Role)),
	}}}
	f, err := kusto.NewFQN(azurermTypes[strings.ToLower(source.PrincipalType)], source.PrincipalID, source.TenantID)
	if err != nil {
		diags.AddError("The state to move cannot be read",
			fmt.Sprintf("A principal of type %q with the id %q: %s.", source.PrincipalType, source.PrincipalID, err))
	}
	m.principal = types.StringValue(f.String())
	return m
}

// roleFromAzurerm turns "Admin" into "admins", "UnrestrictedViewer" and
// "UnrestrictedViewers" into "unrestrictedviewers".
func roleFromAzurerm(role string) string {
	return strings.TrimSuffix(strings.ToLower(role), "s") + "s"
}

// fromADX reads adx_table_security_role, whose id begins with the cluster's
// address: endpoint|database|table|<table>|security_role|<role>|<principal>.
func (r *principalResource) fromADX(source foreignGrant, diags *diag.Diagnostics) *principalModel {
	var cluster types.String
	if endpoint, _, found := strings.Cut(source.ID, "|"); found && strings.HasPrefix(endpoint, "https://") {
		cluster = types.StringValue(normalizedURI(endpoint))
	}
	if _, err := kusto.ParseFQN(source.PrincipalFQN); err != nil {
		diags.AddError("The state to move cannot be read", fmt.Sprintf("The principal %q: %s.", source.PrincipalFQN, err))
	}
	return &principalModel{
		commonModel: commonModel{target: target{
			securableType: r.securableType, clusterURI: cluster, database: types.StringValue(source.DatabaseName),
			name: types.StringValue(source.TableName), role: types.StringValue(source.Role),
		}},
		principal: types.StringValue(source.PrincipalFQN),
	}
}
