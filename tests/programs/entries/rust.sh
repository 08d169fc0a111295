# Rust program: maps, strings, threads, channels, a panic that is caught, one value leaked on purpose
# version: rustc --version
# needs: rustc
# shellcheck shell=sh disable=SC2016,SC1091
prepare() {
    rustc -O -g "$SOURCES/work.rs" -o work
}
work() {
    traced ./work
}
