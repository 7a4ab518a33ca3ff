// SPDX-License-Identifier: MPL-2.0

package anycluster

import (
	"os"

	"github.com/kusto-community/terraform-provider-kusto/internal/acctest/emulated"
	"github.com/kusto-community/terraform-provider-kusto/internal/emulator/entra"
	fakekusto "github.com/kusto-community/terraform-provider-kusto/internal/emulator/kusto"
	"github.com/kusto-community/terraform-provider-kusto/internal/kusto"
)

// emulatedCluster makes a cluster in the emulator, and signs the process in.
func emulatedCluster(p emulated.Process) *cluster {
	deployer := p.Directory().App("ci-deployer")
	for name, value := range map[string]string{"ARM_TENANT_ID": deployer.TenantID, "ARM_CLIENT_ID": deployer.AppID, "ARM_CLIENT_SECRET": deployer.Secrets[0]} {
		_ = os.Setenv(name, value) // cannot fail: the names are good
	}
	return populated(p.AddCluster(fakekusto.ClusterConfig{Name: "any", Admins: []*entra.Principal{deployer}, Behaviour: p.Behaviour}))
}

// populated has an entity of every type. One of its principals is another tenant's, whose
// name the service hides.
func populated(served *fakekusto.Cluster) *cluster {
	c := &cluster{
		uri: served.URI(), principal: "aaduser=erin@fabrikam.com", other: "aadgroup=On-Call;contoso.com",
		names: map[string]string{kusto.Database.Slug: "Samples"},
	}
	database := served.AddDatabase("Samples")
	for _, kind := range kinds {
		if kind.InsideDatabase() {
			c.names[kind.Slug] = "Night Admin"
			database.Add(kind.Keyword, "Night Admin")
		}
	}
	return c
}
