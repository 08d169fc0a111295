#!/usr/bin/env python3
"""proof_test.py: what memtrace check believes. Each way to blind a tracer is tried on it: none of
them may end as clean."""

import os
import subprocess
import tempfile
from pathlib import Path

from call import Call, PROGRAMS, SUBJECT, Skip, check, equal, preload, run_all
from harness import dump, report

TIDY = (SUBJECT, "tidy", "2", "9")
PROOFS = 4


def program(name):
    path = PROGRAMS / f"cli_{name}"
    if not path.exists():
        raise Skip(f"no {path.name} here")
    return str(path)


def library(name):
    for folder in ("/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu"):
        if os.path.exists(f"{folder}/{name}"):
            return f"{folder}/{name}"
    raise Skip(f"{name} is not installed")


def inconclusive(*words, says, **keywords):
    call = Call("check", *words, **keywords).says(24)
    check("memtrace: inconclusive: " in call.stderr, call.stderr)
    return call.has(*says)


def clean(*words, **keywords):
    return Call("check", *words, **keywords).says(0).has("memtrace: clean: ")


def trace_with(options, *words):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.mtrace"
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL, env={
            **os.environ, "LD_PRELOAD": preload(),
            "MEMTRACE_OPTIONS": f"quiet=1:output={path}{options}"})
        return dump(path), report(path, "--verdict=all")


# ---- proofs ----

def case_every_image_and_forked_child_has_proofs():
    call = Call("check", "--keep=all", "--", SUBJECT, "tidy", "1", "1", "child", "leak", "1", "1",
                "exec", SUBJECT, "tidy", "1", "1", "end", "wait").says(0)
    traces = call.traces()
    equal("traces", len(traces), 3)
    for trace in traces:
        (proof,) = dump(trace)["proof"]
        equal("seen", (proof["planted"], proof["seen"]), (str(PROOFS), str(PROOFS)))


def case_proofs_change_no_count():
    words = (SUBJECT, "leak", "3", "45", "tidy", "2", "61", "leak", "1", "29")
    (with_dump, with_report), (dump_without, without) = (
        trace_with(options, *words) for options in (":proof=1", ""))
    equal("proofs", with_dump["proof"], [{"planted": "4", "seen": "4", "lost": "4"}])
    check("proof" not in dump_without, "proofs without the option")
    for key in ("totals", "verdicts"):
        equal(key, with_report[key], without[key])
    equal("sites", [(site["objects"], site["bytes"]) for site in with_report["sites"]],
          [(site["objects"], site["bytes"]) for site in without["sites"]])
    for line, fields in (("counters", ("allocated_bytes", "peak_bytes")), ("scan", ("objects", "bytes"))):
        for field in fields:
            equal(field, with_dump[line][0][field], dump_without[line][0][field])
    calls = [{key: thread[key] for key in thread if key not in ("tid", "name", "started_ms")}
             for thread in (with_dump["thread"][0], dump_without["thread"][0])]
    equal("thread", calls[0], calls[1])


def case_proofs_of_other_allocators():
    for name in ("libjemalloc.so.2", "libtcmalloc_minimal.so.4", "libmimalloc.so.2"):
        try:
            path = library(name)
        except Skip:
            continue
        call = Call("check", "--keep=all", "--leaks=unfreed", "--max-bytes=1M", "--", "sh", "-c",
                    'LD_PRELOAD="$LD_PRELOAD:$0" exec "$@"', path, *TIDY).says(0)
        (trace,) = [trace for trace in call.traces() if "subject" in Path(trace).name]
        (proof,) = dump(trace)["proof"]
        equal(f"proofs of {name}", (proof["seen"], proof["lost"]), ("4", "4"))


def case_a_program_that_only_resizes_has_proofs():
    clean("--", "/usr/bin/printf", "%s", "a" * 300)


def case_stale_pointers_of_a_parent_do_no_harm():
    clean("--", program("reuser"))


def case_a_scan_that_finds_nothing_lost_proves_nothing():
    inconclusive("--", program("hoarder"), says=["found none of 4 blocks", "--leaks=unfreed"])
    clean("--leaks=unfreed", "--max-bytes=1M", "--", program("hoarder"))


def case_another_malloc_before_ours():
    inconclusive("--", "env", f"LD_PRELOAD={library('libjemalloc.so.2')}:{preload()}", "ls",
                 says=["loads one before the tracer's"])


def case_traces_without_proofs_are_judged_by_the_rest():
    call = Call("run", "--keep=all", *TIDY).says(0)
    equal("proof", dump(call.traces()[0]).get("proof"), None)
    Call("check", call.traces()[0]).says(0)


# ---- blinded tracers ----

def case_preload_taken_away_from_a_child():
    for words in (("sh", "-c", f"{SUBJECT} tidy 1 1; env -u LD_PRELOAD {SUBJECT} leak 1 1"),
                  (program("spawner"), "-u", *TIDY), (program("spawner"), "-u", "-e", *TIDY),
                  (program("spawner"), "-u", "-p", *TIDY)):
        inconclusive("--", *words, says=["cli_subject: left no trace", "LD_PRELOAD",
                                         "--except=cli_subject"])
    clean("--except=cli_subject", "--", program("spawner"), "-u", *TIDY)


def case_a_child_that_is_static():
    for how in ((), ("-e",), ("-p",)):
        words = ("--", program("spawner"), *how, program("static"))
        inconclusive(*words, says=["statically linked", "--except=cli_static"])
        clean("--except=cli_static", *words)


def case_a_child_with_a_malloc_of_its_own():
    inconclusive("--", program("spawner"), program("own_malloc"), says=["defines malloc itself"])


def case_a_child_that_was_not_scanned():
    words = ("--", SUBJECT, "tidy", "1", "1", "child", "leak", "1", "3", "end", "wait")
    inconclusive(*words, says=["no scan ran before the end"])
    clean("--allow-no-scan", *words)


def case_lost_records():
    script = f"ulimit -f 1100; exec {SUBJECT} leak 400000 8"
    inconclusive("--leaks=unfreed", "--", "bash", "-c", script, says=["for want of room"])


def case_what_never_became_a_program_is_no_doubt():
    clean("--", "sh", "-c", f"nosuch 2>/dev/null; ./nosuch 2>/dev/null; {SUBJECT} tidy 1 1")
    clean("--", program("spawner"), "-p", "sh", "-c", f"{SUBJECT} tidy 1 1")


run_all(globals())
