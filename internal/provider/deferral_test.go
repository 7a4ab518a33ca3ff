// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// A provider block that is not known yet: where the CLI can defer, everything is deferred.
// Otherwise what has to be read is an error that says so, and a resource is planned.
func TestDeferral_ofAProviderThatIsNotKnownYet(t *testing.T) {
	t.Parallel()
	for unknown, summary := range map[string]string{
		"cluster_uri": "The cluster is not known yet", "client_secret": "The provider's sign-in is not known yet",
	} {
		for _, allowed := range []bool{false, true} {
			s := newTestCluster(t)
			p := s.protocol(t)
			configured := p.object(p.schema.Provider, p.dynamic(p.schema.Provider, map[string]string{
				"cluster_uri": s.uri, "tenant_id": s.deployer.TenantID, "client_id": s.deployer.AppID, "client_secret": s.deployer.Secrets[0],
			}))
			configured[unknown] = tftypes.NewValue(tftypes.String, tftypes.UnknownValue)
			_, err := p.server.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{
				Config: p.value(p.schema.Provider, configured), ClientCapabilities: &tfprotov6.ConfigureProviderClientCapabilities{DeferralAllowed: allowed},
			})
			if err != nil {
				t.Fatal(err)
			}
			const data, grant = "kusto_database_principals", "kusto_database_principal"
			read, err := p.server.ReadDataSource(t.Context(), &tfprotov6.ReadDataSourceRequest{
				TypeName: data, Config: p.dynamic(p.schema.DataSourceSchemas[data], map[string]string{"database_name": "Samples"}),
				ClientCapabilities: &tfprotov6.ReadDataSourceClientCapabilities{DeferralAllowed: allowed},
			})
			if err != nil {
				t.Fatal(err)
			}
			schema := p.schema.ResourceSchemas[grant]
			wanted := p.dynamic(schema, map[string]string{"database_name": "Samples", "role": "viewers", "principal_fqn": "aaduser=alice@contoso.com"})
			nothing, err := tfprotov6.NewDynamicValue(schema.ValueType(), tftypes.NewValue(schema.ValueType(), nil))
			if err != nil {
				t.Fatal(err)
			}
			plan, err := p.server.PlanResourceChange(t.Context(), &tfprotov6.PlanResourceChangeRequest{
				TypeName: grant, PriorState: &nothing, ProposedNewState: wanted, Config: wanted,
				ClientCapabilities: &tfprotov6.PlanResourceChangeClientCapabilities{DeferralAllowed: allowed},
			})
			if err != nil {
				t.Fatal(err)
			}
			p.noErrors(plan.Diagnostics)
			if (plan.Deferred != nil) != allowed || (read.Deferred != nil) != allowed {
				t.Errorf("%s unknown, deferral allowed %t: plan %v, read %v", unknown, allowed, plan.Deferred, read.Deferred)
			}
			if !allowed && (len(read.Diagnostics) != 1 || read.Diagnostics[0].Summary != summary) || allowed && len(read.Diagnostics) > 0 {
				t.Errorf("%s unknown, deferral allowed %t: %v", unknown, allowed, read.Diagnostics)
			}
			if len(s.Commands()) > 0 {
				t.Errorf("%s unknown: %q was sent", unknown, s.texts())
			}
		}
	}
}
