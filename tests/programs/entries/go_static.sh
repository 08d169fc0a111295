# Go program, static: built with CGO_ENABLED=0: no library can be preloaded
# version: go version
# needs: go
# refused: ./hello
# shellcheck shell=sh disable=SC2016,SC1091
prepare() {
    printf 'package main\n\nfunc main() { println("hello") }\n' >hello.go
    GOCACHE="$TMPDIR/cache" CGO_ENABLED=0 go build -o hello hello.go
}
work() {
    traced ./hello
}
