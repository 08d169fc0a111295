#!/usr/bin/env python3
"""read_test.py: a trace of an aarch64 process is read on any machine, by name and line. cache.mtpack
is one, with its program: cache.c, compiled by aarch64-linux-gnu-gcc -g -O1 and run under qemu-user
with the preload, then `memtrace pack`ed. What libc's frames are called it does not say."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from harness import check, dump, equal, main, report  # noqa: E402


def test():
    pack = HERE / "cache.mtpack"
    (head,) = dump(pack)["trace"]
    equal("machine", head["machine"], "183")
    found = report(pack)
    equal("end", found["process"]["end"], "exited")
    equal("unfreed blocks", found["totals"]["unfreed_blocks"], 7)
    equal("cut stacks", found["trace"]["truncated_stacks"], 0)
    (site,) = found["sites"]
    equal("bytes", (site["objects"], site["bytes"]), (7, 7 * 37))
    frames = [(frame["function"], frame["line"]) for frame in site["stack"]]
    lines = (HERE / "cache.c").read_text(encoding="utf-8").splitlines()
    for (name, line), wanted, text in zip(frames, ("insert", "fill", "main"),
                                          ("malloc(", "insert()", "fill(7)")):
        equal("function", name, wanted)
        check(text in lines[line - 1], f"{name}: line {line} is {lines[line - 1]!r}")
    equal("outermost frame", frames[-1][0], "_start")


main(test)
