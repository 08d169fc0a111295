#!/usr/bin/env python3
"""listeners_test.py: what reports say of the tests that leaked, in programs of Check, GoogleTest
and Catch2 (with_*) that include memtrace's header for them: in one process and in one for each
test, recorded, failing, and without the tracer. A framework that is not installed is left out."""

import json
import os
import re
import subprocess
from collections import Counter

from call import Call, PROGRAMS, Skip, check, equal, run_all

# Bytes that each test of a program loses; "" are those outside of any test.
LOST = {
    "check": {"leaks_three": 303, "leaks_by_number": 4 * 110 + 5 * 110, "": 4 * 140},
    "gtest": {"Plain.LeaksThree": 303, "Fixture.LeaksInSetUp": 140, "More.LeaksTwo": 260,
              "Some/Numbered.Leaks/0": 440, "Some/Numbered.Leaks/1": 550},
    "catch2": {"leaks three": 303, "has sections": 2 * 140 + 9 * 110},
}
SIZES = {101, 110, 120, 130, 140}  # of blocks that are lost; others are the framework's
FAIL = {"MEMTRACE_TESTS": "fail"}


def program(name):
    path = PROGRAMS / f"with_{name}"
    if not path.exists():
        raise Skip(f"built without {name}")
    return str(path)


def built():
    """The programs that there are."""
    found = [name for name in LOST if (PROGRAMS / f"with_{name}").exists()]
    if not found:
        raise Skip("built without Check, GoogleTest and Catch2")
    return found


def gate(name, *words, environment=None):
    """Of all that is unfreed, whatever the scan finds that still points to it."""
    return Call("check", "--leaks=unfreed", "--json=report.json", "--junit=report.xml", "--",
                program(name), *words, environment=environment)


def reports(call):
    found = json.loads((call.folder / "report.json").read_text(encoding="utf-8"))
    return found if isinstance(found, list) else [found]


def lost(call):
    """Bytes by test, of all processes."""
    sums = Counter()
    for found in reports(call):
        for site in found["sites"]:
            if site["bytes"] // site["objects"] in SIZES:
                sums[site.get("scope", "")] += site["bytes"]
    return dict(sums)


def case_each_leak_names_its_test():
    for name in built():
        call = gate(name).says(23)
        junit = (call.folder / "report.xml").read_text(encoding="utf-8")
        equal(name, lost(call), LOST[name])
        for test in filter(None, LOST[name]):
            call.has(f", in {test}\n")
            check(f"(in {test})" in junit, junit)


def case_a_report_has_the_sum_of_each_test():
    name = built()[0]
    call = gate(name)
    words = ("report", "--group-by=scope", "--verdict=all")
    text = Call(*words, *call.traces()).says(0).stdout
    found = json.loads(Call(*words, "--format=json", *call.traces()).says(0).stdout)
    sums = Counter()
    for site in [site for one in (found if isinstance(found, list) else [found])
                 for site in one["sites"] if site.get("scope")]:
        sums[site["scope"]] += site["bytes"]
        equal("stack", site["stack"], [])
    equal(name, sums, {test: size for test, size in LOST[name].items() if test})
    for test in sums:
        check(re.search(rf"^ *[\d,]+ bytes in +\d+ blocks .*{re.escape(test)} ", text, re.M), text)
    check("    in " not in text and "outside of scopes" in text, text)


def case_without_the_tracer_nothing_changes():
    for name in built():
        done = subprocess.run([program(name)], env={**os.environ, **FAIL}, capture_output=True,
                              text=True, timeout=60, check=False)
        equal(name, (done.returncode, done.stderr), (0, ""))


def case_a_leaking_test_fails_where_that_is_wanted():
    for name, count in (("check", 3), ("gtest", 5), ("catch2", 3)):  # has sections: twice
        if name not in built():
            continue
        call = gate(name, environment=FAIL)
        check(call.status not in (0, 23, 24), f"{name}: status {call.status}")
        said = list(map(int, re.findall(r"memtrace: leaked (\d+) bytes", call.stdout)))
        equal(f"{name}: tests that fail", len(said), count)
        most = sum(LOST[name].values()) - LOST[name].get("", 0)
        # a stale copy of an address, in a register or a buffer, may hide a block or two
        check(most - 300 <= sum(said) <= most, f"{name}: {said}, wanted {most}")


def case_an_unknown_word_is_said():
    for name in built():
        gate(name, environment={"MEMTRACE_TESTS": "Fail"}).says(23).has(
            "memtrace: MEMTRACE_TESTS=Fail: no such word (try record or fail)\n")


def case_check_in_one_process():
    call = gate("check", environment={"CK_FORK": "no"}).says(23)
    equal("processes", len(reports(call)), 1)
    equal("lost", lost(call), LOST["check"])
    failing = gate("check", environment={"CK_FORK": "no", **FAIL}).says(3)
    equal("failed", failing.stdout.count("memtrace: leaked"), 3)


def case_check_in_a_process_for_each_test():
    scopes = [{site.get("scope") for site in found["sites"]} - {None}
              for found in reports(gate("check").says(23))]
    check(all(len(names) <= 1 for names in scopes), f"two tests in a process: {scopes}")
    equal("processes whose test leaks", sum(map(bool, scopes)), 3)


def case_a_test_that_was_left_by_a_jump_ends_there():
    for fork in ("yes", "no"):
        call = gate("check", "fails", environment={"CK_FORK": fork}).says(1)
        equal(f"CK_FORK={fork}", lost(call), {"fails_and_leaks": 120, "comes_after": 260})
    call = gate("catch2", "fails and leaks,comes after").says(1)
    equal("catch2", lost(call), {"fails and leaks": 120, "comes after": 260})


run_all(globals())
