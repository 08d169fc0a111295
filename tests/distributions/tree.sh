# tree.sh: sourced: another distribution as a folder, made by debootstrap and kept for the next time.
# What runs in it has its own processes and mounts, all of which end with it; the source is at
# /memtrace, read-only.
# shellcheck shell=bash

trees=${MEMTRACE_TREES:-/var/tmp/memtrace-trees}
source_folder=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
scripts=/usr/share/debootstrap/scripts

# Not possible on this machine, which is no failure.
skip() {
    echo "skipped: $*"
    exit 77
}

need_debootstrap() {
    [ "$(id -u)" -eq 0 ] || skip "needs root"
    command -v debootstrap >/dev/null || skip "needs debootstrap (apt-get install debootstrap)"
    unshare --mount --pid --fork true 2>/dev/null || skip "needs the right to make namespaces"
}

# Sets `suite`, `script` and `tree` from SUITE or SUITE:SCRIPT. debootstrap knows a suite by a script
# of its name; one that is newer than debootstrap is made by that of an older one, say noble:jammy.
name_tree() {
    suite=${1%%:*}
    script=${1#*:}
    tree=$trees/$suite
    [ -e "$scripts/$script" ] ||
        skip "this debootstrap does not know $suite (name an older one: $suite:SCRIPT)"
}

# Makes the tree that name_tree named, if it is not there. debootstrap chooses the mirror, or
# MEMTRACE_MIRROR does.
need_tree() {
    local components=main mirror=${MEMTRACE_MIRROR:-}
    [ ! -e "$tree/made" ] || return 0
    if grep -q ubuntu "$scripts/$script"; then
        components=main,universe # most of what a build needs is not in Ubuntu's main
        # Without Ubuntu's key debootstrap trusts https instead, but goes to Debian's mirror.
        [ -e /usr/share/keyrings/ubuntu-archive-keyring.gpg ] ||
            mirror=${mirror:-https://archive.ubuntu.com/ubuntu}
    fi
    echo "$suite: making $tree"
    rm -rf "$tree"
    mkdir -p "$trees"
    debootstrap --variant=minbase --components="$components" "$suite" "$tree" \
        "$mirror" "$script" >"$tree.log" 2>&1 || {
        tail -n 3 "$tree.log"
        skip "debootstrap could not make $suite (see $tree.log)"
    }
    touch "$tree/made"
}

# Runs a command in the tree, with nothing of this machine's environment but the way to the network.
in_tree() {
    # shellcheck disable=SC2016
    unshare --mount --pid --fork --kill-child bash -euc '
        tree=$1 source=$2
        shift 2
        mount -t proc proc "$tree/proc"
        mount --rbind /dev "$tree/dev"
        mkdir -p "$tree/memtrace"
        mount --bind -o ro "$source" "$tree/memtrace"
        exec chroot "$tree" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
            HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive PYTHONDONTWRITEBYTECODE=1 \
            ${http_proxy:+http_proxy="$http_proxy"} "$@"
    ' in_tree "$tree" "$source_folder" "$@"
}

glibc_of_tree() {
    in_tree getconf GNU_LIBC_VERSION | sed 's/.* //'
}
