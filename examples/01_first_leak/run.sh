#!/bin/bash
# run.sh: compiles the leaking program, runs it under memtrace and prints the report. Takes the
# memtrace of the build in build/; MEMTRACE_COMMAND names another.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
memtrace=${MEMTRACE_COMMAND:-$here/../../build/analyzer/memtrace}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$here/cache.c" "$work"
cd "$work"

cc -g -O2 -o cache cache.c
"$memtrace" run ./cache
