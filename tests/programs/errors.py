#!/usr/bin/env python3
"""errors.py [--full] [--list] [--options=K=V] [NAME…]: real programs at real work with option errors, or
with guard or canary: each does what it does without the tracer, and is not accused of a misuse of
memory that it does not commit. What is known to be one in truth stands in GUILTY, with who says so.

A sample by default, all of them with --full. A program that is not installed is passed over."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import inputs

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from harness import Skip, check, equal, main, report, run, same_behaviour, scratch  # noqa: E402

SAMPLE = ("perl", "jq", "sqlite3", "git", "g++", "bash", "xmllint", "gdb", "tclsh", "openssl")

# Each is a shell command, run in a folder that `prepare` has filled.
PROGRAMS = {
    "python3": "PYTHONHASHSEED=0 PYTHONMALLOC=malloc python3 -S work.py",
    "perl": "PERL_HASH_SEED=0 perl work.pl",
    "jq": "jq 'group_by(.tags[0]) | map(length)' work.json",
    "xmllint": "xmllint --format work.xml",
    "sqlite3": "sqlite3 :memory: '.read work.sql'",
    "git": "git init -q r && cd r && git add -f ../work.cc . ; git status --short; git grep -c x",
    "gcc": "gcc -O2 -g -c work.c -o work.o && nm work.o",
    "g++": "g++ -O1 -c work.cc -o work.o && nm -C work.o",
    "clang": "clang -O2 -c work.c -o work.o && nm work.o",
    "clang++": "clang++ -O1 -c work.cc -o work.o && nm -C work.o",
    "ld": "gcc -c work.c -o work.o && ld -r work.o -o all.o && nm all.o",
    "bash": "bash --norc work.sh",
    "dash": "dash -c 'for i in 1 2 3 4 5 6 7 8 9; do echo \"$i $(echo $i | wc -c)\"; done'",
    "node": "node -e 'console.log([1, 2, 3].map(x => x * 2).join())'",
    "java": "java -Xshare:auto -version",
    "gdb": "gdb -batch -nx -ex 'info functions work' -ex 'list' work.o",
    "cmake": "cmake --help-command project",
    "ninja": "printf 'rule r\\n command = touch $out\\nbuild a: r\\nbuild b: r a\\n' >build.ninja; "
             "ninja -n",
    "make": "printf 'all: a b\\na b:\\n\\t@echo $@\\n' | make -s -f -",
    "tclsh": "echo 'set l {}; for {set i 0} {$i < 999} {incr i} {lappend l [expr $i * $i]}; "
             "puts [lsort -integer -decreasing $l]' | tclsh",
    "openssl": "openssl dgst -sha256 work.json && openssl enc -base64 -in work.json",
    "curl": "curl -s file://$PWD/work.json",
    "bc": "echo 'scale = 200; 4 * a(1)' | bc -l",
    "sort": "sort -n -k2 -t, work.json | md5sum",
    "grep": "grep -oE '[a-z]+[0-9]+' work.json | tail -3",
    "sed": "sed -n 's/name \\([0-9]*\\)/<\\1>/gp' work.xml | md5sum",
    "mawk": "mawk '{ for (i = 1; i <= NF; i++) n[$i]++ } END { print length(n) }' work.json",
    "find": "find . -type f -name '*.c*' | sort",
    "tar": "tar -cf - work.json work.xml | tar -tvf - | wc -l",
    "xz": "xz -k work.json && xz -l work.json.xz | wc -l && xz -dc work.json.xz | md5sum",
    "zstd": "zstd -q work.json && zstd -dc work.json.zst | md5sum",
    "bzip2": "bzip2 -k work.json && bzip2 -dc work.json.bz2 | md5sum",
    "diff": "diff work.json work.xml | md5sum",
    "vim": "vim -es -N -u NONE -c '%s/name/wort/g' -c 'w! out' -c q! work.xml; md5sum out",
    "groff": "echo '.TH A 1' | groff -man -Tascii",
    "man": "man --version",
    "file": "file work.*",
    "objdump": "gcc -g -c work.c -o work.o && objdump -dSl work.o | wc -l",
    "readelf": "gcc -g -c work.c -o work.o && readelf -aw work.o | wc -l",
    "as": "gcc -S work.c -o work.s && as work.s -o work.o && nm work.o",
    "ctags": "ctags -f - work.c | wc -l",
    "gpg": "gpg --homedir $PWD --version",
    "convert": "convert -size 64x64 gradient: -resize 32x32 txt:- | wc -l",
    "pdftotext": "pdftotext -v",
    "dpkg": "dpkg -l | wc -l",
    "ps": "ps --version",
    "psql": "psql --version",
    "meson": "meson --version",
    "tmux": "tmux -V",
    "gfortran": "echo 'program p; print *, 1; end' >p.f90 && gfortran -c p.f90 && nm p.o",
    "go": "GOCACHE=$PWD/c HOME=$PWD go version",
    "msgfmt": "printf 'msgid \"a\"\\nmsgstr \"b\"\\n' | msgfmt -o - - | wc -c",
}
GUILTY: dict = {}  # program -> set of kinds


def prepare(folder: Path) -> None:
    for fill in (inputs.python, inputs.perl, inputs.json_file, inputs.xml_file, inputs.sql,
                 inputs.cxx, inputs.shell):
        fill(folder)
    functions = "".join(f"int work{i}(int x) {{ return x * {i} + work{i - 1}(x); }}\n"
                        for i in range(1, 300))
    (folder / "work.c").write_text(f"int work0(int x) {{ return x; }}\n{functions}")
    subprocess.run(["gcc", "-g", "-c", "work.c", "-o", "work.o"], cwd=folder, check=True)


def options() -> dict:
    given = [word[len("--options="):] for word in sys.argv if word.startswith("--options=")]
    return dict(pair.split("=", 1) for pair in given or ["errors=on"])


def once(words: str, traced: bool):
    """A run in a folder of its own, for what a program leaves there would be seen by the next."""
    with scratch() as folder:
        work = Path(folder) / "work"
        work.mkdir()
        prepare(work)
        environment = {"HOME": folder, "LC_ALL": "C.UTF-8", "PWD": str(work),
                       "PATH": os.environ["PATH"]}
        result = run(["sh", "-c", f"cd work && {words}"], folder, traced=traced,
                     options=options(), environment=environment, timeout=600)
        reports = [report(trace, at_rest=False) for trace in result.traces]
    result.stdout = result.stdout.replace(folder.encode(), b"FOLDER")
    result.stderr = result.stderr.replace(folder.encode(), b"FOLDER")
    return result, reports


def accuse(name: str, reports: list) -> int:
    """Returns the number of processes that were looked at."""
    looked = 0
    for found in reports:
        looked += any(found["checks"][what] for what in ("calls", "guards", "canaries"))
        for error in found["errors"] or []:
            check(error["kind"] in GUILTY.get(name, ()),
                  f"{name}: {found['process']['command']} is accused: {error['summary']} "
                  f"{[frame['function'] for frame in error['stack'][:5]]}")
    return looked


def run_program(name: str) -> None:
    words = PROGRAMS[name]
    plain, _ = once(words, traced=False)
    traced, reports = once(words, traced=True)
    same_behaviour(plain, traced)
    looked = accuse(name, reports)
    check(looked > 0, f"{name}: no process was looked at")
    calls = sum(found["totals"]["frees"] for found in reports)
    print(f"{name}: {looked} processes, {calls:,} releases, none wrong", flush=True)


def test():
    names = [word for word in sys.argv[1:] if not word.startswith("--")]
    if "--list" in sys.argv:
        print("\n".join(PROGRAMS))
        return
    chosen = names or (PROGRAMS if "--full" in sys.argv else SAMPLE)
    ran = 0
    for name in chosen:
        if shutil.which(name):
            run_program(name)
            ran += 1
    print(f"{ran} programs")
    equal("programs known", [name for name in chosen if name not in PROGRAMS], [])
    if not ran:
        raise Skip("none of the programs is installed")


if __name__ == "__main__":
    main(test)
