// Package auth turns a sign-in configuration into a credential that gets
// Microsoft Entra access tokens. It knows azidentity; it knows neither Kusto nor
// Terraform.
//
// Fill a [Config] from what the person wrote, complete it with
// [Config.FromEnvironment], and hand it to [New]. The [Credential] that comes
// back is an azcore.TokenCredential which caches tokens, and says by name which
// method it chose and why it passed over the others.
//
// # Which method is chosen
//
// Methods are considered in this order, and the first that is fully configured
// wins:
//
//  1. access token
//  2. client certificate
//  3. client secret
//  4. OIDC: a token, a token file, Azure Pipelines, GitHub Actions
//  5. AKS workload identity
//  6. managed identity
//  7. Azure Developer CLI
//  8. Azure CLI, also when nothing at all is configured
//
// What is written in the configuration beats the environment: a client secret
// left in ARM_CLIENT_SECRET does not get in the way of use_msi = true. Two
// methods that are both written in the configuration contradict each other, and
// are an error that names both. A method that is asked for and lacks something
// is an error that names what is missing; it never falls back in silence.
//
// # Where secrets go
//
// A secret or assertion is posted to the configured authority and nowhere else:
// redirects to another host are refused, and so is a token endpoint that the
// authority's own metadata puts on another host. No error of this package holds
// a secret or a token.
package auth
