#!/bin/sh
# replay.sh [--accept] MEMTRACE: dumps every trace of this folder and compares status and output
# with what is expected; with --accept, takes what comes as expected. A report must end with the
# same status, in JSON that is JSON, or with the same line.
set -u
accept=
if [ "$1" = --accept ]; then
    accept=yes
    shift
fi
memtrace=$(realpath "$1")
cd "$(dirname "$0")" || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

dump_is_expected() {
    "$memtrace" dump "$1" >"$work/dump" 2>&1
    status=$?
    echo "status $status" >>"$work/dump"
    [ "$accept" ] && cp "$work/dump" "$2"
    diff -u "$2" "$work/dump"
}

report_agrees() {
    "$memtrace" report --format=json "$1" >"$work/report" 2>"$work/said"
    reported=$?
    if [ "$reported" -ne "$status" ]; then
        echo "$1: report ends with status $reported, dump with $status"
        return 1
    fi
    if [ "$status" -eq 0 ]; then
        python3 -m json.tool "$work/report" >"$work/json"
    else
        sed '$d' "$2" | diff - "$work/said"
    fi
}

failed=0 count=0
for trace in *.mtrace; do
    expected=${trace%.mtrace}.expected
    dump_is_expected "$trace" "$expected" && report_agrees "$trace" "$expected" ||
        failed=$((failed + 1))
    count=$((count + 1))
done
echo "$count traces, $failed failed"
[ "$count" -gt 20 ] && [ "$failed" -eq 0 ]
