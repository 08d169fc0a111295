#!/bin/bash
# compare.sh: builds a release of memtrace and the micro loads, then compares tracers side by side;
# compare.sh --help says how. MEMTRACE_BUILD names another build folder than build-bench/.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# Under meson test --benchmark all of this is given.
if [ -z "${MEMTRACE_BENCH:-}" ]; then
    build=${MEMTRACE_BUILD:-$here/../../build-bench}
    [ -f "$build/build.ninja" ] || meson setup "$build" "$here/../.." --buildtype=release >/dev/null
    ninja -C "$build" --quiet analyzer/memtrace preload/libmemtrace.so bench
    build=$(cd "$build" && pwd)
    export MEMTRACE_BENCH=$build/tests/bench
    export MEMTRACE_COMMAND=$build/analyzer/memtrace
    export MEMTRACE_PRELOAD=$build/preload/libmemtrace.so
fi
PYTHONDONTWRITEBYTECODE=1 exec python3 "$here/compare.py" "$@"
