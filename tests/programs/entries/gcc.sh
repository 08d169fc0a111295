# gcc: ninja -j4 builds libmemtrace.so: 80 files, optimized as a whole when linked
# version: gcc --version
# needs: gcc meson ninja
# outputs: built
# rounds: 2
# shellcheck shell=sh disable=SC2016,SC1091
prepare() {
    mkdir source
    (cd "$TESTS/.." && cp -a meson.build analyzer include preload tests "$OLDPWD/source")
    CC=${COMPILER:-gcc} CFLAGS="-frandom-seed=1 $FLAGS" \
        meson setup build source >log 2>&1 || { tail -3 log; exit 77; }
}
work() {
    traced ninja -C build -j4 preload/libmemtrace.so >log || cat log
    (cd build && find . -name '*.o' -o -name '*.so' | sort | xargs md5sum) >built
}
