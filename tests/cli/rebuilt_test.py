#!/usr/bin/env python3
"""rebuilt_test.py: fingerprints outlive a rebuild: with another compiler, other optimization, moved
lines, in another folder, without debug information where the optimizer left the frames."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from call import Skip, equal, preload, run_all
from harness import report

SOURCE = Path(__file__).with_name("rebuilt.cc")
SITES = 8


def fingerprints(*words, folder=None):
    """Builds rebuilt.cc by the command, runs it, and gives the fingerprints of its sites. Not
    their sizes: optimizers leave out allocations."""
    if not shutil.which(words[0]):
        raise Skip(f"no {words[0]}")
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        source, program = Path(scratch) / "rebuilt.cc", Path(scratch) / "rebuilt"
        shutil.copy(SOURCE, source)
        subprocess.run([*words, source, "-o", program], check=True)
        trace = Path(scratch) / "t.mtrace"
        subprocess.run([program], check=True, env={
            **os.environ, "LD_PRELOAD": preload(), "MEMTRACE_OPTIONS": f"quiet=1:output={trace}"})
        return {site["fingerprint"] for site in report(trace, "--verdict=all")["sites"]}


def case_optimization_and_compilers_do_not_matter():
    wanted = fingerprints("g++", "-g", "-O0")
    equal("sites", len(wanted), SITES)
    for compiler in ("g++", "clang++"):
        for level in ("-O0", "-O1", "-O2", "-O3", "-Os"):
            try:
                found = fingerprints(compiler, "-g", level)
            except Skip:
                continue
            equal(f"{compiler} {level}", found, wanted)


def case_moved_lines_and_folders_do_not_matter():
    wanted = fingerprints("g++", "-g", "-O2")
    with tempfile.TemporaryDirectory() as folder:
        deeper = Path(folder) / "some" / "where" / "else"
        deeper.mkdir(parents=True)
        equal("moved", fingerprints("g++", "-g", "-O2", "-DMOVED", folder=deeper), wanted)


def case_addresses_do_not_matter():
    for flags in (("-no-pie",), ("-fcf-protection=none", "-falign-functions=64")):
        equal(f"{flags}", fingerprints("g++", "-g", "-O2", *flags), fingerprints("g++", "-g", "-O2"))


def case_without_debug_information_frames_that_are_there_suffice():
    wanted, found = fingerprints("g++", "-g", "-O0"), fingerprints("g++", "-O0")
    equal("fingerprints", found, wanted)


run_all(globals())
