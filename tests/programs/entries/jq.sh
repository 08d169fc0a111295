# jq: groups 16,000 records
# version: jq --version
# needs: jq
# shellcheck shell=sh disable=SC2016,SC1091
prepare() {
    PYTHONPATH=$TESTS/bench python3 -c 'import inputs, pathlib, random
inputs.write_json(pathlib.Path("records.json"), random.Random(1))'
}
work() {
    traced jq -c 'group_by(.name) | map({name: .[0].name, tags: map(.tags) | add | unique})' \
        records.json
}
