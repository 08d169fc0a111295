#!/usr/bin/env python3
"""export_test.py: memtrace export: its options, and the formats that are plain text."""

import json
import os
import subprocess
from collections import Counter
from xml.etree import ElementTree

from call import Call, SUBJECT, check, command, equal, preload, run_all
from exports import Case, WIDE, export, sites_of, sums

# ---- folded ----

def folded(text):
    found = Counter()
    for line in text.splitlines():
        stack, _, value = line.rpartition(" ")
        found[tuple(stack.split(";"))] += int(value)
    return found


def case_folded():
    case = Case()
    trace = case.make("c.mtrace")
    for value, figure in (("bytes", "bytes"), ("objects", "objects"),
                          ("resident", "resident_bytes")):
        equal(value, folded(export("folded", WIDE, f"--value={value}", trace).stdout),
              sums(sites_of(WIDE, trace), figure))


def case_folded_of_all_time():
    case = Case()
    trace = case.make("t.mtrace", "leak", "3", "100", "tidy", "50", "1000", program=SUBJECT)
    totals = json.loads(Call("report", "--format=json", trace).says(0).stdout)["totals"]
    for value, figure in (("allocated", "allocated_bytes"), ("allocations", "allocations")):
        found = folded(export("folded", f"--value={value}", trace).stdout)
        equal(value, sum(found.values()), totals[figure])
        check(any(stack[-1] == "tidy" for stack in found), str(found))
    sampled = case.make("s.mtrace", "leak", "3", "100", program=SUBJECT, options=":sample=64")
    export("folded", "--value=allocated", sampled, status=2).one_line("does not know", "(try: ")


def case_folded_filters():
    case = Case()
    trace = case.make("c.mtrace")
    for words in (["--min-bytes=600"], ["--top=1"], ["--kind=mapping"], ["--storage=brk"], []):
        wanted = sites_of(*words, trace)
        wanted = wanted[:1] if words == ["--top=1"] else wanted
        equal(str(words), folded(export("folded", *words, trace).stdout), sums(wanted, "bytes"))
    suppressions = case.folder / "supp"
    suppressions.write_text("leak:dup_key\n")
    found = export("folded", WIDE, f"--suppressions={suppressions}", trace).stdout
    check("dup_key" not in found and found.endswith(";main 808\n"), found)


def case_folded_of_a_folder():
    case = Case()
    case.make("a.mtrace")
    case.make("b.mtrace", "leak", "2", "50", program=SUBJECT)
    found = folded(export("folded", WIDE, case.folder).stdout)
    equal("processes", sorted({stack[0].split(" ")[0] for stack in found}),
          ["cli_leaky_cache", "cli_subject"])
    equal("bytes", sum(found.values()), 808 + 512 + 100)


# ---- junit, sarif ----

def case_junit_and_sarif_are_those_of_the_gate():
    case = Case()
    trace = case.make("c.mtrace")
    junit, sarif = case.folder / "junit", case.folder / "sarif"
    Call("check", "--leaks=unfreed", f"--junit={junit}", f"--sarif={sarif}", trace).says(23)
    equal("junit", export("junit", WIDE, trace).stdout, junit.read_text())
    equal("results", json.loads(export("sarif", WIDE, trace).stdout)["runs"][0]["results"],
          json.loads(sarif.read_text())["runs"][0]["results"])


def case_what_proves_nothing_is_not_exported_as_clean():
    case = Case()
    trace = case.make("n.mtrace", "leak", "1", "8", program=SUBJECT, options=":scan=none")
    errors = ElementTree.fromstring(export("junit", trace).stdout).iter("error")
    equal("junit", [error.get("type") for error in errors], ["inconclusive"])
    run = json.loads(export("sarif", trace).stdout)["runs"][0]
    equal("sarif", run["invocations"][0]["executionSuccessful"], False)
    check("<error" not in export("junit", WIDE, trace).stdout, "all that is unfreed is known")


# ---- all formats ----

def case_json_and_html_are_the_report():
    case = Case()
    for name in ("a.mtrace", "b.mtrace"):
        case.make(name)
    for name in ("json", "html"):
        for words in ((WIDE, case.folder / "a.mtrace"), (case.folder,)):
            equal(f"{name} {words}", export(name, *words).stdout,
                  Call("report", f"--format={name}", *words).stdout)


def case_into_a_file():
    case = Case()
    trace, path = case.make("c.mtrace"), case.folder / "c.folded"
    equal("stdout", export("folded", WIDE, "-o", path, trace).stdout, "")
    equal("file", path.read_text(), export("folded", WIDE, "-o", "-", trace).stdout)
    export("folded", "-o", case.folder / "no" / "such", trace, status=2) \
        .one_line("cannot be written", "(try ")
    for name in ("folded", "pprof", "heaptrack"):
        export(name, WIDE, "-o", "/dev/full", trace, status=2).one_line("No space left")
    path.write_text("kept")
    export("folded", "-o", path, case.folder / "none.mtrace", status=3).one_line("No such file")
    equal("file of before", path.read_text(), "kept")


def case_residency_that_is_not_known():
    case = Case()
    trace = case.make("k.mtrace", "leak", "1", "8", "kill", "9", program=SUBJECT)
    export("folded", "--value=resident", trace, status=2).one_line("does not know", "(try: ")


def case_of_a_running_process():
    case = Case()
    trace = case.folder / "live.mtrace"
    with subprocess.Popen([SUBJECT, "leak", "5", "100", "say", "ready", "sleep", "60000"],
                          stdout=subprocess.PIPE, env={
                              **os.environ, "LD_PRELOAD": preload(),
                              "MEMTRACE_OPTIONS": f"quiet=1:output={trace}"}) as process:
        try:
            process.stdout.readline()
            found = folded(export("folded", process.pid).stdout)
            Call("pack", process.pid, folder=case.folder).says(0)
        finally:
            process.kill()
    equal("bytes", [value for stack, value in found.items() if stack[-1] == "leak"], [500])
    equal("packed", folded(export("folded", case.folder / "live.mtpack").stdout), found)


def case_one_trace_or_several():
    case = Case()
    case.make("a.mtrace")
    case.make("b.mtrace")
    for name in ("massif", "heaptrack"):
        export(name, case.folder, status=2).one_line(f"--format={name} is of one trace, not of 2")
    for name in ("folded", "speedscope", "json", "junit", "sarif"):
        check(export(name, WIDE, case.folder).stdout.count("cache") > 1, name)


def case_binary_is_not_for_a_terminal():
    case = Case()
    trace = case.make("c.mtrace")
    done = subprocess.run(["script", "-qec", f"'{command()}' export --format=pprof '{trace}'",
                           "/dev/null"], capture_output=True, text=True, check=False)
    equal("status", done.returncode, 2)
    equal("line", done.stdout.strip(), "memtrace: export: this format is not for a terminal "
                                       "(try: -o FILE)")


run_all(globals())
