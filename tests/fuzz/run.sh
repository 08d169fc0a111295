#!/bin/sh
# Fuzzes the reading of traces with libFuzzer (clang) for a while:
#
#   tests/fuzz/run.sh [SECONDS [FOLDER [FUZZER]]]
#
# 3600 seconds, in a folder under $TMPDIR, with trace_fuzzer or report_fuzzer.
#
# New inputs go to FOLDER/corpus, crashes to FOLDER/crash-*. Ends with a status other than 0 where
# one was found. To take what was learnt into the tree, in its smallest form:
#
#   FOLDER/build/tests/fuzz/FUZZER -merge=1 tests/fuzz/corpus FOLDER/corpus
set -eu
seconds=${1:-3600}
folder=${2:-$(mktemp -d "${TMPDIR:-/tmp}/memtrace-fuzz.XXXXXX")}
fuzzer=${3:-trace_fuzzer}
tree=$(cd "$(dirname "$0")/../.." && pwd)
clang=$(command -v clang || command -v clang-14 || true)
if [ -z "$clang" ]; then
    echo "run.sh: no clang found (install clang)" >&2
    exit 1
fi
if [ ! -d "$folder/build" ]; then
    CC=$clang meson setup "$folder/build" "$tree" --buildtype=debugoptimized \
        -Db_sanitize=address,undefined -Db_lundef=false -Dc_args=-fsanitize=fuzzer-no-link >&2
fi
ninja -C "$folder/build" "tests/fuzz/$fuzzer" >&2
mkdir -p "$folder/corpus"
cd "$folder"
exec "build/tests/fuzz/$fuzzer" -max_total_time="$seconds" -timeout=5 -rss_limit_mb=1024 \
    -max_len=65536 -print_final_stats=1 corpus "$tree/tests/fuzz/corpus"
