#!/bin/bash
# quickstart.sh: from a fresh clone to the first leak report. Installs the packages that are missing
# (Debian, Ubuntu), makes a release build in build/, and runs examples/01_first_leak.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# shellcheck source=examples/packages.sh
. examples/packages.sh
need_build_packages

if [ ! -f build/build.ninja ]; then
    meson setup build --buildtype=release >/dev/null
fi
# what the example needs; tests/run.sh builds the rest
ninja -C build --quiet memtrace libmemtrace.so

echo "--- examples/01_first_leak/run.sh"
examples/01_first_leak/run.sh
