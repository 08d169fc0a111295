# C++ program, static: glibc linked statically
# version: g++ --version
# needs: g++
# refused: ./trees
# shellcheck shell=sh disable=SC2016,SC1091
prepare() {
    g++ -O2 -static -pthread "$SOURCES/trees.cc" -o trees
}
work() {
    traced ./trees
}
