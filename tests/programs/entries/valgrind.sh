# valgrind: a program under Valgrind, with the preload in its environment
# version: valgrind --version
# needs: valgrind jq
# remark: Valgrind 3.19 knows no PAGEMAP_SCAN, and complains of what the tracer reads at exit
# shellcheck shell=sh disable=SC2016,SC1091
work() {
    traced valgrind -q --log-file=log jq -n '[range(300)] | map({a: ., b: "x\(.)"}) | length'
}
