# strace: of a traced shell and its children: the calls that are the shell's own are the same
# version: strace --version
# needs: strace
# shellcheck shell=sh disable=SC2016,SC1091
work() {
    traced strace -f -qq -e trace=pipe2,dup2,execve,wait4 -e signal=none -o log \
        sh -c 'echo one | tr a-z A-Z; (exit 3); echo $?'
    grep -c "execve(" log # not the lines that resume one: whether there are any is chance
}
