#!/bin/bash
# in_tree.sh [SUITE,…]: what run.sh has run in each tree: installs what is needed, builds /memtrace in
# a folder of the tree, runs the suites of tests that show what depends on libc, compiler and libunwind
# (or those named), installs it and has real programs work under the preload. The last line says with
# what, and what came of it.
set -euo pipefail
build=/root/build-${CC:-cc}
prefix=/opt/memtrace
programs=(python3 perl jq xmllint sqlite3 'git log' 'git gc' g++ bash)
IFS=, read -ra suites <<<"${1:-unit,preload,fuzz,traces,victims,cli,stacks}"

# shellcheck source-path=SCRIPTDIR source=../../examples/packages.sh
. /memtrace/examples/packages.sh
need_build_packages
need_packages ${CC:+"$CC"} perl jq libxml2-utils sqlite3 git libjemalloc2 binutils file

if [ ! -e "$build/build.ninja" ]; then
    meson setup "$build" /memtrace --werror --prefix="$prefix" >/dev/null
fi
mapfile -t targets < <(/memtrace/tests/distributions/targets.py "$build" "${suites[@]}")
ninja -C "$build" --quiet analyzer/memtrace preload/libmemtrace.so "${targets[@]}"

status=0
meson test -C "$build" --no-rebuild --print-errorlogs "${suites[@]/#/--suite=}" || status=$?

export MEMTRACE_COMMAND=$build/analyzer/memtrace MEMTRACE_PRELOAD=$build/preload/libmemtrace.so
for program in "${programs[@]}"; do
    python3 /memtrace/tests/programs/workloads.py --no-witness "$program" || {
        echo "$program: failed under the preload"
        status=1
    }
done

# Installed without a staging folder, and moved as a whole afterwards.
rm -rf "$prefix" "$prefix-moved"
meson install -C "$build" --no-rebuild --quiet
mv "$prefix" "$prefix-moved"
# shellcheck disable=SC2016
env -C /tmp "$prefix-moved/bin/memtrace" run -- sh -c 'echo "$LD_PRELOAD"' | grep -q "^$prefix-moved/" || {
    echo "does not work where it was moved to"
    status=1
}

# shellcheck source=/dev/null
. /etc/os-release
echo "$PRETTY_NAME: $(getconf GNU_LIBC_VERSION)," \
    "libunwind $(dpkg-query -W -f '${Version}' libunwind8)," \
    "$("${CC:-cc}" --version | head -n 1):" \
    "$(python3 /memtrace/tests/summary.py "$build/meson-logs/testlog.json")"
exit "$status"
