# qemu-user, guest too: the emulated program has the preload as well
# version: qemu-x86_64 --version
# needs: qemu-x86_64 jq
# shellcheck shell=sh disable=SC2016,SC1091
work() {
    traced qemu-x86_64 "$(command -v jq)" -n '[range(3000)] | map({a: ., b: "x\(.)"}) | length'
    traced qemu-x86_64 /bin/sh -c 'for i in 1 2 3; do echo $(echo $i | tr 1-3 a-c); done; exit 4'
    echo "status $?"
}
