#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# Runs govulncheck, and says how old its database is: an old one knows nothing of new
# vulnerabilities, and looks just as green.
#
#   VULNDB=<url>      another database than vuln.go.dev, such as file:///path/to/vulndb;
#                     one that is too old is not used where vuln.go.dev can be reached
#   VULNDB_AGE=any    accept a database of any age
set -eu

live=https://vuln.go.dev
limit=60 # days

index() {
	case "$1" in
	file://*) cat "${1#file://}/index/db.json" ;;
	*) curl -sSf --max-time 20 "$1/index/db.json" ;;
	esac
}

# Prints the age of a database in days, and "unknown" for a copy without a date. The date
# of GNU and that of macOS differ.
age_of() {
	day=$(index "$1" | sed -n 's/.*"modified": *"\([0-9-]*\)T.*/\1/p')
	case "$day" in
	"") return 1 ;;
	0001-*) echo unknown && return ;;
	esac
	modified=$(date -u -d "$day" +%s 2>/dev/null || date -u -j -f %Y-%m-%d "$day" +%s)
	echo $((($(date -u +%s) - modified) / 86400))
}

db=${VULNDB:-$live}
age=$(age_of "$db") || {
	echo "Cannot read the database of vulnerabilities, $db." >&2
	exit 1
}
old() { [ "${VULNDB_AGE:-}" != any ] && { [ "$age" = unknown ] || [ "$age" -gt "$limit" ]; }; }
if old && [ "$db" != "$live" ] && newer=$(age_of "$live" 2>/dev/null); then
	db=$live age=$newer
fi
case "$db" in
file://*) newest=", newest entry $(find "${db#file://}/ID" -name '*.json' -exec basename {} .json \; | sort -t - -k 2n -k 3n | tail -n 1)" ;;
*) newest= ;;
esac
echo "Database of vulnerabilities: $db, age in days: $age$newest"
if old; then
	echo "It is older than $limit days, or does not say how old it is. Get a newer one, or set VULNDB_AGE=any." >&2
	exit 1
fi
exec go tool -modfile=tools/go.mod govulncheck -db "$db" ./...
