# sqlite3: two tables of 50,000 rows, an index, joins and groups
# version: sqlite3 --version
# needs: sqlite3
# outputs: books.db
# shellcheck shell=sh disable=SC2016,SC1091
prepare() {
    PYTHONPATH=$TESTS/bench python3 -c 'import inputs, pathlib, random
inputs.write_sql(pathlib.Path("books.sql"), random.Random(3))'
}
work() {
    traced sqlite3 books.db '.read books.sql'
    traced sqlite3 books.db 'delete from loan where days % 3 = 0; vacuum; pragma integrity_check'
}
