// SPDX-License-Identifier: MPL-2.0

// Package kusto plays Kusto clusters: databases and their entities, the roles of
// principals on them, the management commands that list those and that show and
// change those roles, and the ways in which the service fails.
//
// It is written from Microsoft's public documents and reports of the service's
// answers. Where those leave a question open, [Behaviour] has a switch.
package kusto
