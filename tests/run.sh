#!/bin/bash
# run.sh: builds everything and runs all tests; ends with "N passed, N failed[, N skipped]" and a
# status that is not 0 where something failed. Arguments go to `meson test` (--suite victims, a
# test's name, …). MEMTRACE_BUILD names another build folder than build/.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# shellcheck source-path=SCRIPTDIR source=../examples/packages.sh
. examples/packages.sh
need_build_packages
need_test_packages || echo "some tests will be skipped" >&2

build=${MEMTRACE_BUILD:-build}
if [ ! -f "$build/build.ninja" ]; then
    meson setup "$build" --buildtype=release >/dev/null
fi
ninja -C "$build" --quiet

status=0
meson test -C "$build" --no-rebuild --print-errorlogs "$@" || status=$?
python3 tests/summary.py "$build/meson-logs/testlog.json" || status=1
exit "$status"
