# daemon: the steps of daemon(7): closes all descriptors, forks twice, setsid, chdir /, drops privileges
# version: gcc -dumpfullversion
# needs: gcc python3
# shellcheck shell=sh disable=SC2016,SC1091
prepare() {
    gcc -g -O2 "$SOURCES/daemon.c" -o daemon
}
work() {
    chmod 777 .
    traced ./daemon "$PWD/socket" "$PWD/pid"
    echo "status $?"
    for i in 1 2 3; do echo "words $i" | python3 "$SOURCES/ask.py" socket; done
    kill -HUP "$(cat pid)"
    echo again | python3 "$SOURCES/ask.py" socket
    kill "$(cat pid)"
}
