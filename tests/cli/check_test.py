#!/usr/bin/env python3
"""check_test.py: memtrace check: the verdict, its status, and what the log says."""

import json
import os
import re
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from call import Call, PROGRAMS, SUBJECT, Skip, check, command, equal, preload, run_all

TRACES = Path(__file__).resolve().parent.parent / "traces"
UNFREED = "--leaks=unfreed"


def verdict(text):
    """The word after "memtrace: " in the last line."""
    found = re.fullmatch(r"memtrace: (\w+): .*", text.splitlines()[-1])
    check(found, f"the last line is no verdict: {text}")
    return found[1]


def checked(status, word, *words, **keywords):
    """Runs check on the subject; both status and verdict must be these."""
    call = Call("check", *words, **keywords).says(status)
    equal(f"verdict of {' '.join(call.words)}", verdict(call.stderr), word)
    return call


def case_program_over_and_within_what_is_allowed():
    leaks = ("--", SUBJECT, "say", "hello", "leak", "13", "37")
    call = checked(23, "leaks", UNFREED, *leaks).says(23, "hello\n")
    call.has("memtrace: leaks: 481 bytes in 13 blocks not freed, allowed nothing "
             "(13 allocations seen in 1 process)\n")
    for options, status in [
            (("--max-bytes=480",), 23), (("--max-bytes=481",), 0), (("--max-blocks=12",), 23),
            (("--max-blocks=13",), 0), (("--max-bytes=1K", "--max-blocks=12"), 23),
            (("--max-bytes=1K", "--max-blocks=13"), 0), (("--max-bytes=1M",), 0),
            (("--exit-code=1",), 1), (("--exit-code=0",), 0), (("--min-bytes=482",), 0),
            (("--kind=mapping",), 0), (("--storage=mmap",), 0), (("--storage=brk",), 23)]:
        word = "clean" if status == 0 and "--exit-code=0" not in options else "leaks"
        checked(status, word, UNFREED, *options, *leaks)


def case_blocks_without_bytes_count():
    checked(23, "leaks", UNFREED, "--", SUBJECT, "leak", "2", "0")


def case_place_comes_first():
    call = checked(23, "leaks", UNFREED, "--", SUBJECT, "leak", "13", "37")
    head, line = call.stderr.splitlines()[:2]
    check(re.fullmatch(r"memtrace: not freed by process \d+, of memtrace\.\S+\.mtrace:", head), head)
    check(re.fullmatch(r"\S*subject\.c:\d+: 481 bytes in 13 blocks definitely lost", line), line)
    check("\033" not in call.stderr, "colours in the log")
    forced = checked(23, "leaks", UNFREED, "--color=always", "--", SUBJECT, "leak", "1", "1",
                     environment={"NO_COLOR": ""})
    check("\033" not in forced.stderr, "colours in the log")


def case_clean_program():
    for options in ((), (UNFREED,), ("--leaks=possible",), ("--leaks=reachable",)):
        call = checked(0, "clean", *options, "--", SUBJECT, "tidy", "3", "9")
        equal("lines", len(call.stderr.splitlines()), 1)
        equal("files", call.files(), [])


def case_without_a_scan_only_unfreed_can_be_judged():
    for options in ((), ("--leaks=definite",), ("--leaks=possible",), ("--leaks=reachable",),
                    ("--max-bytes=1G",)):
        call = checked(24, "inconclusive", *options, "--", SUBJECT, "leak", "1", "10",
                       environment={"MEMTRACE_OPTIONS": "scan=none"})
        call.has("leaks cannot be told from what is still in use", "--leaks=unfreed")


def case_a_program_in_a_sandbox_is_inconclusive():
    checked(24, "inconclusive", "--", PROGRAMS / "cli_sandboxed").has("installed a seccomp filter")
    report = Call("run", "--", PROGRAMS / "cli_sandboxed").says(0)
    report.has("no verdicts: the program installed a seccomp filter")
    report.has("note: the program installed a seccomp filter")
    checked(23, "leaks", UNFREED, "--", PROGRAMS / "cli_sandboxed")


def case_who_asks_for_filters_is_in_no_sandbox():
    checked(23, "leaks", "--", PROGRAMS / "cli_sandboxed", "probe").has_not("seccomp")
    Call("run", "--", PROGRAMS / "cli_sandboxed", "probe").says(0).has_not("seccomp")


def case_nothing_seen_is_inconclusive():
    checked(24, "inconclusive", UNFREED, "--", SUBJECT, "say", "hi").has("not one allocation")
    checked(0, "clean", UNFREED, "--", SUBJECT, "child", "tidy", "1", "1", "end", "wait").has(
        "1 allocation seen in 2 processes")


def case_children_count():
    program = ("--", SUBJECT, "leak", "2", "50", "child", "leak", "3", "70", "end", "wait")
    checked(23, "leaks", UNFREED, *program).has("310 bytes in 5 blocks", "2 processes")
    checked(23, "leaks", UNFREED, "--max-bytes=309", *program)
    checked(0, "clean", UNFREED, "--max-bytes=310", *program)


def case_running_child_is_inconclusive():
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile("w+") as said:
        done = subprocess.run([command(), "check", UNFREED, "--", SUBJECT, "child", "tidy", "1", "9",
                               "sleep", "6000", "end", "tidy", "1", "1", "sleep", "100"],
                              cwd=folder, stdout=said, stderr=said)
        said.seek(0)
        text = said.read()
        equal("status", done.returncode, 24)
        equal("verdict", verdict(text), "inconclusive")
        check("still runs" in text and "children=off" in text, text)
        for trace in Path(folder).glob("*.mtrace"):
            os.kill(int(trace.name.split(".")[2]), signal.SIGKILL)


def case_failing_program_keeps_its_status():
    call = checked(5, "failed", UNFREED, "--", SUBJECT, "leak", "2", "9", "exit", "5")
    call.has("ended with status 5, with 18 bytes in 2 blocks not freed")
    checked(137, "failed", UNFREED, "--", SUBJECT, "leak", "2", "9", "kill", "9")
    checked(5, "failed", UNFREED, "--", SUBJECT, "tidy", "2", "9", "exit", "5")


def case_in_place_of_the_program_for_who_runs_tests():
    call = Call("check", "--", "cat", stdin="one\ntwo\n").says(0, "one\ntwo\n")
    call.one_line("memtrace: clean: ")
    checked(77, "failed", UNFREED, "--", SUBJECT, "tidy", "1", "9", "exit", "77")  # a test skipped


def case_program_that_becomes_another():
    checked(23, "leaks", UNFREED, "--", SUBJECT, "leak", "1", "900", "exec", SUBJECT, "leak", "1",
            "7").has("7 bytes in 1 block not freed, allowed nothing").has_not("900")
    checked(24, "inconclusive", UNFREED, "--", SUBJECT, "tidy", "1", "900", "exec", "/usr/bin/env",
            "-i", SUBJECT, "leak", "1", "7").has("left no trace")


def case_json_file():
    call = checked(23, "leaks", UNFREED, "--json=out.json", "--", SUBJECT, "leak", "2", "50")
    found = json.loads((call.folder / "out.json").read_text())
    equal("bytes", found["totals"]["unfreed_bytes"], 100)
    equal("schema", found["schema"], "memtrace-report/1")
    for unwritable in ("no/such/folder", "/dev/full"):
        Call("check", UNFREED, f"--json={unwritable}", "--", SUBJECT, "tidy", "1", "1").says(24).has(
            f"{unwritable}: cannot be written")


# ---- traces: the output is on stdout ----

def case_traces():
    with tempfile.TemporaryDirectory() as folder:
        for size in ("100", "20"):
            Call("run", "-o", folder, SUBJECT, "leak", "1", size).says(0)
            time.sleep(0.01)
        traces = sorted(Path(folder).iterdir())
        one = Call("check", UNFREED, traces[0]).says(23)
        equal("stderr", one.stderr, "")
        equal("verdict", verdict(one.stdout), "leaks")
        both = Call("check", UNFREED, *traces).says(23)
        check("120 bytes in 2 blocks" in both.stdout, both.stdout)
        equal("a folder is its traces", Call("check", UNFREED, folder).says(23).stdout, both.stdout)
        Call("check", UNFREED, "--max-bytes=119", folder).says(23)
        Call("check", UNFREED, "--max-bytes=120", folder).says(0)
        equal("same input, same bytes", Call("check", UNFREED, *traces).stdout, both.stdout)


def case_traces_of_replaced_programs():
    with tempfile.TemporaryDirectory() as folder:
        Call("run", "--keep=all", "-o", folder, SUBJECT, "leak", "1", "9", "exec", SUBJECT, "tidy",
             "1", "1").says(0)
        equal("verdict", verdict(Call("check", UNFREED, folder).says(0).stdout), "clean")
        replaced = next(Path(folder).glob("*.mtrace"))
        equal("verdict", verdict(Call("check", UNFREED, replaced).says(24).stdout), "inconclusive")


def case_unreadable_traces():
    with tempfile.TemporaryDirectory() as folder:
        Call("run", "--keep=all", "-o", folder, SUBJECT, "tidy", "1", "9").says(0)
        good = next(Path(folder).iterdir())
        for bad in ("nosuch.mtrace", TRACES / "empty.mtrace", TRACES / "not_a_trace.mtrace"):
            for words in ((bad,), (good, bad), (bad, good)):
                call = Call("check", UNFREED, *words).says(3).one_line(str(bad))
                equal("verdict", verdict(call.stdout), "inconclusive")


def case_damaged_traces_are_inconclusive():
    for name in ("truncated_in_leaves", "full_disk", "spoiled_head_of_nodes", "facts_too_long"):
        for options in ((), ("--max-bytes=1G",)):
            call = Call("check", UNFREED, *options, TRACES / f"{name}.mtrace").says(24)
            equal(f"verdict on {name}", verdict(call.stdout), "inconclusive")


# ---- memtrace itself ----

def case_memtrace_itself_loses_nothing():
    if b"__asan_init" in Path(command()).read_bytes():
        raise Skip("a build with AddressSanitizer cannot be traced; LeakSanitizer looks at it")
    with tempfile.TemporaryDirectory(prefix="memtrace-test-") as folder:
        trace = Path(folder) / "a.mtrace"
        subprocess.run([str(PROGRAMS / "cli_api_cxx")], check=False, env={
            **os.environ, "LD_PRELOAD": preload(), "MEMTRACE_OPTIONS": f"quiet=1:output={trace}"})
        for words in (("report", trace), ("report", "--format=html", trace), ("dump", trace),
                      ("map", trace), ("diff", trace, trace), ("pack", trace),
                      ("check", UNFREED, "--exit-code=0", "--sarif=s", "--github", trace),
                      *(("export", f"--format={name}", "-o", "out", trace) for name in (
                          "folded", "speedscope", "pprof", "heaptrack", "massif", "junit"))):
            Call("check", "--leaks=possible", "--", command(), *words, folder=folder).says(0)


# ---- wrong inputs ----

def case_wrong_inputs():
    with tempfile.TemporaryDirectory() as folder:
        Call("run", "--keep=all", "-o", folder, SUBJECT, "tidy", "1", "9").says(0)
        trace = next(Path(folder).iterdir())
        for words, says in [
                (("--max-bytes=ten",), ("--max-bytes", "ten")),
                (("--max-bytes=-1",), ("--max-bytes", "-1")),
                (("--max-bytes=1T",), ("--max-bytes", "1T")),
                (("--max-blocks=1.5",), ("--max-blocks", "1.5")),
                (("--max-blocks=",), ("--max-blocks",)),
                (("--max-bytes=99999999999999999999",), ("--max-bytes",)),
                (("--exit-code=256",), ("--exit-code", "256")),
                (("--leaks=lost",), ("--leaks", "lost", "definite")),
                (("--junit=",), ("--junit", "name of a file")),
                (("--sarif=",), ("--sarif", "name of a file")),
                (("--github=yes",), ("--github",)),
                (("--only",), ("--only",)),
                (("--nosuch",), ("nosuch",)),
                (("--verdict=definite",), ("--leaks",)),
                (("--format=json",), ("--json=FILE",)),
                ((f"--baseline={folder}",), (folder, "--write-baseline=FILE")),
                ((f"--baseline={trace}",), (str(trace), "baseline"))]:
            # A value that is missing would take the trace for itself.
            operands = [] if words == ("--only",) else [trace]
            Call("check", *words, *operands).says(2, "").has("memtrace: ", *says)
        Call("check").says(2, "").has("needs a trace")
        Call("check", "--").says(2, "").has("needs a trace")
        Call("check", "--", "./nosuch").says(127, "").one_line("nosuch")
        Call("check", folder + "/nosuch").says(3).one_line("nosuch")


run_all(globals())
