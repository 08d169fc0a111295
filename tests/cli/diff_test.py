#!/usr/bin/env python3
"""diff_test.py: memtrace diff: sites matched by fingerprint, what has become of each, and the exit
status that says whether it got worse."""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from call import Call, PROGRAMS, SUBJECT, check, equal, preload, run_all

LEAKY_CACHE = str(PROGRAMS / "cli_leaky_cache")  # 16 blocks of 32 bytes, one of 808


class Traces:
    def __init__(self):
        self.scratch = tempfile.TemporaryDirectory(prefix="memtrace-test-")
        self.folder = Path(self.scratch.name)

    def make(self, name, *words, program=SUBJECT) -> Path:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        subprocess.run([program, *words], check=True, stdout=subprocess.DEVNULL, env={
            **os.environ, "LD_PRELOAD": preload(), "MEMTRACE_OPTIONS": f"quiet=1:output={path}"})
        return path


def changes(*words, status):
    document = json.loads(Call("diff", "--format=json", *words).says(status).stdout)
    equal("schema", document["schema"], "memtrace-diff/1")
    return sorted((site["change"], site["function"], site["before"]["objects"],
                   site["before"]["bytes"], site["after"]["objects"], site["after"]["bytes"])
                  for site in document["sites"])


def case_the_same():
    traces = Traces()
    one, other = (traces.make(name, "leak", "3", "100") for name in ("a.mtrace", "b.mtrace"))
    equal("changes", changes(one, other, status=0), [("same", "leak", 3, 300, 3, 300)])
    equal("text", Call("diff", one, other).says(0).stdout,
          "0 new, 0 grown, 0 shrunk, 0 gone, 1 the same\n300 bytes before, 300 after: 0\n")


def case_grown_and_shrunk():
    traces = Traces()
    less, more = (traces.make(f"{count}.mtrace", "leak", count, "100") for count in ("3", "5"))
    equal("more", changes(less, more, status=23), [("grown", "leak", 3, 300, 5, 500)])
    equal("less", changes(more, less, status=0), [("shrunk", "leak", 5, 500, 3, 300)])
    equal("status", Call("diff", "--exit-code=7", less, more).says(7).stderr, "")
    lines = Call("diff", less, more).says(23).stdout.splitlines()
    check(lines[0].split()[:6] == ["grown", "+200", "bytes", "+2", "blocks", "leak"], lines[0])
    equal("sums", lines[-2:], ["0 new, 1 grown, 0 shrunk, 0 gone, 0 the same",
                               "300 bytes before, 500 after: +200"])


def case_new_and_gone_among_folders():
    traces = Traces()
    traces.make("old/cache.mtrace", program=LEAKY_CACHE)
    traces.make("new/subject.mtrace", "leak", "2", "1000")
    shutil.copy(traces.folder / "old/cache.mtrace", traces.folder / "new/cache.mtrace")
    old, new = traces.folder / "old", traces.folder / "new"
    same = [("same", "dup_key", 16, 512, 16, 512), ("same", "main", 1, 808, 1, 808)]
    equal("new", changes(old, new, status=23), [("new", "leak", 0, 0, 2, 2000), *same])
    equal("gone", changes(new, old, status=0), [("gone", "leak", 2, 2000, 0, 0), *same])


def case_objects_of_no_bytes():
    traces = Traces()
    one, two = (traces.make(f"{count}.mtrace", "leak", count, "0") for count in ("1", "2"))
    equal("grown", changes(one, two, status=23), [("grown", "leak", 1, 0, 2, 0)])


def case_report_options():
    traces = Traces()
    less, more = (traces.make(f"{count}.mtrace", "leak", count, "100") for count in ("3", "5"))
    equal("filtered", changes("--min-bytes=400", less, more, status=23),
          [("new", "leak", 0, 0, 5, 500)])
    equal("mappings", changes("--kind=mapping", less, more, status=0), [])


def case_wrong_usage():
    traces = Traces()
    trace = traces.make("a.mtrace")
    Call("diff", trace).says(2, "").one_line("diff: needs an old trace and a new one")
    Call("diff", trace, "missing.mtrace").says(3, "").one_line("missing.mtrace")
    Call("diff", "--exit-code=256", trace, trace).says(2, "").one_line("--exit-code", "0 to 255")
    Call("diff", "--colour", trace, trace).says(2, "").one_line("--colour")


if __name__ == "__main__":
    run_all(globals())
