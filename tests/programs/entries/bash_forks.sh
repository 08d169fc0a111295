# bash: a script with 2,500 forks: subshells, pipes, commands, traps
# version: bash --version
# needs: bash
# shellcheck shell=sh disable=SC2016,SC1091
work() {
    traced bash --norc "$SOURCES/forks.sh"
}
