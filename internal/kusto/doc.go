// SPDX-License-Identifier: MPL-2.0

// Package kusto manages access to Kusto (Azure Data Explorer, Fabric Eventhouse, Synapse
// Data Explorer) with the management commands of a cluster.
//
// [Clients] holds a credential and one [Client] for each cluster. A client reads the
// principals of a [Securable] once and shares the [PrincipalList] among its callers. It
// gathers writes to the same role of a securable into one command. What it adds, finds and
// drops is a [Grant]: a role on a securable that a principal holds.
//
// The package knows the commands and answers of the service. It knows nothing of
// Terraform, and nothing of how the credential was obtained.
package kusto
