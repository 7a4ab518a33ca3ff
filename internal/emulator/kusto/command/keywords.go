// SPDX-License-Identifier: MPL-2.0

package command

import "strings"

// keywords are the words that are names only in brackets: those of management
// commands and of the query language. The service has more of them. A client that
// always writes ['…'] is not affected.
var keywords = wordSet(`
	add admins alter all and anti as asc between bin by cluster contains count
	database databases datatable desc distinct drop evaluate extend external
	externaldata false filter find follower fork from function functions graph
	graph_model has has_all has_any in ingestors invoke join kind let limit
	lookup make materialize materialized monitors none nooptimization not null
	nulls of on or order pack partition pattern principal principals print
	project range reduce render restrict roles sample scan search serialize set
	show sort step summarize table tables take then to toscalar top true typeof
	union unrestrictedviewers users viewers view views where with
	bool boolean date datetime decimal double dynamic guid int int64 long real
	string time timespan uuid`)

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(words) {
		set[w] = true
	}
	return set
}
