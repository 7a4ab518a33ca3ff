// SPDX-License-Identifier: MPL-2.0

// Package seed reads what an emulator has at its start: tenants with their users, groups
// and applications, and clusters with their databases, entities and grants. It stands in a
// file in YAML:
//
//	tenants:                       # the first is the tenant of the clusters
//	  - domain: contoso.com
//	    users:
//	      - upn: alice@contoso.com
//	    groups:
//	      - name: Data Readers
//	        members: [alice@contoso.com]
//	    applications:
//	      - name: ci-deployer
//	clusters:
//	  - uri: https://mycluster.westeurope.kusto.windows.net
//	    admins: [ci-deployer]
//	    databases:
//	      - name: Samples
//	        tables: [StormEvents]
//	        grants:
//	          - principal: Data Readers
//	            role: viewers
//
// A principal is written as a UPN, as the name of a group or an application, or as Kusto
// writes it, such as "aadgroup=Data Readers;contoso.com". Ids that are left out are made
// from the names, so two runs have the same ones. Every mistake in the file is an error
// with its line.
package seed
