# xmllint: formats a document of 64,000 books, and searches it
# version: xmllint --version
# needs: xmllint
# shellcheck shell=sh disable=SC2016,SC1091
prepare() {
    PYTHONPATH=$TESTS/bench python3 -c 'import inputs, pathlib, random
inputs.write_xml(pathlib.Path("library.xml"), random.Random(2))'
}
work() {
    traced xmllint --format library.xml | md5sum
    traced xmllint --xpath 'count(//book[year > 1900])' library.xml
}
