#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# Prints the links to other sites that do not answer, from all pages. Hosts of examples are
# left out.
set -eu
broken=0
for link in $(git grep -hoE 'https://[A-Za-z0-9-]+\.[A-Za-z0-9./_%#?=&~:+-]+[A-Za-z0-9/_]' -- '*.md' |
	grep -vE '^https://([^/]*\.)?(kusto\.windows\.net|kusto\.fabric\.microsoft\.com|azuresynapse\.net|contoso\.com|example\.com|127\.0\.0\.1|localhost|login\.microsoftonline\.com|img\.shields\.io|westeurope\.oic\.prod-aks\.azure\.com|token\.actions\.githubusercontent\.com|app\.terraform\.io|gitlab\.com|registry\.terraform\.io/providers/kusto-community)' |
	sed 's/#.*//' | sort -u); do
	status=$(curl -sL -o /dev/null -w '%{http_code}' --retry 2 --max-time 30 -A 'Mozilla/5.0 (link check)' "$link") || true
	case "$status" in
	2?? | 403 | 405 | 429) ;; # 403 and 429: it is there, and wants no robots
	*)
		echo "$status $link"
		broken=$((broken + 1))
		;;
	esac
done
[ "$broken" = 0 ] || { echo "$broken broken links." >&2; exit 1; }
