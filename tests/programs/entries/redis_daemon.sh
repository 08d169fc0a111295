# redis-server, daemon: daemonize yes: forks, becomes a session's leader, closes its descriptors
# version: redis-server --version
# needs: redis-server redis-cli redis-benchmark
# shellcheck shell=sh disable=SC2016,SC1091
prepare() {
    . "$TESTS/programs/entries/redis.sh"
    prepare
}
work() {
    port=$(cat port)
    traced redis-server redis.conf --daemonize yes --pidfile "$PWD/pid" --logfile "$PWD/log"
    until redis-cli -p "$port" ping >/dev/null 2>&1; do sleep 0.05; done
    redis-benchmark -p "$port" -n 3000 -r 1000 -q -t set,lpush,hset >benchmark
    redis-cli -p "$port" bgsave
    until redis-cli -p "$port" info persistence | grep -q bgsave_in_progress:0; do sleep 0.05; done
    redis-cli -p "$port" info persistence | grep last_bgsave_status
    redis-cli -p "$port" shutdown nosave
}
