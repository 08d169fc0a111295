# C++ program linked with mimalloc: trees and maps in 6 threads, 3 blocks lost
# version: dpkg-query -W -f '${Version}' libmimalloc2.0
# needs: g++ /usr/lib/x86_64-linux-gnu/libmimalloc.so.2.0
# shellcheck shell=sh disable=SC2016,SC1091
prepare() {
    g++ -O2 -g -pthread "$SOURCES/trees.cc" -o trees -Wl,--no-as-needed -l:libmimalloc.so.2.0
}
work() {
    traced ./trees
}
