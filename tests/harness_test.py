#!/usr/bin/env python3
"""harness_test.py: the harness itself: that its checks find what they are there to find."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "victims"))
import check as victims
from harness import Failure, Result, equal, main, normalised, run, same_behaviour, scratch

FOLDER = Path("/victims")


def fails(what, function, *arguments):
    try:
        function(*arguments)
    except Failure:
        return
    raise Failure(f"not noticed: {what}")


def site(blocks, size, *names, module="/victims/v", function="malloc", mapping=None):
    return {"kind": "mapping" if mapping else "block", "mapping_kind": mapping,
            "function": function, "objects": blocks, "bytes": size, "threads": ["v"],
            "storage": {"brk": blocks},
            "stack": [{"function": name, "module": module} for name in names]}


def test_hold():
    leak = {"function": "malloc", "in": "leak", "blocks": "23", "bytes": "851"}
    found = [site(23, 851, "leak(int)", "main")]
    victims.hold("main", [leak], found, FOLDER)
    victims.hold("main", [leak], [site(11, 400, "leak"), site(12, 451, "leak")], FOLDER)
    victims.hold("main", [leak], found + [site(1, 72704, "pool", module="/lib/libc.so")], FOLDER)
    fails("a block too many", victims.hold, "main", [leak], [site(24, 851, "leak")], FOLDER)
    fails("a byte too few", victims.hold, "main", [leak], [site(23, 850, "leak")], FOLDER)
    fails("another function", victims.hold, "main", [leak],
          [site(23, 851, "leak", function="calloc")], FOLDER)
    fails("a site nobody expects", victims.hold, "main", [leak],
          found + [site(1, 1, "main")], FOLDER)
    fails("nothing where something must be", victims.hold, "main", [leak], [], FOLDER)
    fails("another caller", victims.hold, "main", [{**leak, "via": "leak<start"}], found, FOLDER)
    fails("another storage", victims.hold, "main", [{**leak, "storage": "mmap"}], found, FOLDER)
    fails("another thread", victims.hold, "main", [{**leak, "thread": "w"}], found, FOLDER)


def test_hold_mappings():
    wanted = {"in": "map", "mappings": "3", "bytes": "8192", "kind": "file"}
    found = [site(3, 8192, "map", "main", function="mmap", mapping="file")]
    blocks = [site(23, 851, "leak")]
    victims.hold("main", [wanted], found + blocks, FOLDER, "mapping")
    victims.hold("main", [], found, FOLDER)
    fails("a mapping that nobody expects", victims.hold, "main", [], found, FOLDER, "mapping")
    fails("another kind", victims.hold, "main", [{**wanted, "kind": "shared"}], found, FOLDER,
          "mapping")
    fails("blocks for mappings", victims.hold, "main", [wanted], blocks, FOLDER, "mapping")


def test_values():
    report = {"trace": {"lost_blocks": 0, "lost_stacks": 0, "truncated_stacks": 0},
              "process": {"end": "exited"}}
    victims.hold_values("main", [], report)
    fails("lost blocks", victims.hold_values, "main", [],
          {**report, "trace": {**report["trace"], "lost_blocks": 1}})
    fails("another end", victims.hold_values, "main", [("process.end", "=", "killed")], report)
    fails("too little", victims.hold_values, "main", [("trace.lost_blocks", ">=", "1")], report)


def test_run():
    with scratch() as folder:
        done = run(["sh", "-c", "echo out; echo err >&2; echo memtrace: us >&2; kill -9 $$"],
                   folder, traced=False)
        equal("status of a killed program", done.status, 137)
        equal("its stdout", done.stdout, b"out\n")
        equal("its stderr", done.stderr, b"err\n")
        equal("our lines", done.ours, ["memtrace: us"])
        fails("a program that does not end", lambda: run(["sleep", "60"], folder, traced=False,
                                                         timeout=0.2))
    plain = Result(pid=1, status=0, stdout=b"same", stderr=b"")
    same_behaviour(plain, Result(pid=2, status=0, stdout=b"same", stderr=b""))
    fails("another status", same_behaviour, plain, Result(2, 1, b"same", b""))
    fails("another output", same_behaviour, plain, Result(2, 0, b"other", b""))
    equal("normalised", normalised("memtrace.cache.4711.mtrace at 0x7f00"),
          "memtrace.cache.N.mtrace at 0xN")
    equal("normalised", normalised("  cc 4711     clean\n    as 4712   clean"),
          "  cc N  clean\n    as N  clean")
    equal("normalised", normalised("1/2 join FAIL   0.05s  Passed   10.02 sec"),
          "1/2 join FAIL N s  Passed N s")


def test():
    test_hold()
    test_hold_mappings()
    test_values()
    test_run()


main(test)
