# gcc: ninja -j4 builds the 16 files of libmemtrace.so that unwind stacks, and a shared library
# version: gcc --version
# needs: gcc meson ninja
# outputs: built
# rounds: 2
# shellcheck shell=sh disable=SC2016,SC1091,SC2086
prepare() {
    mkdir source
    (cd "$TESTS/.." && cp -a meson.build analyzer include preload tests "$OLDPWD/source")
    CC=${COMPILER:-gcc} CFLAGS="-frandom-seed=1 $FLAGS" \
        meson setup build source >log 2>&1 || { tail -3 log; exit 77; }
}
work() {
    objects=$(ninja -C build -t targets all |
        sed -n 's|^\(preload/libmemtrace.so.p/stack_.*\.o\):.*|\1|p')
    traced ninja -C build -j4 $objects tests/faults/libfault_far.so >log || cat log
    (cd build && find . -name '*.o' -o -name '*.so' | sort | xargs md5sum) >built
}
