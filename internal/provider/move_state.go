// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// moved blocks: grants that other providers manage become this provider's
// without being touched. The names are those of their schemas.

var (
	_ resource.ResourceWithMoveState = (*principalResource)(nil)
	_ resource.ResourceWithMoveState = (*roleResource)(nil)
)

// foreignGrant is what is read of the other provider's state. A name that one
// of them does not have is empty.
type foreignGrant struct {
	ID            string `json:"id"`
	ClusterName   string `json:"cluster_name"`
	DatabaseName  string `json:"database_name"`
	TableName     string `json:"table_name"`
	Role          string `json:"role"`
	PrincipalFQN  string `json:"principal_fqn"`
	PrincipalID   string `json:"principal_id"`
	PrincipalType string `json:"principal_type"`
	TenantID      string `json:"tenant_id"`
	Notes         string `json:"notes"`
	// Cluster is a block of adx, which overrides its provider's cluster.
	Cluster []struct {
		URI string `json:"uri"`
	} `json:"cluster"`
	// Type and Body are those of azapi.
	Type string          `json:"type"`
	Body json.RawMessage `json:"body"`
}

// mover reads one type of another provider's resource into this one's.
type mover struct {
	typeName      string // "azurerm_kusto_database_principal_assignment"
	securableType *kusto.SecurableType
	read          func(*principalResource, *foreignGrant, *diag.Diagnostics) *principalModel
}

var movers = []mover{
	{"azurerm_kusto_database_principal_assignment", kusto.Database, (*principalResource).fromARM},
	{"azurerm_kusto_cluster_principal_assignment", kusto.Cluster, (*principalResource).fromARM},
	{"azapi_resource", kusto.Database, (*principalResource).fromAzAPI},
	{"adx_table_security_role", typeWithSlug("table"), (*principalResource).fromADX},
}

// moveSources are the providers whose states are moved. From the second instance of a moved
// block on, the CLI names this provider instead.
var moveSources = []string{"/azurerm", "/azapi", "/adx", "/kusto"}

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
	return append(all, resource.StateMover{StateMover: refuseMove(r.typeName)})
}

// MoveState says what to do instead: a grant does not become a whole role.
func (r *roleResource) MoveState(context.Context) []resource.StateMover {
	return []resource.StateMover{{StateMover: refuseMove(r.typeName)}}
}

// refuseMove refuses grants in a state that cannot become one of the type.
func refuseMove(typeName string) func(context.Context, resource.MoveStateRequest, *resource.MoveStateResponse) {
	return func(_ context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
		from := req.SourceTypeName
		isGrant := from == "azapi_resource" || strings.HasPrefix(from, "azurerm_kusto_") || strings.HasPrefix(from, "adx_") || strings.HasPrefix(from, "kusto_")
		if isGrant && resp.TargetState.Raw.IsNull() && !resp.Diagnostics.HasError() {
			resp.Diagnostics.AddError("The grant cannot be moved", fmt.Sprintf(
				"A moved block cannot turn %s into %s. Replace the old block by a removed block with lifecycle { destroy = false }, "+
					"and import the new resource, or let it adopt the grant. See \"Refactoring\" in the guide \"Member or role\".", from, typeName))
		}
	}
}

func (r *principalResource) move(m mover) func(context.Context, resource.MoveStateRequest, *resource.MoveStateResponse) {
	return func(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
		// OpenTofu before 1.12.4 sends the provider's name instead of its address.
		address := "/" + req.SourceProviderAddress
		isSource := slices.ContainsFunc(moveSources, func(end string) bool { return strings.HasSuffix(address, end) })
		if req.SourceTypeName != m.typeName || !isSource || req.SourceRawState == nil {
			return
		}
		var source foreignGrant
		if err := json.Unmarshal(req.SourceRawState.JSON, &source); err != nil {
			resp.Diagnostics.AddError("The state to move cannot be read", sentence(err))
			return
		}
		grant := m.read(r, &source, &resp.Diagnostics)
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
		setMoved(ctx, resp.TargetPrivate, &movedFrom{ClusterName: source.ClusterName}, &resp.Diagnostics)
		if known(grant.clusterURI) {
			setIdentity(ctx, resp.TargetIdentity, grant.identity(), &resp.Diagnostics)
		}
	}
}

// azurermTypes are the principal types of Azure Resource Manager, in lower case.
var azurermTypes = map[string]kusto.PrincipalType{"app": kusto.App, "group": kusto.Group, "user": kusto.User}

// fromARM reads an azurerm_kusto_…_principal_assignment. It names the cluster by its
// resource, not by its address: that is the provider's, or the resource's own.
func (r *principalResource) fromARM(source *foreignGrant, diags *diag.Diagnostics) *principalModel {
	m := &principalModel{commonModel: commonModel{target: target{
		securableType: r.securableType, database: optional(source.DatabaseName), role: types.StringValue(roleFromAzurerm(source.Role)),
	}}}
	f, err := kusto.NewFQN(azurermTypes[strings.ToLower(source.PrincipalType)], source.PrincipalID, source.TenantID)
	if err != nil {
		diags.AddError("The state to move cannot be read",
			fmt.Sprintf("A principal of type %q with the id %q: %s.", source.PrincipalType, source.PrincipalID, err))
	}
	m.principal = types.StringValue(f.String())
	return m
}

// assignmentID matches the id of a database's principal assignment in Azure Resource Manager.
var assignmentID = regexp.MustCompile(`(?i)/providers/Microsoft\.Kusto/clusters/([^/]+)/databases/([^/]+)/principalAssignments/[^/]+$`)

// fromAzAPI reads azapi_resource with a database's principal assignment. Its body is an object,
// which a state holds together with its type, or the text of one in azapi 1.
func (r *principalResource) fromAzAPI(source *foreignGrant, diags *diag.Diagnostics) *principalModel {
	names := assignmentID.FindStringSubmatch(source.ID)
	if names == nil {
		diags.AddError("The grant cannot be moved", fmt.Sprintf(
			"This azapi_resource is a %s. Only Microsoft.Kusto/clusters/databases/principalAssignments can be moved to %s.", source.Type, r.typeName))
		return nil
	}
	type assignment struct {
		Properties struct{ PrincipalID, PrincipalType, Role, TenantID string }
	}
	var body struct {
		assignment
		Value assignment
	}
	raw, text := []byte(source.Body), ""
	if json.Unmarshal(raw, &text) == nil {
		raw = []byte(text)
	}
	if err := json.Unmarshal(raw, &body); err != nil {
		diags.AddError("The state to move cannot be read", "The body of the azapi_resource: "+sentence(err))
		return nil
	}
	p := body.Properties
	if p.PrincipalID == "" {
		p = body.Value.Properties
	}
	source.ClusterName, source.DatabaseName = names[1], names[2]
	source.PrincipalID, source.PrincipalType, source.Role, source.TenantID = p.PrincipalID, p.PrincipalType, p.Role, p.TenantID
	return r.fromARM(source, diags)
}

// roleFromAzurerm turns "Admin" into "admins", "AllDatabasesAdmin" into "alldatabasesadmins", "UnrestrictedViewer" and
// "UnrestrictedViewers" into "unrestrictedviewers".
func roleFromAzurerm(role string) string {
	return strings.TrimSuffix(strings.ToLower(role), "s") + "s"
}

// fromADX reads adx_table_security_role, whose id begins with the cluster's host:
// host|database|table|<table>|security_role|<role>|<principal>. A block cluster overrides the
// adx provider's cluster.
func (r *principalResource) fromADX(source *foreignGrant, diags *diag.Diagnostics) *principalModel {
	endpoint, _, _ := strings.Cut(source.ID, "|")
	if len(source.Cluster) > 0 && source.Cluster[0].URI != "" {
		endpoint = source.Cluster[0].URI
	}
	uri := normalizedURI("https://" + strings.TrimPrefix(endpoint, "https://"))
	if err := checkClusterURI(uri); err != nil {
		diags.AddError("The state to move cannot be read", fmt.Sprintf("The cluster %q: %s.", endpoint, err))
	}
	if _, err := kusto.ParseFQN(source.PrincipalFQN); err != nil {
		diags.AddError("The state to move cannot be read", fmt.Sprintf("The principal %q: %s.", source.PrincipalFQN, err))
	}
	return &principalModel{
		commonModel: commonModel{target: target{
			securableType: r.securableType, clusterURI: types.StringValue(uri), database: types.StringValue(source.DatabaseName),
			name: types.StringValue(source.TableName), role: types.StringValue(source.Role),
		}},
		principal: types.StringValue(source.PrincipalFQN),
	}
}

// movedKey is where private data has what a moved state says of its cluster.
const movedKey = "moved_from"

// movedFrom is what the state of another provider says of its cluster besides a URI. It is
// there for the run that moves it.
type movedFrom struct {
	// ClusterName is the name of the cluster's resource. Empty if the state has its URI.
	ClusterName string
	// Read is set once the state was read in this provider: the next read forgets the rest.
	Read bool
}

// setMoved writes what is known of a move to private data; nil forgets it.
func setMoved(ctx context.Context, p private, m *movedFrom, diags *diag.Diagnostics) {
	var raw []byte
	if m != nil {
		raw, _ = json.Marshal(m) // strings always marshal
	}
	diags.Append(p.SetKey(ctx, movedKey, raw)...)
}

// movedOf reads what private data say of a move; nil if the state was not moved in this run.
func movedOf(ctx context.Context, p privateData, diags *diag.Diagnostics) *movedFrom {
	raw, more := p.GetKey(ctx, movedKey)
	diags.Append(more...)
	var m *movedFrom
	_ = json.Unmarshal(raw, &m) // absent, or written by setMoved
	return m
}

// isOn reports whether a moved state may be of a cluster: its host begins with the name.
func (m *movedFrom) isOn(uri string) bool {
	host, _, _ := strings.Cut(strings.TrimPrefix(normalizedURI(uri), "https://"), ".")
	return m == nil || m.ClusterName == "" || kusto.SameName(m.ClusterName, host)
}

// addOtherCluster refuses to move a grant to another cluster: it would be revoked on the one
// and granted on the other.
func addOtherCluster(from, to string, diags *diag.Diagnostics) {
	diags.AddAttributeError(path.Root("cluster_uri"), "The moved grant is on another cluster", fmt.Sprintf(
		"The state that is moved is of the cluster %s, and this resource is on %s. Set cluster_uri to the address of that cluster, here or in the provider block that the resource uses. "+
			"If both are the same cluster, replace the old block by a removed block with lifecycle { destroy = false }, and let this resource adopt the grant.", from, to))
}

// locate sets the cluster of a moved state that has none: the provider's. It reports false if
// that is not the cluster that the state is of.
func (r *securableResource) locate(t *target, moved *movedFrom, diags *diag.Diagnostics) bool {
	if !t.clusterURI.IsNull() {
		return true
	}
	address := r.session.address(t.clusterURI, diags)
	if !moved.isOn(address.ValueString()) {
		return false
	}
	t.clusterURI = address
	return true
}
