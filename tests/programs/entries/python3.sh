# python3: reads, compiles and counts its own standard library; threads, zlib, sqlite3, subprocesses
# version: python3 --version
# needs: /usr/bin/python3
# shellcheck shell=sh disable=SC2016,SC1091
work() {
    PYTHONHASHSEED=0 PYTHONDONTWRITEBYTECODE=1 traced /usr/bin/python3 "$SOURCES/library.py"
}
