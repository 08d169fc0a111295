# C program, musl, static: linked by musl-gcc
# version: dpkg-query -W -f '${Version}' musl
# needs: musl-gcc
# refused: ./lists
# shellcheck shell=sh disable=SC2016,SC1091
prepare() {
    musl-gcc -O2 -static "$SOURCES/lists.c" -o lists
}
work() {
    traced ./lists
}
