#!/usr/bin/env bash
# root.sh FOLDER: lays the arm64 packages of Debian that memtrace is built and tested with into
# FOLDER, unpacked and not installed: no script of theirs runs, and the machine's own packages are
# not touched. apt keeps what it knows of arm64 in FOLDER too.
set -euo pipefail

packages=(libc6-dev libstdc++-12-dev libunwind-dev uthash-dev check libdw-dev libjansson-dev
    libiberty-dev libxml2-dev libncurses-dev libprotobuf-c-dev libarchive-dev libdebuginfod-dev
    # what is traced
    coreutils dash bash perl python3 sqlite3 jq libxml2-utils libjemalloc2)

root=$(realpath -m "$1")
state=$root/var/lib/apt
mkdir -p "$state/lists/partial" "$state/archives/partial"
: >"$state/status"

apt_arm64() {
    apt-get -qq -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o Debug::NoLocking=1 \
        -o APT::Sandbox::User=root -o Dir::State::lists="$state/lists" \
        -o Dir::State::status="$state/status" -o Dir::Cache="$state" "$@"
}

apt_arm64 update
apt_arm64 install --yes --download-only --no-install-recommends "${packages[@]}" >/dev/null
for package in "$state"/archives/*.deb; do
    dpkg-deb --extract "$package" "$root"
done
rm -r "$state"
