# C++ program linked with jemalloc: trees and maps in 6 threads, 3 blocks lost
# version: dpkg-query -W -f '${Version}' libjemalloc2
# needs: g++ /usr/lib/x86_64-linux-gnu/libjemalloc.so.2
# shellcheck shell=sh disable=SC2016,SC1091
prepare() {
    g++ -O2 -g -pthread "$SOURCES/trees.cc" -o trees -Wl,--no-as-needed -l:libjemalloc.so.2
}
work() {
    traced ./trees
}
