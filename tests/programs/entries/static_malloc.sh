# C program with a malloc of its own: jemalloc linked into the program
# version: gcc --version
# needs: gcc /usr/lib/x86_64-linux-gnu/libjemalloc.a
# refused: ./trees
# shellcheck shell=sh disable=SC2016,SC1091
prepare() {
    g++ -O2 -pthread "$SOURCES/trees.cc" -o trees -l:libjemalloc.a -ldl
}
work() {
    traced ./trees
}
