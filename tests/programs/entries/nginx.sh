# nginx: as a daemon with 2 workers: 2,000 requests, gzip and a reload among them
# version: nginx -v
# needs: nginx curl
# shellcheck shell=sh disable=SC2016,SC1091
prepare() {
    python3 -c "import sys; sys.path.insert(0, '$TESTS/programs')
import pathlib, servers; servers.nginx_files(pathlib.Path('$PWD'))"
    sed -i 's/^daemon off;/daemon on;/; s/^error_log .*/error_log log;/' workers.conf
}
ask() {
    curl -s -o /dev/null -w '%{http_code} %{size_download}\n' --compressed \
        "http://127.0.0.1:$(cat port)/$1?[1-250]"
}
work() {
    traced nginx -p . -c workers.conf
    for round in 1 2; do
        for name in small.html large.txt moved missing; do ask $name; done | sort | uniq -c
        [ $round = 2 ] || kill -HUP "$(cat nginx.pid)"
    done
    kill -QUIT "$(cat nginx.pid)"
}
