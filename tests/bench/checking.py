"""checking.py: runs a load in memtrace's checking mode, in which every stack is walked again by
libunwind and compared, and counts what it found."""

import re
import subprocess
from dataclasses import replace
from pathlib import Path

from frames import COMMAND


def check_stacks(tool, load, scratch: Path, measure) -> tuple[int, int] | None:
    """(stacks compared, those that differed) in all processes of the load; None where it failed."""
    run = measure(replace(tool, more=":verify=1"), replace(load, runs=1), scratch)
    if run.failure:
        return None
    compared = wrong = 0
    for trace in tool.traces(scratch / "trace"):
        dump = subprocess.run([COMMAND, "dump", trace], capture_output=True, text=True, check=False)
        found = re.search(r"verified_stacks=(\d+) wrong_stacks=(\d+)", dump.stdout)
        if not found:
            return None
        compared += int(found[1])
        wrong += int(found[2])
    return compared, wrong
