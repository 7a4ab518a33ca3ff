// SPDX-License-Identifier: MPL-2.0

// Package entra plays Microsoft Entra ID and what signs in with it: the
// directory of tenants, the token endpoints of every login host, the issuers of
// federated tokens, the managed identity endpoints, and the two lists of Azure
// Resource Manager that the Azure CLI needs. It knows nothing of Kusto but the
// domains for which it issues tokens.
package entra
