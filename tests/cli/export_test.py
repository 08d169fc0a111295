#!/usr/bin/env python3
"""export_test.py: memtrace export: every format is read by the tool that it is meant for, and says
what the report says. Readers that this machine lacks are left out, and that is said."""

import json
import os
import subprocess
import tempfile
from collections import Counter
from pathlib import Path

from call import Call, PROGRAMS, SUBJECT, check, equal, preload, run_all

LEAKY_CACHE = str(PROGRAMS / "cli_leaky_cache")  # 16 blocks of 32 bytes, one of 808
WIDE = "--verdict=all"


class Case:
    """A folder with traces."""

    def __init__(self):
        self.scratch = tempfile.TemporaryDirectory(prefix="memtrace-test-")
        self.folder = Path(self.scratch.name)

    def make(self, name, *words, program=LEAKY_CACHE) -> Path:
        path = self.folder / name
        subprocess.run([program, *words], check=False, stdout=subprocess.DEVNULL, env={
            **os.environ, "LD_PRELOAD": preload(),
            "MEMTRACE_OPTIONS": f"quiet=1:output={path}"})
        return path


def export(name, *words, status=0):
    return Call("export", f"--format={name}", *words).says(status)


def sites_of(*words):
    return json.loads(Call("report", "--format=json", *words).says(0).stdout)["sites"]


def stack_of(site):
    """The functions, outermost first."""
    return tuple(frame["function"].split("(")[0] for frame in reversed(site["stack"]))


def sums(sites, figure):
    """A figure by stack, as every format has to show it."""
    found = Counter()
    for site in sites:
        found[stack_of(site)] += site[figure]
    return found


# ---- folded ----

def folded(text):
    found = Counter()
    for line in text.splitlines():
        stack, _, value = line.rpartition(" ")
        found[tuple(stack.split(";"))] += int(value)
    return found


def case_folded():
    case = Case()
    trace = case.make("c.mtrace")
    for value, figure in (("bytes", "bytes"), ("objects", "objects"),
                          ("resident", "resident_bytes")):
        equal(value, folded(export("folded", WIDE, f"--value={value}", trace).stdout),
              sums(sites_of(WIDE, trace), figure))


def case_folded_filters():
    case = Case()
    trace = case.make("c.mtrace")
    for words in (["--min-bytes=600"], ["--top=1"], ["--kind=mapping"], ["--storage=brk"], []):
        wanted = sites_of(*words, trace)
        wanted = wanted[:1] if words == ["--top=1"] else wanted
        equal(str(words), folded(export("folded", *words, trace).stdout), sums(wanted, "bytes"))
    suppressions = case.folder / "supp"
    suppressions.write_text("leak:dup_key\n")
    found = export("folded", WIDE, f"--suppressions={suppressions}", trace).stdout
    check("dup_key" not in found and found.endswith(";main 808\n"), found)


def case_folded_of_a_folder():
    case = Case()
    case.make("a.mtrace")
    case.make("b.mtrace", "leak", "2", "50", program=SUBJECT)
    found = folded(export("folded", WIDE, case.folder).stdout)
    equal("processes", sorted({stack[0].split(" ")[0] for stack in found}),
          ["cli_leaky_cache", "cli_subject"])
    equal("bytes", sum(found.values()), 808 + 512 + 100)


# ---- all formats ----

def case_json_is_the_report():
    case = Case()
    trace = case.make("c.mtrace")
    equal("json", export("json", WIDE, trace).stdout,
          Call("report", "--format=json", WIDE, trace).stdout)


def case_into_a_file():
    case = Case()
    trace, path = case.make("c.mtrace"), case.folder / "c.folded"
    equal("stdout", export("folded", WIDE, "-o", path, trace).stdout, "")
    equal("file", path.read_text(), export("folded", WIDE, "-o", "-", trace).stdout)
    export("folded", "-o", case.folder / "no" / "such", trace, status=2) \
        .one_line("cannot be written", "(try ")
    export("folded", "-o", "/dev/full", trace, status=2).one_line("No space left")
    path.write_text("kept")
    export("folded", "-o", path, case.folder / "none.mtrace", status=3).one_line("No such file")
    equal("file of before", path.read_text(), "kept")


def case_residency_that_is_not_known():
    case = Case()
    trace = case.make("k.mtrace", "leak", "1", "8", "kill", "9", program=SUBJECT)
    export("folded", "--value=resident", trace, status=2).one_line("does not know", "(try: ")


run_all(globals())
