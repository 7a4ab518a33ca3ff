#!/bin/sh
# Prints the path of the CLI that tests, docs and the demo run.
#
#   CLI unset       terraform on PATH, else tofu on PATH, else OpenTofu, built here
#   CLI=tofu        tofu on PATH, else OpenTofu, built here
#   CLI=terraform   terraform on PATH
#   CLI=<a path>    that
#
# OpenTofu is built from source through the Go module proxy, at the version that
# tools/tofu/go.mod pins, into .cache/, once. Progress goes to stderr.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)

on_path() { command -v "$1" 2>/dev/null; }

build_tofu() {
	module=github.com/opentofu/opentofu
	version=$(cd "$root/tools/tofu" && go list -m -f '{{.Version}}' "$module")
	dir="$root/.cache/tofu/$version"
	if [ ! -x "$dir/tofu" ]; then
		echo "Building OpenTofu $version into .cache/ (once; this takes some minutes)…" >&2
		mkdir -p "$dir"
		# Built beside its place and moved there: two at once do no harm.
		(cd "$root/tools/tofu" && CGO_ENABLED=0 go build -trimpath \
			-ldflags "-s -w -X $module/version.dev=no" \
			-o "$dir/tofu.$$" "$module/cmd/tofu") >&2
		mv "$dir/tofu.$$" "$dir/tofu"
	fi
	echo "$dir/tofu"
}

case "${CLI:-}" in
"") on_path terraform || on_path tofu || build_tofu ;;
tofu) on_path tofu || build_tofu ;;
terraform)
	on_path terraform || {
		echo "CLI=terraform, but there is no terraform on PATH." >&2
		exit 1
	}
	;;
*)
	on_path "$CLI" || {
		echo "CLI=$CLI: no such program." >&2
		exit 1
	}
	;;
esac
