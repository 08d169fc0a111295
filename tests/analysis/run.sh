#!/bin/bash
# run.sh [FILE…]: clang-tidy and cppcheck over the C of preload/, analyzer/ and the tests of their
# modules (or over those files of it), by the compiler's own command lines in build/ (MEMTRACE_BUILD).
# Prints what they find; ends with status 1 where that is anything, with 77 where a tool is missing.
# What they look for is in .clang-tidy and in cppcheck.suppressions, each exception with its reason; a
# single false finding of clang-tidy's is left out where it stands, by NOLINTNEXTLINE and the reason.
# The programs that tests trace are left out: they do wrong on purpose. Takes minutes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
build=${MEMTRACE_BUILD:-build}

for tool in clang-tidy cppcheck; do
    command -v "$tool" >/dev/null || {
        echo "skipped: needs $tool (apt-get install $tool)"
        exit 77
    }
done
[ -e "$build/compile_commands.json" ] || meson setup "$build" >/dev/null
# Made, and included by what is looked at or listed among the sources.
ninja -C "$build" --quiet analyzer/{profile.pb-c.h,page_parts.c}

files=("$@")
[ ${#files[@]} -gt 0 ] || files=({preload,analyzer}/*/*.c tests/{unit,fuzz,traces}/*.c)
status=0
found=$(mktemp)
trap 'rm -f "$found"' EXIT

# One file for each clang-tidy: its look at va_list keeps names of the file before (14), and finds
# what is not. Each tool tells a finding in a header once for each file that includes it.
printf '%s\0' "${files[@]}" |
    xargs -0 -n 1 -P "$(nproc)" clang-tidy --quiet -p "$build" 2>/dev/null >"$found" || status=1
cppcheck --project="$build/compile_commands.json" "${files[@]/#/--file-filter=*}" -j "$(nproc)" \
    -D__x86_64__ -D__linux__ -D__LP64__ '-DElfW(type)=Elf64_##type' \
    -DPROTOBUF_C_VERSION_NUMBER=1004001 '-DHASH_ITER(hh,head,item,after)=while((item=head))' \
    --enable=warning,performance,portability --quiet --inline-suppr \
    --suppressions-list=tests/analysis/cppcheck.suppressions \
    --template='{file}:{line}: {severity}: {message} [{id}]' 2>>"$found"

if [ -s "$found" ] || [ "$status" -ne 0 ]; then
    awk '!seen[$0]++' "$found"
    exit 1
fi
echo "${#files[@]} files: nothing found"
