// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"testing"

	"github.com/golang-jwt/jwt/v5"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/echoprovider"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
)

// tokenFor checks whom a token is for and what it opens.
func tokenFor(token, appID, audience string) error {
	claims := jwt.MapClaims{}
	if _, _, err := jwt.NewParser().ParseUnverified(token, claims); err != nil {
		return err
	}
	if claims["appid"] != appID || claims["aud"] != audience {
		return fmt.Errorf("the token is for %v and %v, want %s and %s", claims["appid"], claims["aud"], appID, audience)
	}
	return nil
}

func TestAccessToken_isForTheClusterOrTheResource(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, arguments, audience string }{
		{"provider's cluster", "", "https://kusto.kusto.windows.net"},
		{"resource", `resource = "https://api.kusto.windows.net"`, "https://api.kusto.windows.net"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newTestCluster(t)
			s.test(t, resource.TestStep{
				Config: s.config("data \"kusto_access_token\" \"it\" {\n" + c.arguments + "\n}\n"),
				Check: resource.ComposeAggregateTestCheckFunc(
					resource.TestCheckResourceAttr("data.kusto_access_token.it", "token_type", "Bearer"),
					resource.TestCheckResourceAttrSet("data.kusto_access_token.it", "expires_on"),
					resource.TestCheckResourceAttrWith("data.kusto_access_token.it", "access_token", func(token string) error {
						return tokenFor(token, who("ci-deployer").AppID, c.audience)
					}),
				),
			})
		})
	}
}

func TestAccessToken_isRefusedForWhatIsNotKusto(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	s.test(t,
		resource.TestStep{
			Config:      s.config(`data "kusto_access_token" "it" { resource = "https://management.azure.com" }`),
			ExpectError: at("resource", "Not a Kusto resource", "kusto.kusto.windows.net"),
		},
		resource.TestStep{
			Config:      s.config(fmt.Sprintf("data \"kusto_access_token\" \"it\" {\n cluster_uri = %q\n resource = %q\n}", s.uri, s.uri)),
			ExpectError: says("Invalid Attribute Combination"),
		},
	)
}

func TestAccessToken_ephemeralIsKeptNowhere(t *testing.T) {
	t.Parallel()
	needsEphemeral(t)
	s := newTestCluster(t)
	withEcho := map[string]func() (tfprotov6.ProviderServer, error){"echo": echoprovider.NewProviderServer()}
	for name, f := range factories {
		withEcho[name] = f
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: withEcho,
		Steps: []resource.TestStep{{
			Config: s.config(`
ephemeral "kusto_access_token" "it" {}
provider "echo" { data = ephemeral.kusto_access_token.it.token_type }
resource "echo" "seen" {}
`),
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue("echo.seen", tfjsonpath.New("data"), knownvalue.StringExact("Bearer")),
			},
			Check: func(state *terraform.State) error {
				for name := range state.RootModule().Resources {
					if name != "echo.seen" {
						return fmt.Errorf("the state holds %s", name)
					}
				}
				return nil
			},
		}},
	})
}

func TestClientConfig_tellsWhoIsSignedIn(t *testing.T) {
	t.Parallel()
	s := newTestCluster(t)
	app := who("ci-deployer")
	s.test(t, resource.TestStep{
		Config: s.config(`data "kusto_client_config" "me" {}`),
		Check: resource.ComposeAggregateTestCheckFunc(
			resource.TestCheckResourceAttr("data.kusto_client_config.me", "principal_fqn", app.FQN()),
			resource.TestCheckResourceAttr("data.kusto_client_config.me", "client_id", app.AppID),
			resource.TestCheckResourceAttr("data.kusto_client_config.me", "object_id", app.ObjectID),
			resource.TestCheckResourceAttr("data.kusto_client_config.me", "tenant_id", app.TenantID),
		),
	})
}
