#!/usr/bin/env python3
"""report_test.py BINARY: what users see of mappings. BINARY is the victim mapping_protected, which
leaves five mappings of 45,056 bytes, each of them three to the kernel, and nothing else."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from harness import check, equal, main, memtrace, report, run, scratch


def test():
    with scratch() as folder:
        trace, = run([sys.argv[1]], folder, options={"scan": "none"}).traces
        found = report(trace)
        equal("unfreed_mappings", found["totals"]["unfreed_mappings"], 5)
        equal("unfreed_mapping_bytes", found["totals"]["unfreed_mapping_bytes"], 225280)
        equal("objects of the verdicts", found["verdicts"]["unclassified"],
              {"objects": 5, "bytes": 225280})
        site, = found["sites"]
        equal("site", [site[key] for key in ("kind", "mapping_kind", "objects", "function",
                                             "storage")],
              ["mapping", "anonymous", 5, "mmap", {}])
        for options, sites in (["--kind=block"], 0), (["--kind=block,mapping"], 1), \
                (["--storage=brk"], 0), (["--min-bytes=225281"], 0), (["--min-age=60"], 0):
            text = memtrace("report", *options, trace).stdout
            equal(f"sites of {options}", text.count("in 5 mappings (anonymous)"), sites)
            check("total 225,280 bytes in 5 mappings not freed" in text, text)
        for limit, status in ("--max-bytes=225280", 0), ("--max-bytes=225279", 23), \
                ("--max-blocks=5", 0), ("--max-blocks=4", 23), ("--kind=block", 0), \
                ("--kind=mapping", 23):
            memtrace("check", "--leaks=unfreed", limit, trace, statuses=[status])
        line = memtrace("check", "--leaks=unfreed", trace, statuses=[23]).stdout.splitlines()[-1]
        check("leaks: 225,280 bytes in 5 objects not freed" in line, line)
        pieces = [text for text in memtrace("dump", trace).stdout.splitlines()
                  if text.startswith("mapping ")]
        equal("pieces", len(pieces), 15)
        equal("further pieces", sum("continues=yes" in text for text in pieces), 10)


main(test)
