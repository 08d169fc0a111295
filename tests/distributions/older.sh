#!/bin/bash
# older.sh SUITE: a distribution whose glibc is older than 2.35. There memtrace does not build, and
# says so in one line; a library that was built on this machine (build/, or MEMTRACE_BUILD) and is
# preloaded there lets programs run as they do without it, and what it recorded says what is missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

# shellcheck source-path=SCRIPTDIR source=tree.sh
. ./tree.sh
need_debootstrap
name_tree "$1"
need_tree

build=$source_folder/${MEMTRACE_BUILD:-build}
[ -e "$build/preload/libmemtrace.so" ] || skip "needs a build of this machine's own (ninja -C build)"
failed=0

fail() {
    echo "$suite: $*"
    failed=1
}

in_tree sh -c 'command -v meson >/dev/null || {
    apt-get update -qq && apt-get install -qq -y --no-install-recommends meson gcc libc6-dev; } >/dev/null'
refusal=$(in_tree meson setup /root/build /memtrace | grep ERROR: || true)
if [[ $refusal == *"Meson version"* || $refusal == *"glibc 2.35"* ]]; then
    echo "$suite: refused: ${refusal##*ERROR: }"
else
    fail "not refused: $refusal"
fi

# `same COMMAND…`: it says the same and ends the same with the preload as without.
traces=$tree/root/traces
rm -rf "$traces"
mkdir -p "$traces"
cp "$build/preload/libmemtrace.so" "$tree/root/"
same() {
    local plain traced status=0 traced_status=0
    plain=$(in_tree "$@" 2>&1) || status=$?
    traced=$(in_tree env LD_PRELOAD=/root/libmemtrace.so \
        MEMTRACE_OPTIONS=output=/root/traces/%e.%p.mtrace:quiet=1 "$@" 2>&1) || traced_status=$?
    [ "$plain" = "$traced" ] || fail "$*: not the same output: $traced"
    [ "$status" = "$traced_status" ] || fail "$*: status $traced_status, not $status"
}
same true
same false
same ls -l /usr/bin
# shellcheck disable=SC2016
same sh -c 'for i in 1 2 3; do (expr $i + 1); done'
# shellcheck disable=SC2016
same perl -e 'print join ",", map { $_ * 2 } 1 .. 1000'
same dpkg -l

count=$(find "$traces" -name '*.mtrace' | wc -l)
[ "$count" -ge 6 ] || fail "$count traces, wanted one of each process"
for trace in "$traces"/*.mtrace; do # true and false allocate nothing there
    said=$("$build/analyzer/memtrace" report --verdict=all "$trace" 2>&1) || fail "$said"
    [[ $said == *"not one allocation was seen"* || $said == *"glibc 2.35 is missing"* ]] || fail "the report does not say what is missing: $said"
done
[ "$failed" -eq 0 ] &&
    echo "$suite: glibc $(glibc_of_tree): programs run as without, $count traces say what is missing"
exit "$failed"
