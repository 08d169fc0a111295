# gdb, traced: gdb itself under the preload: reads symbols, runs a program, attaches to another
# version: gdb --version
# needs: gdb gcc
# blur: 0x[0-9a-f]+
# blur: \(LWP \d+\)|process \d+
# shellcheck shell=sh disable=SC2016,SC1091
prepare() {
    . "$TESTS/programs/entries/gdb.sh"
    prepare
    sed -i '/exec-wrapper/d' session
}
work() {
    traced gdb -nx -batch -x session ./debugged
    sleep 1000 &
    sleeper=$!
    traced gdb -nx -batch -p "$sleeper" -ex 'print 6 * 7' -ex detach | grep '^\$1'
    kill "$sleeper"
}
