#!/bin/bash
# use_package.sh: what package.sh has run in a tree that has nothing but its distribution's essentials:
# installs the packages that lie in /root/packages, uses what is in them, and purges them.
set -euo pipefail

# Whatever has memtrace in its name, but for what brought it here.
named_memtrace() {
    find / -xdev \( -path /proc -o -path /memtrace -o -path /root -o -path /var/log \) -prune \
        -o -name '*memtrace*' -print
}

install() {
    apt-get install -qq -y --no-install-recommends "$@" >/dev/null
}

named_memtrace >/root/before
apt-get update -qq
install /root/packages/memtrace_*.deb
folder=$(mktemp -d)
cd "$folder"

echo "== run, a program of the distribution"
memtrace run --verdict=all --keep=all -- sh -c true
memtrace report --verdict=all memtrace.*.mtrace >said
if grep libunwind said; then exit 1; fi

echo "== preloaded by its bare name"
LD_PRELOAD=libmemtrace.so MEMTRACE_OPTIONS=output=preloaded.mtrace ls >/dev/null
memtrace dump preloaded.mtrace >/dev/null
test -s /usr/share/bash-completion/completions/memtrace
dpkg -L memtrace | grep -q /usr/share/man/man1/memtrace-run.1

echo "== a program that speaks to it"
install /root/packages/libmemtrace-dev_*.deb gcc libc6-dev pkgconf
cat >leaks.c <<'C'
#include <memtrace.h>
#include <stdlib.h>
__attribute__((noinline)) static void *leak(void)
{
    void *volatile block = malloc(24);
    return block;
}
int main(void)
{
    leak();
    return memtrace_is_active();
}
C
# shellcheck disable=SC2046
cc -g -O1 leaks.c $(pkg-config --cflags --libs memtrace) -o leaks
./leaks
test "$(realpath "$(pkg-config --variable=preload memtrace)")" = "$(dpkg -L memtrace | grep 'so$')"
status=0
memtrace run ./leaks >said 2>&1 || status=$?
cat said
test "$status" = 1
grep -q '24 bytes in 1 block.*leak' said
grep -q 'main *leaks.c:10' said

echo "== purged"
cd /
rm -rf "$folder"
apt-get purge -qq -y memtrace libmemtrace-dev >/dev/null
named_memtrace >/root/after
diff /root/before /root/after
