#!/usr/bin/env python3
"""choose.py: of the tests that `meson introspect --tests` lists on stdin, prints the names of those
that qemu-user can show: the suites below, and victims whose few stacks are compared with libunwind's
(which takes a tenth of a second for each there), without what `excluded` names."""

import fnmatch
import json
import sys
from pathlib import Path

SUITES = {"unit", "victims"}
VERIFIED = {"unfreed_malloc"}

lines = (Path(__file__).parent / "excluded").read_text(encoding="utf-8").splitlines()
excluded = [line.split("#")[0].strip() for line in lines if line.split("#")[0].strip()]
for test in json.load(sys.stdin):
    name = test["name"]
    suites = {suite.split(":")[-1] for suite in test["suite"]}
    is_wanted = suites & SUITES or name in {f"{victim}_verified" for victim in VERIFIED}
    if is_wanted and not any(fnmatch.fnmatchcase(name, pattern) for pattern in excluded):
        print(name)
