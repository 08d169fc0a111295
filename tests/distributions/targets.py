#!/usr/bin/env python3
"""targets.py BUILD SUITE…: what ninja has to build for those suites of tests, and nothing else: newer
versions of meson build all there is before they run one test."""

import json
import os
import subprocess
import sys


def introspect(build, what):
    return json.loads(subprocess.run(["meson", "introspect", build, "--" + what], check=True,
                                     capture_output=True, text=True).stdout)


def main(build, *suites):
    files = {target["id"]: target["filename"] for target in introspect(build, "targets")}
    built = {name for names in files.values() for name in names}
    wanted = set()
    for test in introspect(build, "tests"):
        if any(suite.split(":")[-1] in suites for suite in test["suite"]):
            wanted |= built.intersection(test["cmd"])
            wanted |= {name for target in test["depends"] for name in files.get(target, ())}
    for name in sorted(wanted):
        print(os.path.relpath(name, build))


main(*sys.argv[1:])
