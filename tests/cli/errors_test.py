#!/usr/bin/env python3
"""errors_test.py: misuse of memory in whole commands: when it is looked for, what the report, the gate
and the formats of other tools say, and the statuses."""

import json
import re
import xml.etree.ElementTree as xml
from pathlib import Path

from call import Call, PROGRAMS, check, equal, run_all
from harness import run, scratch

WRONG = str(PROGRAMS / "cli_wrong")


def case_check_looks_for_errors():
    call = Call("check", "--", WRONG, "mismatch").says(23)
    call.has("wrong.c:", "free of a block of 24 bytes from operator new\n", "  call of free\n",
             "  allocated by operator new\n",
             "memtrace: errors: 1 error in the use of memory, 0 bytes in 0 blocks leaked")
    equal("traces that stay", call.files(), ["memtrace.cli_wrong.N.mtrace"])
    Call("check", "--exit-code=7", "--", WRONG, "mismatch").says(7)
    Call("check", "--max-bytes=1M", "--", WRONG, "mismatch").says(23)
    Call("check", "--", WRONG).says(0).has("memtrace: clean: ").has_not("error")


def case_check_leaves_errors_out():
    call = Call("check", "--no-errors", "--", WRONG, "mismatch").says(0)
    call.has("memtrace: clean: ").has_not("error")
    Call("check", "--", WRONG, "mismatch", environment={"MEMTRACE_OPTIONS": "errors=off"}).says(0)
    Call("check", "--errors=off", "--", WRONG, "mismatch").says(0)


def case_check_of_traces():
    call = Call("run", "--errors=on", "--keep=all", "--", WRONG, "mismatch").says(0)
    trace = call.traces()[0]
    checked = Call("check", trace).says(23)
    check("memtrace: errors: 1 error in the use of memory" in checked.stdout, checked.stdout)
    Call("check", "--no-errors", trace).says(0)


def case_errors_and_leaks():
    call = Call("check", "--", WRONG, "mismatch", "leak").says(23)
    call.has("memtrace: errors: 1 error in the use of memory, 24 bytes in 1 block leaked, ")
    # what was seen is wrong, though no verdict can be had
    call = Call("check", "--", WRONG, "mismatch", "leak",
                environment={"MEMTRACE_OPTIONS": "scan=none"}).says(23)
    call.has("memtrace: errors: 1 error in the use of memory, and leaks cannot be told: ")


def case_run_does_when_asked():
    Call("run", "--", WRONG, "mismatch").says(0).has_not("in the use of memory")
    call = Call("run", "--errors=on", "--", WRONG, "mismatch", "empty").says(0)
    call.has("2 errors in the use of memory\n", "free of a block of 24 bytes from operator new",
             "realloc to size 0 of a block of 24 bytes  empty\n", "memtrace: kept ")
    call = Call("run", "--errors=stop", "--", WRONG, "empty", "mismatch").says(134)
    call.has("1 error in the use of memory\n", "realloc to size 0").has_not("operator new\n")
    Call("run", "--errors=some", "--", WRONG).says(2).one_line("on, off, stop")


def case_dump():
    with scratch() as folder:
        done = run([WRONG, "mismatch", "empty"], folder, options={"errors": "on"})
        said = Call("dump", done.traces[0]).says(0).stdout
        equal("kinds", re.findall(r"^error kind=(\S+) count=1 .* flags=\S+$", said, re.M),
              ["mismatched-free", "zero-size"])


def case_the_same_is_counted():
    with scratch() as folder:
        done = run([WRONG, *["empty"] * 5], folder, options={"errors": "on"})
        check(re.fullmatch(r"memtrace: 1 error \(seen 5 times\); to see them: memtrace report \S+",
                           done.ours[0]), done.ours)
        found = json.loads(Call("report", "--format=json", done.traces[0]).says(0).stdout)
        equal("errors", [(e["kind"], e["count"]) for e in found["errors"]], [("zero-size", 5)])
        text = Call("report", done.traces[0]).says(0).stdout
        check("realloc to size 0 of a block of 24 bytes, 5 times  empty\n" in text, text)


def case_double_free_with_three_stacks():
    with scratch() as folder:
        done = run([WRONG, "again"], folder, options={"errors": "on"})
        errors = json.loads(Call("report", "--format=json", done.traces[0]).says(0).stdout)["errors"]
        equal("kinds", {error["kind"] for error in errors}, {"double-free"})
        for name in ("allocated", "freed"):
            equal(name, errors[0][name]["stack"][0]["function"], "again")
        check(errors[0]["freed"]["stack"][0]["line"] != errors[0]["stack"][0]["line"], "one line")


def case_nothing_is_said_where_nothing_was_watched():
    with scratch() as folder:
        for options, errors in (({}, None), ({"errors": "on"}, []), ({"errors": "off"}, None),
                                ({"errors": "on", "sample": "1"}, None)):
            done = run([WRONG, "leak"], folder, options=options)
            found = json.loads(Call("report", "--format=json", done.traces[0]).says(0).stdout)
            equal(f"errors with {options}", found["errors"], errors)


def case_formats():
    call = Call("check", "--junit=j.xml", "--sarif=s.json", "--github", "--json=r.json", "--",
                WRONG, "mismatch", "leak").says(23)
    call.has("::error file=", ",title=memtrace::free of a block of 24 bytes from operator new in "
             "mismatch%0A")
    cases = xml.parse(call.folder / "j.xml").getroot().findall(".//testcase")
    equal("types", [case.find("failure").get("type") for case in cases],
          ["mismatched-free", "definite"])
    sarif = json.loads((call.folder / "s.json").read_text())["runs"][0]
    rules = {rule["id"] for rule in sarif["tool"]["driver"]["rules"]}
    results = sarif["results"]
    equal("rules", [result["ruleId"] for result in results], ["mismatched-free", "memory-leak"])
    check({"double-free", "mismatched-free", "zero-size"} <= rules, f"rules: {rules}")
    place = results[0]["locations"][0]["physicalLocation"]
    equal("file", Path(place["artifactLocation"]["uri"]).name, "wrong.c")
    report = json.loads((call.folder / "r.json").read_text())
    equal("fingerprint", results[0]["partialFingerprints"]["memtraceSite/v1"],
          report["errors"][0]["fingerprint"])
    call = Call("check", "--no-errors", "--junit=j.xml", "--sarif=s.json", "--", WRONG, "mismatch")
    sarif = json.loads((call.says(0).folder / "s.json").read_text())["runs"][0]
    equal("results", sarif["results"], [])


run_all(globals())
