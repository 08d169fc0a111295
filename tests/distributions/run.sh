#!/bin/bash
# run.sh [--tests=SUITE,…] [SUITE[:SCRIPT]…]: builds and tests memtrace in other distributions, each with its own libc,
# compiler and libunwind, in a folder that debootstrap makes. For root; downloads a few hundred MB a
# suite, the first time. With CC and CXX set (clang-19, clang++-19) that compiler is installed
# and used. A suite whose glibc is too old must refuse to build in one line, and lets programs run
# when a library that was built on this machine is preloaded (older.sh).
#
#   tests/distributions/run.sh                       # those below
#   tests/distributions/run.sh trixie noble:jammy    # noble by the script of jammy (tree.sh)
#   CC=clang-19 CXX=clang++-19 tests/distributions/run.sh trixie
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

# shellcheck source-path=SCRIPTDIR source=tree.sh
. ./tree.sh
need_debootstrap

tests=
if [[ ${1:-} == --tests=* ]]; then
    tests=${1#--tests=}
    shift
fi
suites=("$@")
# glibc 2.31, 2.35, 2.36, 2.39, 2.41, the newest
[ ${#suites[@]} -gt 0 ] || suites=(bullseye jammy bookworm noble:jammy trixie sid)

failed=()
for name in "${suites[@]}"; do
    name_tree "$name"
    need_tree
    glibc=$(glibc_of_tree)
    if [ "$(printf '%s\n' 2.35 "$glibc" | sort -V | head -n 1)" = "$glibc" ] &&
        [ "$glibc" != 2.35 ]; then
        ./older.sh "$name" || failed+=("$suite")
    else
        in_tree env ${CC:+CC="$CC"} ${CXX:+CXX="$CXX"} /memtrace/tests/distributions/in_tree.sh ${tests:+"$tests"} ||
            failed+=("$suite")
    fi
done
[ ${#failed[@]} -eq 0 ] || {
    echo "failed in: ${failed[*]}"
    exit 1
}
