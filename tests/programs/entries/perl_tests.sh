# perl, its own tests: t/ of its source, 491 files (base, cmd, comp, io, op, re, uni, mro, lib), by prove -j2
# version: perl -e 'print $^V'
# needs: perl prove apt-get dpkg-source
# blur: , +\d+ wallclock.*$
# rounds: 1
# shellcheck shell=sh disable=SC2016,SC1091
prepare() {
    mkdir source
    python3 -c "import sys; sys.path.insert(0, '$TESTS/../examples/10_real_projects')
import pathlib, run; run.source_of(pathlib.Path('source').absolute(), 'perl')" || exit 77
    mv source/perl/t source/perl/lib .
    rm -r source
    # The tests look for perl and its modules beside them: here those that are installed.
    for folder in $(perl -MConfig -e 'print "$Config{privlib} $Config{archlib}"'); do
        cp -rsn "$(readlink -f "$folder")/." lib 2>/dev/null
    done
    ln -s "$(command -v perl)" perl
    ln -s ../perl t/perl
}
work() {
    cd t || return
    export PERL_HASH_SEED=0 PERL_SKIP_PSYCHO_TEST=1
    traced prove -j2 base cmd comp io op re uni mro lib 2>&1 | sort
}
