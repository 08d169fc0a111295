#!/bin/bash
# quickstart.sh: from a fresh clone to the first leak report. Installs the packages that are missing
# (Debian, Ubuntu), makes a release build in build/, and runs examples/01_first_leak.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# shellcheck source-path=SCRIPTDIR source=packages.sh
. examples/packages.sh
need_build_packages

if [ ! -f build/build.ninja ]; then
    meson setup build --buildtype=release >/dev/null
fi
# what the example needs; tests/run.sh builds the rest
ninja -C build --quiet analyzer/memtrace preload/libmemtrace.so

# a program that leaks, and what memtrace says of it
cc -g -O2 -o build/cache examples/01_first_leak/cache.c
cd build
set -x
analyzer/memtrace run ./cache
