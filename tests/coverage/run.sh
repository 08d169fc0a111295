#!/bin/bash
# run.sh: which lines, branches and functions of memtrace the tests reach:
#
#   tests/coverage/run.sh [ARGUMENT…]
#
# builds with counters in build-coverage/ (MEMTRACE_BUILD names another folder), runs the suites that
# show what memtrace does, or what ARGUMENTs for `meson test` choose, and prints a table by room.
# Counters add up from run to run until what they count is linked anew. Ends with a status that is
# not 0 where the goals of figures.py are missed or a hook is reached by no test; tests that fail are
# named, and are the business of tests/run.sh.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tree=$(cd "$here/../.." && pwd)
build=${MEMTRACE_BUILD:-$tree/build-coverage}
suites=(unit cli fuzz victims refusals mappings residency stacks reachability misuse guard)

version=$(clang --version 2>/dev/null | sed -n 's/.*version \([0-9]*\).*/\1/p' | head -n 1)
if ! command -v "llvm-cov-${version:-none}" >/dev/null || ((version < 14 || version > 16)); then
    echo "run.sh: clang 14 to 16 with its llvm-cov is needed (install clang llvm)" >&2
    exit 1
fi
if [ ! -f "$build/build.ninja" ]; then
    CC=$here/compiler meson setup "$build" "$tree" --buildtype=release >/dev/null
fi
ninja -C "$build" --quiet

chosen=("$@")
[ $# -gt 0 ] || for suite in "${suites[@]}"; do chosen+=(--suite "$suite"); done
meson test -C "$build" --no-rebuild --timeout-multiplier 4 "${chosen[@]}" |
    grep -E ' (FAIL|TIMEOUT) |^(Ok|Fail|Skipped):' || true
exec "$here/figures.py" "$build"
