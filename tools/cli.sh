#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
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

# On Windows this shell writes /c/dir/terraform for what other programs know as
# C:/dir/terraform.exe.
native() {
	command -v cygpath >/dev/null 2>&1 || { echo "$1" && return; }
	cygpath -m "${1%.exe}.exe"
}

on_path() {
	found=$(command -v "$1" 2>/dev/null) && native "$found"
}

build_tofu() {
	module=github.com/opentofu/opentofu
	version=$(cd "$root/tools/tofu" && go list -m -f '{{.Version}}' "$module")
	dir="$root/.cache/tofu/$version"
	tofu="$dir/tofu$(go env GOEXE)"
	if [ ! -x "$tofu" ]; then
		echo "Building OpenTofu $version into .cache/ (once; this takes some minutes)…" >&2
		mkdir -p "$dir"
		# Built beside its place and moved there: two at once do no harm.
		(cd "$root/tools/tofu" && CGO_ENABLED=0 go build -trimpath \
			-ldflags "-s -w -X $module/version.dev=no" \
			-o "$tofu.$$" "$module/cmd/tofu") >&2
		mv "$tofu.$$" "$tofu"
	fi
	native "$tofu"
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
