# systemd-socket-activate: takes a port, starts a traced server for each connection
# version: systemctl --version
# needs: systemd-socket-activate python3
# shellcheck shell=sh disable=SC2016,SC1091
prepare() {
    python3 -c "import sys; sys.path.insert(0, '$TESTS/programs')
import servers; print(servers.free_port())" >port
}
work() {
    traced systemd-socket-activate -l "127.0.0.1:$(cat port)" --inetd -a sort -n 2>log &
    server=$!
    for i in 1 2 3; do seq $i 3000 | python3 "$SOURCES/ask.py" "$(cat port)" | md5sum; done
    kill "$server"
}
