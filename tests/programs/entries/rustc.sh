# rustc: compiles a program of 70 lines with -O, links it by cc
# version: rustc --version
# needs: rustc
# shellcheck shell=sh disable=SC2016,SC1091
work() {
    traced rustc -O "$SOURCES/work.rs" -o made && ./made
}
