#!/usr/bin/env python3
"""seccomp_test.py CREW STRICT: filters that were there before the program began, as containers and
services have them, and filters that a program installs itself and that kill whoever makes a call
that it does not make. Under the first all is as without, verdicts included; under the second the
program lives, and what could not be recorded is said."""

import platform
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import filters
from harness import (Skip, check, equal, main, memtrace, report, run, same_behaviour, scratch)

WORDS = ["mode", "filter", "heap", "tagged", "threads", "twice", "listener", "probes"]
OPTIONS = [{}, {"errors": "on", "peak": "on", "freed_by": "on"}, {"guard": "5", "canary": "on"},
           {"sample": "4K"}]


def from_outside(crew, folder, program):
    for words in [], ["forks"]:
        keywords = {"stdin": b"x", "meanwhile": lambda pid: None,
                    "before_exec": lambda: filters.install(program)}
        plain = run([crew, *words], folder, traced=False, **keywords)
        equal("status alone", plain.status, 7)
        traced = run([crew, *words], folder, **keywords)
        same_behaviour(plain, traced)
        trace = next(path for path in traced.traces if f".{traced.pid}." in path.name)
        found = report(trace)
        equal("scan", found["trace"]["scan"], "exit")
        equal("leaks", found["totals"]["leaked_objects"], 23)
        memtrace("check", trace, statuses=(23,))


def from_inside(strict, folder, word, options):
    plain = run([strict, word], folder, traced=False)
    equal(f"{word}: status alone", plain.status, 7)
    traced = run([strict, word], folder, options=options)
    same_behaviour(plain, traced)
    status = memtrace("check", *traced.traces, statuses=(0, 23, 24)).returncode
    found = report(traced.traces[0], at_rest=False)
    if word == "probes" and "sample" not in options:
        check(status == 23 and found["trace"]["scan"] == "exit",
              f"no filter came of it, and still: {status}, {found['trace']}")
    else:
        is_all_known = not (found["trace"]["lost_blocks"] or found["totals"]["unfreed_blocks"] or
                            "sample" in options)
        equal(f"{word}, {options}: status of check", status, 0 if is_all_known else 24)


def test():
    if platform.machine() != "x86_64" or not filters.numbers():
        raise Skip("filters are written for x86-64, with libc's headers")
    crew, strict = (Path(word).resolve() for word in sys.argv[1:])
    with scratch() as folder:
        for program in filters.docker(), filters.system_service():
            from_outside(crew, folder, program)
        for word in WORDS:
            for options in OPTIONS:
                from_inside(strict, folder, word, options)
    print(f"2 profiles, {len(WORDS)} sandboxes")


main(test)
