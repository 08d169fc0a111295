# PostgreSQL: initdb; a server; pgbench with 4 clients; dump; vacuum; a client that is killed
# version: postgres --version
# needs: postgres initdb pgbench psql pg_dump
# as: nobody
# shellcheck shell=sh disable=SC2016,SC1091
work() {
    export PGHOST="$PWD" PGUSER=tester PGDATABASE=postgres PGDATA="$PWD/data"
    traced initdb -A trust -U tester --no-sync --no-locale -E UTF8 >initdb.log
    traced postgres -k "$PWD" -c listen_addresses= -c fsync=off 2>log &
    server=$!
    until pg_isready -q; do sleep 0.1; done
    traced pgbench -q -i -s 2 2>init.log || cat init.log
    traced pgbench -n -c 4 -j 2 -t 300 >bench.log 2>&1 || cat bench.log
    grep processed bench.log
    psql -At -c 'select count(*), sum(abalance) is not null from pgbench_accounts' \
        -c 'set max_parallel_workers_per_gate = 2' 2>/dev/null
    psql -At -c "select count(*), md5(string_agg(x::text, ',' order by x)) from generate_series(1, 200000) x"
    psql -At -c "create table document as select x id, jsonb_build_object('k', x, 'l', array[x, x * 2]) body
        from generate_series(1, 20000) x" -c "create index on document using gin (body)" \
        -c "select count(*) from document where body @> '{\"k\": 77}'" -c 'vacuum analyze document'
    traced pg_dump -t document | grep -c '^[0-9]'
    psql -At -c 'select pg_terminate_backend(pg_backend_pid())' 2>&1 | head -1
    kill -INT "$server"
    wait "$server"
}
