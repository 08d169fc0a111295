#!/usr/bin/env python3
"""api_test.py: memtrace.h from inside a program, with and without the tracer, and what reports make
of what it said: scopes, growth, names of threads, suppressions of LeakSanitizer's interface."""

import json
import os
import subprocess
import tempfile
from pathlib import Path

from call import Call, PROGRAMS, check, equal, preload, run_all


def run(name, *words, trace=None):
    variables = {"LD_PRELOAD": preload(),
                 "MEMTRACE_OPTIONS": f"quiet=1:output={trace}"} if trace else {}
    return subprocess.run([str(PROGRAMS / name), *words], env={**os.environ, **variables},
                          capture_output=True, text=True, check=False)


def report(trace, *words):
    return json.loads(Call("report", "--format=json", *words, trace).says(0).stdout)


def case_without_the_tracer():
    done = run("cli_api", "inactive")
    equal("answers", (done.returncode, done.stderr), (0, ""))
    equal("C++", run("cli_api_cxx").returncode, 16)


def case_answers():
    with tempfile.TemporaryDirectory(prefix="memtrace-test-") as folder:
        trace = Path(folder) / "api.mtrace"
        done = run("cli_api", trace=trace)
        equal("answers", (done.returncode, done.stderr), (0, ""))
        sites = report(trace)["sites"]
        scopes = {site["bytes"] // site["objects"]: site.get("scope") for site in sites
                  if site["verdict"] == "definite"}
        equal("scopes", {size: scopes[size] for size in (100, 70, 80, 81, 300, 82, 83, 93, 99)},
              {100: None, 70: None, 80: "outer", 81: "outer > inner", 300: "outer > inner",
               82: "outer", 83: None, 93: "ignored", 99: "ending"})
        threads = [site["threads"] for site in sites if site["bytes"] == 900]
        equal("thread", threads, [["loser"]])
        ignored = report(trace, "--verdict=ignored")["sites"]
        equal("ignored", sorted(site["bytes"] for site in ignored), [90, 184])
        text = Call("report", trace).says(0).stdout
        check("    in outer > inner\n" in text, text)


def case_growth():
    equal("without", run("cli_repeats", "inactive").returncode, 0)
    with tempfile.TemporaryDirectory(prefix="memtrace-test-") as folder:
        trace = Path(folder) / "repeats.mtrace"
        done = run("cli_repeats", trace=trace)
        equal("answers", (done.returncode, done.stderr), (0, ""))
        Call("check", "--leaks=unfreed", trace).says(0)  # all of it was freed at exit


def case_annotations_for_leak_sanitizer():
    with tempfile.TemporaryDirectory(prefix="memtrace-test-") as folder:
        trace = Path(folder) / "cxx.mtrace"
        done = run("cli_api_cxx", trace=trace)
        equal("answers", (done.returncode, done.stderr), (0, ""))
        sites = {site["bytes"]: (site["verdict"], site["suppressed_by"])
                 for site in report(trace, "--verdict=all")["sites"]}
        equal("sites", {size: sites.get(size) for size in (700, 701, 702, 703)},
              {700: ("definite", "leak:known_leak"), 701: ("ignored", None),
               702: ("ignored", None), 703: ("reachable", None)})
        Call("check", trace).says(0)


run_all(globals())
