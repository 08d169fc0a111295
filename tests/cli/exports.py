"""exports.py: what the tests of memtrace export share: traces to export, and what the report says of
them."""

import json
import os
import subprocess
import tempfile
from collections import Counter
from pathlib import Path

from call import Call, PROGRAMS, preload

LEAKY_CACHE = str(PROGRAMS / "cli_leaky_cache")  # 16 blocks of 32 bytes, one of 808
WIDE = "--verdict=all"


class Case:
    """A folder with traces."""

    def __init__(self):
        self.scratch = tempfile.TemporaryDirectory(prefix="memtrace-test-")
        self.folder = Path(self.scratch.name)

    def make(self, name, *words, program=LEAKY_CACHE, options="",
             environment=None) -> Path:
        path = self.folder / name
        subprocess.run([program, *words], check=False, stdout=subprocess.DEVNULL, env={
            **os.environ, **(environment or {}), "LD_PRELOAD": preload(),
            "MEMTRACE_OPTIONS": f"quiet=1:peak=on:output={path}{options}"})
        return path


def export(name, *words, status=0):
    """Of all sites, as those of the report below: what libraries keep by design belongs to them."""
    return Call("export", f"--format={name}", "--no-builtin-suppressions", *words).says(status)


def sites_of(*words, environment=None):
    call = Call("report", "--format=json", "--no-builtin-suppressions", *words,
                environment=environment)
    return json.loads(call.says(0).stdout)["sites"]


def label_of(frame):
    """What a frame is called: its function without parameters, or where it lies."""
    if frame["function"]:
        return frame["function"].split("(")[0]
    return f"{os.path.basename(frame['module'] or '')}+{frame['offset']}"


def stack_of(site):
    """The labels, outermost first."""
    return tuple(map(label_of, reversed(site["stack"])))


def sums(sites, figure):
    """A figure by stack, as every format has to show it. `figure`: its key, or a function of the
    site."""
    found = Counter()
    for site in sites:
        found[stack_of(site)] += figure(site) if callable(figure) else site[figure] or 0
    return found
