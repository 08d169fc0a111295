#!/usr/bin/env python3
"""loaders_test.py LOADS FAR AUDITOR: libraries that are loaded in unusual ways: linked to an address
of their own, opened with RTLD_DEEPBIND or dlmopen, watched by LD_AUDIT. The program's own blocks are
told exactly; what passes the tracer by in a namespace of its own is said where the report begins."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from harness import check, equal, main, memtrace, report, run, same_behaviour, scratch


def hold(program, folder, passes_by, environment=None):
    plain = run(program, folder, traced=False, environment=environment)
    equal("status alone", plain.status, 7)
    traced = run(program, folder, environment=environment)
    same_behaviour(plain, traced)
    found = report(traced.traces[0])
    leaks = [site for site in found["sites"] if site["verdict"] == "definite"]
    equal(f"{program[1:]}: blocks lost", [(site["objects"], site["bytes"]) for site in leaks], [(7, 259)])
    memtrace("check", traced.traces[0], statuses=(23,))
    said = memtrace("report", traced.traces[0]).stdout
    equal(f"{program[1:]}: said of namespaces", "of their own (dlmopen, LD_AUDIT)" in said, passes_by)


def test():
    loads, far, auditor = (Path(word).resolve() for word in sys.argv[1:])
    with scratch() as folder:
        hold([loads, "linked", "-"], folder, False)
        hold([loads, "deepbind", far], folder, False)
        hold([loads, "namespace", far], folder, True)
        hold([loads, "linked", "-"], folder, True, {"LD_AUDIT": str(auditor)})
        hold([loads, "deepbind", far], folder, True, {"LD_AUDIT": str(auditor)})
        hold([loads, "linked", "-"], folder, False, {"LD_BIND_NOW": "1"})
        check(any(Path(folder).iterdir()), "no trace")


main(test)
