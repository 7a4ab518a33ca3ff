#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# Puts the license in front of each source file that does not have it, and changes
# nothing else. A test in internal/tools/docgen finds files without it.
#
# Left out: what is generated, what tests compare, and the examples, which the
# documentation shows as they are.
set -eu

cd "$(dirname "$0")/.."
new=$(mktemp)
trap 'rm -f "$new"' EXIT

git ls-files --cached --others --exclude-standard '*.go' '*.mjs' '*.sh' |
	grep -vE '(^|/)testdata/|^examples/' |
	while read -r file; do
		# A file that was deleted is still in the index.
		[ -f "$file" ] || continue
		! head -n 2 "$file" | grep -q 'SPDX-License-Identifier' || continue
		! grep -q '^// Code generated .* DO NOT EDIT\.$' "$file" || continue
		case "$file" in
		*.sh) comment='#' ;;
		*) comment='//' ;;
		esac
		awk -v line="$comment SPDX-License-Identifier: MPL-2.0" '
			NR == 1 && /^#!/ {print; print line; next}
			NR == 1 {print line; print ""}
			{print}' "$file" >"$new"
		cat "$new" >"$file" # and not mv: the file keeps its mode
		echo "$file"
	done
