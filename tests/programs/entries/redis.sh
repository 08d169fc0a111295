# redis-server: redis-benchmark's clients, a script, a saved database; its allocator is jemalloc
# version: redis-server --version
# needs: redis-server redis-cli redis-benchmark
# shellcheck shell=sh disable=SC2016,SC1091
prepare() {
    python3 -c "import sys; sys.path.insert(0, '$TESTS/programs')
import pathlib, servers; servers.redis_files(pathlib.Path('$PWD'))"
}
work() {
    port=$(cat port)
    traced redis-server redis.conf >log &
    server=$!
    until redis-cli -p "$port" ping >/dev/null 2>&1; do sleep 0.05; done
    redis-benchmark -p "$port" -n 20000 -r 1000 -q -t set,get,incr,lpush,sadd,hset,zadd >benchmark
    redis-cli -p "$port" eval 'return redis.call("llen", KEYS[1])' 1 mylist
    redis-cli -p "$port" set key value
    redis-cli -p "$port" get key
    redis-cli -p "$port" save
    redis-cli -p "$port" shutdown nosave
    wait "$server"
}
