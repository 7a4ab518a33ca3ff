#!/usr/bin/env bash
# SPDX-License-Identifier: MPL-2.0
# Downloads kusto-emulator, checks it, starts it in the background, and exports the
# variables for the following steps of the job. It ends with the job.
set -euo pipefail

case "$(uname -s)" in
Linux) os=linux archive=tar.gz ;;
Darwin) os=darwin archive=tar.gz ;;
*) os=windows archive=zip ;;
esac
case "$(uname -m)" in
arm64 | aarch64) arch=arm64 ;;
*) arch=amd64 ;;
esac
name="kusto-emulator_${EMULATOR_VERSION}_${os}_${arch}.$archive"
dir="${RUNNER_TEMP:?}/kusto-emulator"
mkdir -p "$dir"

download() {
	curl -fsSL --retry 3 -o "$dir/$1" "$EMULATOR_DOWNLOADS/v$EMULATOR_VERSION/$1"
}
sums="kusto-emulator_${EMULATOR_VERSION}_SHA256SUMS"
download "$name"
download "$sums"
checksum() { if command -v sha256sum >/dev/null; then sha256sum "$@"; else shasum -a 256 "$@"; fi; }
# The file may have the names of other platforms too.
(cd "$dir" && grep -F "  $name" "$sums" | checksum -c - >/dev/null) || {
	echo "::error::The checksum of $name is wrong."
	exit 1
}
case "$archive" in
zip) unzip -oq "$dir/$name" -d "$dir" ;;
*) tar xzf "$dir/$name" -C "$dir" ;;
esac

arguments=(-listen 127.0.0.1:0 -dir "$dir" -env-file "$dir/env")
[ -z "$EMULATOR_SEED" ] || arguments+=(-seed "$EMULATOR_SEED")
[ "$EMULATOR_PASS_THROUGH" != true ] || arguments+=(-pass-through)
rm -f "$dir/env"
nohup "$dir/kusto-emulator" "${arguments[@]}" >"$dir/log" 2>&1 &
pid=$!

# The file is there, and complete, when the emulator is ready.
until [ -f "$dir/env" ]; do
	kill -0 "$pid" 2>/dev/null || {
		echo "::error::kusto-emulator did not start."
		cat "$dir/log"
		exit 1
	}
	sleep 0.1
done
sed -n "s/^export \([A-Za-z_]*\)='\(.*\)'\$/\1=\2/p" "$dir/env" >>"${GITHUB_ENV:?}"
echo "url=$(sed -n "s/^export KUSTO_EMULATOR_URL='\(.*\)'\$/\1/p" "$dir/env")" >>"${GITHUB_OUTPUT:?}"
echo "log=$dir/log" >>"$GITHUB_OUTPUT"
echo "kusto-emulator $EMULATOR_VERSION is ready (process $pid)."
