# clang: make -j4 compiles the 16 files of libmemtrace.so that unwind stacks, with -O2 -g
# version: clang --version
# needs: clang make
# outputs: built
# rounds: 2
# shellcheck shell=sh disable=SC2016,SC1091
prepare() {
    cp -a "$TESTS/../preload" "$TESTS/../include" .
    { printf 'all: $(patsubst %%.c,%%.o,$(wildcard preload/stack/*.c))\n'
      printf '%%.o: %%.c\n\tclang -D_GNU_SOURCE -DMEMTRACE_VERSION=\\"0\\" -O2 -g'
      printf ' -Iinclude %s' "$(for room in preload/*/; do printf ' -I%s' "$room"; done)"
      printf ' -c $< -o $@\n'
    } >Makefile
}
work() {
    traced make -s -j4
    find preload -name '*.o' | sort | xargs md5sum >built
}
