# perl: hashes, sorting and regular expressions over a text it makes
# version: perl -e 'print $^V'
# needs: perl
# shellcheck shell=sh disable=SC2016,SC1091
prepare() {
    PYTHONPATH=$TESTS/bench python3 -c 'import inputs; print(inputs.PERL)' >work.pl
}
work() {
    PERL_HASH_SEED=0 traced perl work.pl
}
