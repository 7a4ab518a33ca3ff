// Package kusto manages who may do what in Kusto (Azure Data Explorer, Fabric
// Eventhouse, Synapse Data Explorer) over the management endpoint of a cluster.
//
// A [Service] holds one credential and hands out [Cluster]s. A Cluster reads
// the principals of a [Securable] once and shares the picture among everyone
// who asks, and gathers grants that are waiting for the same securable and role
// into one command. What it grants, finds and revokes is a [Grant]: a role of a
// securable held by a principal.
//
// The package knows the commands and answers of the service, and nothing of
// Terraform or of how the credential came to be.
package kusto
