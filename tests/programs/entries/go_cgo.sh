# Go program with cgo: goroutines, garbage, C strings that are freed and 10 that are not, callbacks
# version: go version
# needs: go gcc
# remark: stacks end where C is called from Go
# shellcheck shell=sh disable=SC2016,SC1091
prepare() {
    GOCACHE="$TMPDIR/cache" GOFLAGS=-mod=mod CGO_ENABLED=1 go build -o work "$SOURCES/work.go"
}
work() {
    traced ./work
}
