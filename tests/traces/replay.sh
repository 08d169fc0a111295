#!/bin/sh
# replay.sh [--accept] MEMTRACE: dumps every trace of this folder and compares status and output
# with what is expected; with --accept, takes what comes as expected.
set -u
accept=
if [ "$1" = --accept ]; then
    accept=yes
    shift
fi
memtrace=$(realpath "$1")
cd "$(dirname "$0")" || exit 1
found=$(mktemp)
trap 'rm -f "$found"' EXIT
failed=0 count=0
for trace in *.mtrace; do
    expected=${trace%.mtrace}.expected
    "$memtrace" dump "$trace" >"$found" 2>&1
    echo "status $?" >>"$found"
    if [ "$accept" ]; then
        cat "$found" >"$expected"
    elif ! diff -u "$expected" "$found"; then
        failed=$((failed + 1))
    fi
    count=$((count + 1))
done
echo "$count traces, $failed failed"
[ "$count" -gt 20 ] && [ "$failed" -eq 0 ]
