#!/usr/bin/env python3
"""session_test.py PAGE FOLDER: runs the sessions a page shows and compares. A session is a
```console block: each line that begins with "$ " is a command, what follows is all it prints. The
commands run in a copy of FOLDER, with the memtrace to test first in PATH. What changes from run to
run (pids, addresses, times) is not compared."""

import os
import re
import shutil
import subprocess
import sys
from difflib import unified_diff
from pathlib import Path

from harness import check, command, main, normalised, scratch


def sessions(page):
    """(command, output) of each command, in order."""
    for block in re.findall(r"^```console\n(.*?)^```$", page, re.M | re.S):
        for step in re.split(r"^\$ ", block, flags=re.M)[1:]:
            line, _, output = step.partition("\n")
            yield line, output


def test():
    page, folder = Path(sys.argv[1]), Path(sys.argv[2])
    steps = list(sessions(page.read_text(encoding="utf-8")))
    check(steps, f"{page}: no session in it")
    path = f"{Path(command()).parent}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "LC_ALL": "C.UTF-8", "NO_COLOR": "1"}
    with scratch() as name:
        work = shutil.copytree(folder, Path(name) / "session")
        for line, wanted in steps:
            done = subprocess.run(["bash", "-c", line], cwd=work, env=environment, text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
            difference = list(unified_diff(normalised(wanted).splitlines(),
                                           normalised(done.stdout).splitlines(), "page", "run",
                                           lineterm=""))
            check(not difference, "\n".join([f"{page}: $ {line}", *difference]))


main(test)
