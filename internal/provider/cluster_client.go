// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto/mgmt"
)

// address is the cluster of a resource: its own, or the provider's. It is an error if
// there is neither.
func (s *session) address(own types.String, diags *diag.Diagnostics) types.String {
	if !own.IsNull() || s == nil {
		return own
	}
	if s.clusterURI.IsNull() {
		diags.AddAttributeError(path.Root("cluster_uri"), "No cluster",
			"No cluster is configured. Set cluster_uri here, in the provider block, or with the environment variable "+clusterURIVariable+
				", such as https://<cluster>.<region>.kusto.windows.net.")
	}
	return s.clusterURI
}

// knownDatabaseName is the one name that a database has in this run, as far as it is known.
func (s *session) knownDatabaseName(cluster, name string) string {
	var ignored diag.Diagnostics // whoever uses the cluster says what is wrong with its address
	if client := s.client(types.StringValue(cluster), &ignored); client != nil {
		return client.KnownDatabaseName(name)
	}
	return name
}

// tenants are those that the session's clients know; nil if it cannot sign in.
func (s *session) tenants() *kusto.Tenants {
	if !s.canSignIn() {
		return nil
	}
	return s.clients.Tenants()
}

// client returns the client of a cluster; nil after an error.
func (s *session) client(uri types.String, diags *diag.Diagnostics) *kusto.Client {
	if !s.requireSignIn(diags) {
		return nil
	}
	parsed, err := mgmt.ParseClusterURI(uri.ValueString(), s.cloud)
	if err == nil {
		var client *kusto.Client
		if client, err = s.clients.Client(parsed); err == nil {
			return client
		}
	}
	diags.AddAttributeError(path.Root("cluster_uri"), "Invalid cluster URI", sentence(err))
	return nil
}

// clientOf returns the client of the cluster of a configuration: its own, or the
// provider's; nil after an error.
func (s *session) clientOf(own types.String, diags *diag.Diagnostics) *kusto.Client {
	uri := s.address(own, diags)
	if !diags.HasError() && uri.IsUnknown() {
		diags.AddAttributeError(path.Root("cluster_uri"), "The cluster is not known yet",
			"The provider argument cluster_uri depends on a value that is known only after apply, and this has to be read before. "+applyFirst)
	}
	if diags.HasError() {
		return nil
	}
	return s.client(uri, diags)
}
