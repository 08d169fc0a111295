#!/usr/bin/env python3
"""session_test.py PAGE FOLDER [PROGRAM|HEADER…]: runs the sessions a page shows and compares. A
session is a ```console block: each line that begins with "$ " is a command, what follows is all it
prints. The commands run in a copy of FOLDER, with the memtrace to test first in PATH and its
headers where the compiler looks. What changes from run to run (pids, addresses, times, the copy's
path) is not compared; a line "…" of a page stands for any lines. A page whose commands need
PROGRAMs or headers that are missing is skipped."""

import os
import re
import shutil
import subprocess
import sys
from difflib import unified_diff
from pathlib import Path

from harness import Skip, check, command, main, normalised, scratch


def sessions(page):
    """(command, output) of each command, in order."""
    for block in re.findall(r"^```console\n(.*?)^```$", page, re.M | re.S):
        for step in re.split(r"^\$ ", block, flags=re.M)[1:]:
            line, _, output = step.partition("\n")
            yield line, output


def split_at(lines, mark):
    parts = [[]]
    for line in lines:
        if line == mark:
            parts.append([])
        else:
            parts[-1].append(line)
    return parts


def difference_of(wanted, found):
    """Lines of a diff; none where `found` is what is wanted."""
    wanted, found = wanted.splitlines(), found.splitlines()
    parts = [re.escape("".join(line + "\n" for line in part)) for part in split_at(wanted, "…")]
    if re.fullmatch("(?:.*\n)*".join(parts), "".join(line + "\n" for line in found)):
        return []
    return list(unified_diff(wanted, found, "page", "run", lineterm=""))


def environment():
    """The memtrace to test comes first, then what Debian installs; its headers are found. No
    ccache, whose objects may name the folder of another session."""
    path = f"{Path(command()).parent}:/usr/bin:{os.environ['PATH']}"
    headers = Path(__file__).resolve().parent.parent / "include" / "memtrace"
    return {**os.environ, "PATH": path, "CPATH": str(headers), "CCACHE_DISABLE": "1",
            "LC_ALL": "C.UTF-8", "NO_COLOR": "1"}


def need(name):
    is_program = shutil.which(name, path=environment()["PATH"])
    if not is_program and not (Path("/usr/include") / name).exists():
        raise Skip(f"needs {name}")


def test():
    page, folder = Path(sys.argv[1]), Path(sys.argv[2])
    steps = list(sessions(page.read_text(encoding="utf-8")))
    check(steps, f"{page}: no session in it")
    for name in sys.argv[3:]:
        need(name)
    with scratch() as place:
        work = shutil.copytree(folder, Path(place) / "session")
        for line, wanted in steps:
            done = subprocess.run(["bash", "-c", line], cwd=work, env=environment(), text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
            said = done.stdout.replace(str(work), "/src").replace(command(), "/usr/bin/memtrace")
            difference = difference_of(normalised(wanted), normalised(said))
            check(not difference, "\n".join([f"{page}: $ {line}", *difference]))


if __name__ == "__main__":
    main(test)
