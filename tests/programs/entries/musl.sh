# C program, musl: its loader and its C library are musl's; a traced shell starts it
# version: dpkg-query -W -f '${Version}' musl
# needs: musl-gcc
# refused: ./lists
# shellcheck shell=sh disable=SC2016,SC1091
prepare() {
    musl-gcc -O2 "$SOURCES/lists.c" -o lists
}
work() {
    traced sh -c "./lists; ./lists"
}
