// SPDX-License-Identifier: MPL-2.0

// Package auth turns a sign-in configuration into a credential that gets Microsoft
// Entra access tokens. It uses azidentity and knows neither Kusto nor Terraform.
//
// Fill a [Config] with the arguments in the configuration, complete it with
// [Config.FromEnvironment], and pass it to [New]. The [Credential] is an
// azcore.TokenCredential that caches tokens. [Explain] describes its errors.
//
// # Which method is chosen
//
// The first method that is fully configured wins, in this order:
//
//  1. access token
//  2. client certificate
//  3. client secret
//  4. OpenID Connect: a token, a token file, Azure Pipelines, GitHub Actions
//  5. AKS workload identity
//  6. managed identity
//  7. Azure Developer CLI
//  8. Azure CLI, also if nothing is configured
//
// The configuration takes precedence over the environment: with use_msi = true, a
// secret in ARM_CLIENT_SECRET is ignored. Two methods in the configuration are an
// error that names both. A requested method that is incomplete is an error that names
// what is missing; another identity never takes its place silently.
//
// # Where secrets go
//
// A secret or assertion is posted to the configured authority only. Redirects to
// another host are refused, and so is a token endpoint on another host, even if the
// authority's metadata names it. The errors of this package contain no secrets and
// no tokens.
package auth
