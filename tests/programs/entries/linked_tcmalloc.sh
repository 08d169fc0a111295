# C++ program linked with tcmalloc: trees and maps in 6 threads, 3 blocks lost
# version: dpkg-query -W -f '${Version}' libtcmalloc-minimal4
# needs: g++ /usr/lib/x86_64-linux-gnu/libtcmalloc_minimal.so.4
# shellcheck shell=sh disable=SC2016,SC1091
prepare() {
    g++ -O2 -g -pthread "$SOURCES/trees.cc" -o trees -Wl,--no-as-needed -l:libtcmalloc_minimal.so.4
}
work() {
    traced ./trees
}
