#!/bin/sh
# How much of each of the analyzer's rooms the fuzzers' inputs reach, in lines (clang's coverage):
#
#   tests/fuzz/coverage.sh [FOLDER [BUILD]]
#
# Feeds each fuzzer its inputs in corpus/, and those that run.sh left in FOLDER/FUZZER; built in BUILD,
# or a folder under $TMPDIR. Prints a table; BUILD/lines.txt has every line with how often it ran.
set -eu
found=${1:-}
build=${2:-$(mktemp -d "${TMPDIR:-/tmp}/memtrace-coverage.XXXXXX")}
tree=$(cd "$(dirname "$0")/../.." && pwd)
tool() {
    command -v "$1" || command -v "$1-14" || { echo "coverage.sh: needs $1 (install clang and llvm)" >&2; exit 1; }
}
clang=$(tool clang)
profdata=$(tool llvm-profdata)
cov=$(tool llvm-cov)
[ -d "$build/meson-info" ] || CC=$clang meson setup "$build" "$tree" --buildtype=debugoptimized \
    -Dc_args='-fprofile-instr-generate -fcoverage-mapping' \
    -Dc_link_args='-fprofile-instr-generate' >&2
rm -f "$build"/*.profraw
objects=
for line in $(sed -n "s/^ *'\([a-z]*_fuzzer\)': '\(.*\)',/\1=\2/p" "$tree/tests/fuzz/meson.build"); do
    fuzzer=${line%=*}
    ninja -C "$build" "tests/fuzz/replay_$fuzzer" >&2
    # Where one of them crashes or hangs, the others still count.
    LLVM_PROFILE_FILE="$build/$fuzzer.profraw" timeout 600 "$build/tests/fuzz/replay_$fuzzer" 0 \
        "$tree/tests/fuzz/corpus/${line#*=}" $([ ! -d "$found/$fuzzer" ] || echo "$found/$fuzzer") >&2 || true
    objects="$objects ${objects:+-object} $build/tests/fuzz/replay_$fuzzer" # the first is the program
done
"$profdata" merge -o "$build/all.profdata" "$build"/*.profraw
"$cov" show $objects -instr-profile "$build/all.profdata" "$tree/analyzer" >"$build/lines.txt"
"$cov" export -summary-only $objects -instr-profile "$build/all.profdata" "$tree/analyzer" |
    python3 -c '
import json, sys
from collections import defaultdict
rooms = defaultdict(lambda: [0, 0])
for file in json.load(sys.stdin)["data"][0]["files"]:
    if "/analyzer/" not in file["filename"] or not file["filename"].endswith(".c"):
        continue
    room = file["filename"].split("/analyzer/")[-1].split("/")[0]
    for one in (room, "all"):
        rooms[one][0] += file["summary"]["lines"]["covered"]
        rooms[one][1] += file["summary"]["lines"]["count"]
for room in sorted(rooms, key=lambda room: (room == "all", room)):
    covered, count = rooms[room]
    print(f"{room:10} {covered:6} of {count:6} lines {100 * covered / count:5.1f} %")
'
echo "in $build" >&2
