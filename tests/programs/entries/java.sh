# java: javac, then collections, streams, threads, zlib, hashes, direct buffers, a client and a server
# version: java -version
# needs: java javac
# remark: HotSpot keeps pointers unaligned in its code
# shellcheck shell=sh disable=SC2016,SC1091
work() {
    traced javac -d . "$SOURCES/Work.java"
    traced java -Xmx256m -cp . Work
}
