#!/bin/bash
# run.sh: the gate as a CI job would use it: a clean program passes, a leaking one fails with status
# 23, a budget lets known leaks through.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
memtrace=${MEMTRACE_COMMAND:-$here/../../build/analyzer/memtrace}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$here/words.c" "$work"
cd "$work"
cc -g -O2 -o words words.c

gate() {
    local status=0
    echo "\$ memtrace check $*"
    "$memtrace" check "$@" || status=$?
    echo "status $status"
}

gate --leaks=unfreed -- ./words tidy
gate --leaks=unfreed -- ./words
gate --leaks=unfreed --max-blocks=12 --max-bytes=1K -- ./words
