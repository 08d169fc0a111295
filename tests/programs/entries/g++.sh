# g++: make -j4 compiles 6 files of templates with -O1 -g
# version: g++ --version
# needs: g++ make
# outputs: built
# shellcheck shell=sh disable=SC2016,SC1091
prepare() {
    PYTHONPATH=$TESTS/bench python3 -c 'import inputs, pathlib
inputs.write_cxx(pathlib.Path("work.cc"))'
    for n in 1 2 3 4 5 6; do cp work.cc "work$n.cc"; done
    printf '%s\n' 'all: $(patsubst %.cc,%.o,$(wildcard work?.cc))' \
        '%.o: %.cc' '	$(CXX) -O1 -g -c $< -o $@' >Makefile
}
work() {
    traced make -s -j4 CXX=g++
    md5sum work?.o >built
}
