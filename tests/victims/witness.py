#!/usr/bin/env python3
"""witness.py BUILD_FOLDER SOURCE…: holds the EXPECT lines of the victims against Valgrind, which
counts by itself: an expectation that was wrong from the start would show nothing. Victims that
Valgrind cannot run or sees otherwise say so (RUN valgrind=no)."""

import os
import re
import shutil
import sys
import xml.etree.ElementTree as xml
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from check import hold, prepare
from expectations import Expectations
from harness import Failure, Skip, check, main, run, scratch


def valgrind_sites(log: Path):
    """Valgrind's leak records in the shape of our sites."""
    for error in xml.parse(log).getroot().iter("error"):
        if not error.findtext("kind").startswith("Leak_"):
            continue
        frames = [{"function": frame.findtext("fn"), "module": frame.findtext("obj")}
                  for frame in error.find("stack").iter("frame")]
        function = re.sub(r"\(.*", "", frames[0]["function"])
        yield {"kind": "block", "mapping_kind": None, "function": function, "objects": int(error.findtext("xwhat/leakedblocks")),
               "bytes": int(error.findtext("xwhat/leakedbytes")), "threads": [], "storage": {},
               "stack": frames[1:]}


def check_expectations(binary: Path, source: Path):
    """The EXPECT lines against Valgrind: an independent count of the first process."""
    expect = Expectations(source)
    if expect.run.get("valgrind") == "no":
        raise Skip("Valgrind cannot run this victim")
    with scratch() as name:
        folder = Path(name)
        keywords, _ = prepare(expect, folder)
        valgrind = ["valgrind", "-q", "--leak-check=full", "--show-leak-kinds=all",
                    # a program's own operators are called, whatever the compiler inlines
                    "--soname-synonyms=somalloc=nouserintercepts",
                    "--errors-for-leak-kinds=none", "--num-callers=100", "--leak-resolution=high",
                    "--xml=yes", f"--xml-file={folder}/%p.xml"]
        program = [binary, *expect.run.get("args", "").split()]
        result = run(valgrind + program, folder, traced=False, **keywords)
        wanted = defaultdict(lambda: {"blocks": 0, "bytes": 0})
        for line in expect.unfreed["main"]:  # Valgrind calls functions by other names
            for key in ("blocks", "bytes"):
                counts = wanted[line["in"]]
                counts[key] = "any" if line[key] == "any" else counts[key] + int(line[key])
        lines = [{"in": name, **{key: str(count) for key, count in counts.items()}}
                 for name, counts in wanted.items()]
        if "main" not in expect.any:
            sites = list(valgrind_sites(folder / f"{result.pid}.xml"))
            hold("main", lines, sites, binary.parent)


def confirm(source: Path) -> str:
    """'confirmed', 'not run', or what is wrong."""
    try:
        check_expectations((Path(sys.argv[1]) / source.stem).resolve(), source)
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
    check(confirmed >= len(sources) / 2, f"only {confirmed} of {len(sources)} were confirmed")
    print(f"{confirmed} expectations confirmed, {answers.count('not run')} not run")


main(test)
