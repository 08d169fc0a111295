#!/bin/bash
# run.sh: puts the tracer under load, for hours where all of it is asked for, and prints what it took:
#
#   tests/load/run.sh                      # all loads in full: some three hours, 12 GiB of memory
#   tests/load/run.sh churn live           # some of them
#   tests/load/run.sh --scale=0.1 forks    # a tenth
#   tests/load/run.sh --short              # as in the suite, a minute
#
# MEMTRACE_BUILD names another build folder than build/.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=${MEMTRACE_BUILD:-$here/../../build}
[ -f "$build/build.ninja" ] || meson setup "$build" "$here/../.." --buildtype=release >/dev/null
ninja -C "$build" --quiet analyzer/memtrace preload/libmemtrace.so load
build=$(cd "$build" && pwd)
export MEMTRACE_COMMAND=$build/analyzer/memtrace
export MEMTRACE_PRELOAD=$build/preload/libmemtrace.so
PYTHONDONTWRITEBYTECODE=1 exec python3 "$here/load.py" "$build/tests/load" "$@"
