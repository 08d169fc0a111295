# node: JSON, zlib, crypto, streams, workers, child processes, a server and its client
# version: node --version
# needs: node
# shellcheck shell=sh disable=SC2016,SC1091
work() {
    traced node "$SOURCES/work.mjs"
}
