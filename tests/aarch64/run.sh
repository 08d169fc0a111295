#!/usr/bin/env bash
# run.sh [-b FOLDER] [meson test's arguments…]: builds memtrace for aarch64 with Debian's cross
# compiler, in FOLDER (build-aarch64), and runs the tests under qemu-user: those that can be shown
# there (README.md), or those that are named. MEMTRACE_ARM64_ROOT is a tree of arm64 packages, made
# in FOLDER/root where it is not set. Status 77: this machine has not what is needed.
set -euo pipefail
here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
cd "$here/../.."

build=build-aarch64
if [ "${1:-}" = -b ]; then
    build=$2
    shift 2
fi

# ---- what is needed ----

missing=()
for pair in aarch64-linux-gnu-gcc=gcc-aarch64-linux-gnu aarch64-linux-gnu-g++=g++-aarch64-linux-gnu \
    qemu-aarch64-static=qemu-user-static meson=meson ninja=ninja-build protoc-c=protobuf-c-compiler; do
    command -v "${pair%%=*}" >/dev/null || missing+=("${pair#*=}")
done
if [ ${#missing[@]} -gt 0 ]; then
    echo "skipped: aarch64 needs Debian's packages: ${missing[*]}"
    exit 77
fi

# The kernel starts arm64 programs by way of qemu, in a namespace of this script's alone. F: qemu is
# opened now, so programs may change their root; P: it is told the name that they were called by.
start_by_qemu=':aarch64:M::\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00:'
start_by_qemu+='\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff:'
start_by_qemu+="$(command -v qemu-aarch64-static):FP"

with_qemu() {
    unshare --user --map-root-user --mount bash -c '
        mount -t binfmt_misc none /proc/sys/fs/binfmt_misc &&
            echo "$1" >/proc/sys/fs/binfmt_misc/register && shift && exec "$@"' \
        with_qemu "$start_by_qemu" "$@"
}

if ! with_qemu true 2>/dev/null; then
    echo "skipped: the kernel lets no user namespace have a binfmt_misc of its own (Linux 6.7)"
    exit 77
fi

root=$(realpath -m "${MEMTRACE_ARM64_ROOT:-$build/root}")
if [ ! -e "$root/usr/lib/aarch64-linux-gnu/libunwind.so" ] && ! "$here/root.sh" "$root"; then
    echo "skipped: no arm64 packages could be had; MEMTRACE_ARM64_ROOT names a tree that has them"
    exit 77
fi

# ---- build and test: meson builds what the chosen tests need ----

if [ ! -f "$build/build.ninja" ]; then
    mkdir -p "$build"
    printf '[constants]\nroot = %s\n' "'$root'" >"$build/root.ini"
    meson setup "$build" --buildtype=release --cross-file "$build/root.ini" \
        --cross-file "$here/cross.ini" >/dev/null
fi

tests=("$@")
if [ ${#tests[@]} -eq 0 ]; then
    mapfile -t tests < <(meson introspect --tests "$build" | python3 "$here/choose.py")
    tests+=(--suite unit --suite victims --suite verify) # others have tests of the same names
fi
status=0
export QEMU_LD_PREFIX=$root CK_TIMEOUT_MULTIPLIER=20 MEMTRACE_TEST_EMULATED=1
with_qemu meson test -C "$build" --print-errorlogs --timeout-multiplier=10 \
    "${tests[@]}" || status=$?
python3 tests/summary.py "$build/meson-logs/testlog.json" || status=1
exit "$status"
