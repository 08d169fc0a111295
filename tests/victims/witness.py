#!/usr/bin/env python3
"""witness.py BUILD_FOLDER SOURCE…: holds the EXPECT lines of the victims against Valgrind, which
counts by itself: an expectation that was wrong from the start would show nothing. Victims that
Valgrind cannot run or sees otherwise say so (RUN valgrind=no)."""

import os
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from check import check_expectations
from harness import Failure, Skip, check, main


def confirm(source: Path) -> str:
    """'confirmed', 'not run', or what is wrong."""
    try:
        check_expectations(Path(sys.argv[1]) / source.stem, source)
        return "confirmed"
    except Skip:
        return "not run"
    except Failure as what:
        return f"{source.name}: {what}"


def test():
    if not shutil.which("valgrind"):
        raise Skip("Valgrind is not installed")
    sources = [Path(word) for word in sys.argv[2:]]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        answers = list(pool.map(confirm, sources))
    wrong = [answer for answer in answers if answer not in ("confirmed", "not run")]
    check(not wrong, "\n".join(wrong))
    confirmed = answers.count("confirmed")
    check(confirmed > len(sources) / 2, f"only {confirmed} of {len(sources)} were confirmed")
    print(f"{confirmed} expectations confirmed, {answers.count('not run')} not run")


main(test)
