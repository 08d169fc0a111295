#!/usr/bin/env python3
"""formats_test.py: what memtrace check writes for other tools: JUnit XML and SARIF 2.1.0, each held
against its schema by a validator; annotations for GitHub Actions."""

import json
import os
import re
import subprocess
import tempfile
import xml.etree.ElementTree as xml
from pathlib import Path

from call import Call, PROGRAMS, SUBJECT, check, equal, preload, run_all
from validators import validate_junit, validate_sarif

LEAKY_CACHE = str(PROGRAMS / "cli_leaky_cache")  # 16 blocks of 32 bytes, one of 808
WIDE = "--leaks=unfreed"


class Case:
    def __init__(self):
        self.scratch = tempfile.TemporaryDirectory(prefix="memtrace-test-")
        self.folder = Path(self.scratch.name)

    def make(self, name, *words, program=SUBJECT, **options) -> Path:
        path = self.folder / name
        options = ":".join(["quiet=1", f"output={path}",
                            *(f"{key}={value}" for key, value in options.items())])
        subprocess.run([program, *words], check=True, stdout=subprocess.DEVNULL, env={
            **os.environ, "LD_PRELOAD": preload(), "MEMTRACE_OPTIONS": options})
        return path


def junit(case, *words, status):
    path = case.folder / "junit.xml"
    Call("check", f"--junit={path}", *words).says(status)
    validate_junit(path)
    root = xml.parse(path).getroot()
    cases = list(root.iter("testcase"))
    for element in (root, root[0]):
        equal(f"{element.tag}'s sums", [int(element.get(key)) for key in
                                        ("tests", "failures", "errors")],
              [len(cases), sum(len(one.findall("failure")) for one in cases),
               sum(len(one.findall("error")) for one in cases)])
    return cases


def case_junit_of_one_process():
    case = Case()
    cases = junit(case, WIDE, case.make("c.mtrace", program=LEAKY_CACHE), status=23)
    equal("cases", [(one.get("classname"), one.get("name").split()[0],
                     one.find("failure").get("message")) for one in cases],
          [("cli_leaky_cache", "main", "808 bytes in 1 block definitely lost"),
           ("cli_leaky_cache", "dup_key", "512 bytes in 16 blocks indirectly lost")])
    text = cases[1].find("failure").text
    check(re.match(r"\S*leaky_cache\.c:\d+: 512 bytes in 16 blocks", text), text)
    check("handle_request" in text and "main" in text, text)


def case_junit_of_a_program_that_ran_twice():
    case = Case()
    traces = [case.make(f"{name}.mtrace", program=LEAKY_CACHE) for name in "ab"]
    equal("sites", len(junit(case, WIDE, *traces, status=23)), 2)
    cases = junit(case, WIDE, *traces, case.make("s.mtrace", "leak", "1", "5"), status=23)
    equal("programs", [(one.get("classname"), one.find("failure").get("message")) for one in cases],
          [("cli_leaky_cache", "2 leaking sites in 2 processes"),
           ("cli_subject", "1 leaking site")])
    check(all(not re.search(r"process \d", one.get("name")) for one in cases), "pids in names")


def case_junit_of_several_processes():
    case = Case()
    traces = [case.make("c.mtrace", program=LEAKY_CACHE), case.make("clean.mtrace", "tidy", "1", "8"),
              case.make("s.mtrace", "leak", "1", "5")]
    cases = junit(case, WIDE, *traces, status=23)
    equal("cases", [one.find("failure") is not None for one in cases], [True, False, True])
    equal("message", cases[0].find("failure").get("message"), "2 leaking sites")


def case_junit_of_nothing():
    case = Case()
    cases = junit(case, WIDE, case.make("clean.mtrace", "tidy", "1", "8"), status=0)
    equal("case", [(one.get("name"), len(one)) for one in cases], [("no leaks", 0)])
    cases = junit(case, case.make("none.mtrace", "leak", "1", "8", scan="none"), status=24)
    equal("error", [error.get("type") for one in cases for error in one.findall("error")],
          ["inconclusive"])


def sarif(case, *words, status):
    path = case.folder / "leaks.sarif"
    Call("check", f"--sarif={path}", *words).says(status)
    validate_sarif(path)
    document = json.loads(path.read_text())
    equal("version", document["version"], "2.1.0")
    (run,) = document["runs"]
    known = {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    for result in run["results"]:
        check(result["ruleId"] in known, result["ruleId"])
        check(re.fullmatch("[0-9a-f]{16}", result["partialFingerprints"]["memtraceSite/v1"]),
              str(result["partialFingerprints"]))
    return run


def case_sarif():
    case = Case()
    cache = case.make("c.mtrace", program=LEAKY_CACHE)
    run = sarif(case, WIDE, cache, status=23)
    equal("success", run["invocations"][0]["executionSuccessful"], True)
    main, dup_key = run["results"]
    equal("counts", [(one["occurrenceCount"], one["properties"]["bytes"])
                     for one in (main, dup_key)], [(1, 808), (16, 512)])
    place = dup_key["locations"][0]["physicalLocation"]
    check(place["artifactLocation"]["uri"].endswith("leaky_cache.c"), str(place))
    source = Path(__file__).with_name("leaky_cache.c").read_text().splitlines()
    check("malloc(" in source[place["region"]["startLine"] - 1], str(place))
    fingerprints = {site["fingerprint"] for site in json.loads(
        Call("report", "--format=json", "--verdict=all", cache).says(0).stdout)["sites"]}
    equal("fingerprints", {one["partialFingerprints"]["memtraceSite/v1"]
                           for one in run["results"]}, fingerprints)


def case_sarif_of_what_is_not_proven():
    case = Case()
    run = sarif(case, case.make("none.mtrace", "leak", "1", "8", scan="none"), status=24)
    equal("success", run["invocations"][0]["executionSuccessful"], False)
    text = run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]
    check("scan" in text, text)


def case_annotations():
    case = Case()
    cache = case.make("c.mtrace", program=LEAKY_CACHE)
    lines = [line for line in Call("check", WIDE, "--github", cache).says(23).stdout.splitlines()
             if line.startswith("::")]
    equal("lines", len(lines), 2)
    check(re.match(r"::error file=\S*leaky_cache\.c,line=\d+,title=memtrace::808 bytes in 1 block "
                   r"definitely lost in main%0A", lines[0]), lines[0])
    quiet = Call("check", WIDE, "--github", case.make("clean.mtrace", "tidy", "1", "8")).says(0).stdout
    check("::" not in quiet, quiet)


def case_all_from_one_run():
    case = Case()
    files = {name: case.folder / name for name in ("junit", "sarif", "json", "baseline")}
    done = Call("check", WIDE, f"--junit={files['junit']}", f"--sarif={files['sarif']}",
                f"--json={files['json']}", f"--write-baseline={files['baseline']}", "--github",
                "-o", case.folder, "--", SUBJECT, "leak", "2", "50")
    equal("status", done.status, 23)
    for path in files.values():
        check(path.stat().st_size > 100, str(path))


def case_names_from_outside_do_no_harm():
    case = Case()
    odd = case.folder / 'a <b> & "c" \x01\u00e9'
    odd.symlink_to(LEAKY_CACHE)
    trace = case.make("odd.mtrace", "<&>", "]]>", "\x1b[31m", "\udcff", program=odd)
    for status, options in ((23, ()), (24, ("--leaks=definite", "--exit-code=24"))):
        junit(case, WIDE, *options, trace, status=status)
        sarif(case, WIDE, *options, trace, status=status)


def case_files_that_cannot_be_written():
    case = Case()
    trace = case.make("clean.mtrace", "tidy", "1", "8")
    for option in ("junit", "sarif", "write-baseline"):
        Call("check", WIDE, f"--{option}={case.folder}/no/such", trace).says(24) \
            .one_line("no/such: cannot be written")
    Call("check", WIDE, f"--write-suppressions={case.folder}/no/such", trace).says(2) \
        .one_line("no/such: cannot be written")


run_all(globals())
