#!/bin/sh
# Fuzzes all that reads a file with libFuzzer (clang), under AddressSanitizer and
# UndefinedBehaviorSanitizer:
#
#   tests/fuzz/run.sh [SECONDS [FUZZER [FOLDER]]]
#
# 3600 seconds, shared out among all fuzzers in turn or for the one that is named (trace_fuzzer, …),
# in a folder under $TMPDIR.
#
# New inputs go to FOLDER/FUZZER, crashes to FOLDER/FUZZER-crash-*. Each fuzzer ends with a line of
# figures; the status is other than 0 where one found something: a crash, more than 10 seconds or more
# than 1 GiB for an input. To take what was learnt into the tree, in its smallest form:
#
#   FOLDER/build/tests/fuzz/FUZZER -merge=1 tests/fuzz/corpus/NAME FOLDER/FUZZER
set -eu
seconds=${1:-3600}
wanted=${2:-}
folder=${3:-$(mktemp -d "${TMPDIR:-/tmp}/memtrace-fuzz.XXXXXX")}
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
fuzzers=${wanted:-$(sed -n "s/^ *'\([a-z]*_fuzzer\)': .*/\1/p" "$tree/tests/fuzz/meson.build")}
share=$((seconds / $(echo $fuzzers | wc -w)))
status=0

# Inputs that are not to be lost are those of the tree, which come second: they are not written to.
fuzz() {
    corpus=$tree/tests/fuzz/corpus/$(sed -n "s/^ *'$1': '\(.*\)',/\1/p" "$tree/tests/fuzz/meson.build")
    dictionary=$tree/tests/fuzz/$(basename "$corpus").dict
    mkdir -p "$folder/$1"
    set -- "$1" -max_total_time="$share" -timeout=10 -rss_limit_mb=1024 -max_len=65536 \
        -print_final_stats=1 -artifact_prefix="$folder/$1-" "$folder/$1" "$corpus"
    [ ! -e "$dictionary" ] || set -- "$@" -dict="$dictionary"
    "$folder/build/tests/fuzz/$@" >"$folder/$1.log" 2>&1 || status=1
    echo "$1: $(sed -n 's/^stat::number_of_executed_units: */runs /p; s/^stat::new_units_added: */new inputs /p;
        s/^stat::peak_rss_mb: */peak MiB /p' "$folder/$1.log" | paste -sd, | sed 's/,/, /g'), findings $(
        ls "$folder/$1"-* 2>/dev/null | wc -l)"
}

for fuzzer in $fuzzers; do
    ninja -C "$folder/build" "tests/fuzz/$fuzzer" >&2
    fuzz "$fuzzer"
done
echo "in $folder"
exit $status
