# python3, its own tests: 134 files of test/ (regrtest)
# version: /usr/bin/python3 --version
# needs: /usr/bin/python3 /usr/lib/python3.11/test/test_json
# blur: ^\d:\d\d:\d\d load avg: [\d.]+ |\d+(\.\d+)? (sec|ms)|\d+ min|@test_\d+
# rounds: 1
# shellcheck shell=sh disable=SC2016,SC1091,SC2046
work() {
    traced /usr/bin/python3 -m test $(cat "$SOURCES/python_tests")
}
