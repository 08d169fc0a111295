# packages.sh: sourced by the scripts that build and test memtrace: which Debian packages they need.
# shellcheck shell=bash

need_build_packages() {
    need_packages gcc g++ libc6-dev pkg-config meson ninja-build python3 \
        libunwind-dev uthash-dev check libdw-dev libjansson-dev libiberty-dev libxml2-dev \
        libncurses-dev libprotobuf-c-dev protobuf-c-compiler libarchive-dev libdebuginfod-dev
}

# Programs and allocators that tests trace, and the tools they compare with.
need_test_packages() {
    need_packages valgrind libjemalloc2 libtcmalloc-minimal4 libmimalloc2.0 libperl-dev \
        libxml2-utils python3-jsonschema \
        libgtest-dev catch2 cmake make python3-dev python3-pytest python3-yaml tmux \
        heaptrack golang-go zstd bash-completion chromium chromium-driver
}

# Installs those of the named Debian packages that are missing; the package lists are fetched only
# if some are. Without root's rights it asks sudo.
need_packages() {
    local package missing=() as_root=()
    for package in "$@"; do
        if [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" != installed ]; then
            missing+=("$package")
        fi
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    if ! command -v apt-get >/dev/null; then
        echo "memtrace: install by hand, this is not Debian or Ubuntu: ${missing[*]}" >&2
        return 1
    fi
    if [ "$(id -u)" -ne 0 ]; then
        as_root=(sudo)
    fi
    echo "installing ${missing[*]}"
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null
}
