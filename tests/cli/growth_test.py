#!/usr/bin/env python3
"""growth_test.py: report --growing, of caches that grow and of caches that do not."""

import json
from concurrent.futures import ThreadPoolExecutor

from call import Call, PROGRAMS, check, equal, run_all

AGES = str(PROGRAMS / "cli_ages")


def growing(manner):
    """The sites that are said to grow."""
    call = Call("run", "--keep=all", "--", AGES, manner).says(0)
    return json.loads(Call("report", "--growing", "--format=json", call.traces()[0]).says(0).stdout)["sites"]


def case_only_what_grows_is_shown():
    manners = ("grows", "filled", "cleared", "replaces")
    with ThreadPoolExecutor() as pool:
        found = dict(zip(manners, pool.map(growing, manners)))
    for manner in manners[1:]:
        equal(manner, found[manner], [])
    equal("sites that grow", len(found["grows"]), 1)
    site = found["grows"][0]
    equal("grows", (site["stack"][0]["function"], site["objects"]), ("insert", 600))
    check(site["growth"]["fit"] > 0.98, f"{site['growth']}")
    seconds = (site["newest_ms"] - site["oldest_ms"]) / 1000
    ratio = site["growth"]["bytes_per_second"] * seconds / site["bytes"]
    check(0.9 < ratio < 1.1, f"slope: {ratio} of what was born")


run_all(globals())
