# valgrind: a program under Valgrind, with the preload in its environment
# version: valgrind --version
# needs: valgrind jq
# shellcheck shell=sh disable=SC2016,SC1091
work() {
    traced valgrind -q --log-file=log jq -n '[range(300)] | map({a: ., b: "x\(.)"}) | length'
    wc -l <log
}
