#!/usr/bin/env python3
"""freed_test.py: option freed_by: how many siblings of a leak were freed, and by whom: counted
exactly for every way to release; the report's line, its JSON and the dump's lines; nothing of it
without the option."""

import json
from pathlib import Path

from call import Call, PROGRAMS, check, equal, run_all
from harness import memtrace, run, scratch

PROGRAM = PROGRAMS / "cli_freed"
CXX = PROGRAMS / "cli_freed_cxx"


def traced(folder, program, *words, **options):
    done = run([program, *words], folder, options={"freed_by": "on", "verify": 1, **options})
    equal("status", done.status, 0)
    return done.traces


def read(trace):
    report = json.loads(memtrace("report", "--format=json", "--verdict=all", trace).stdout)
    dumped = memtrace("dump", trace).stdout
    check("wrong_stacks=0\n" in dumped, "stacks differ from libunwind's")
    return report


def line_of(function):
    """Where the source calls what releases in that function."""
    lines = Path(__file__).with_name("freed.c").read_text().splitlines()
    start = next(i for i, line in enumerate(lines) if f"{function}(" in line and "APART" in line)
    return start + next(i for i, line in enumerate(lines[start:]) if "__asm__" in line)


def site(report, function, size):
    """The one site of that function and of blocks of that size; of the standard library's functions
    more or fewer lie inline between the two."""
    def frames(site):
        names = [frame["function"] for frame in site["stack"]]
        return [name for name in names if not (name or "").startswith("std::")][:3]
    found = [site for site in report["sites"]
             if site["bytes"] == size * site["objects"] and function in frames(site)]
    equal(f"sites of {function}", len(found), 1)
    return found[0]


def releasers(found):
    """Share by the name of the first frame that is no wrapper."""
    shares = {}
    for by in found["freed"]["by"]:
        names = [frame["function"] or "" for frame in by["stack"]]
        name = next(name for name in names
                    if name not in ("xfree", "free") and not name.startswith(("std::", "operator")))
        shares[name.split("(")[0]] = shares.get(name.split("(")[0], 0) + by["share"]
    return shares


def counted(words, size, objects, freed):
    with scratch() as folder:
        traces = traced(folder, PROGRAM, *words.split())
        equal("traces", len(traces), 1)
        found = site(read(traces[0]), "conn_open", size)
        equal("objects", found["objects"], objects)
        equal("freed", found["freed"]["objects_freed"], freed)
        equal("live", found["freed"]["objects_live"], objects)
        return found, memtrace("report", traces[0]).stdout


def case_forgotten():
    found, text = counted("forgotten", 100, 3, 997)
    equal("by", releasers(found), {"conn_close": 1})
    line = line_of("conn_close")
    check(f"    997 of 1,000 were freed, mostly in conn_close (freed.c:{line})\n" in text, text)


def case_two_releasers():
    found, text = counted("shared", 100, 10, 990)
    shares = releasers(found)
    check(set(shares) == {"conn_close", "conn_abort"} and abs(shares["conn_close"] - 0.7) < 0.08,
          f"shares {shares}")
    check("    990 of 1,000 were freed, " in text and "% in conn_close (" in text and
          "% in conn_abort (" in text, text)


def case_few_are_exact():
    found, text = counted("few", 200, 10, 20)
    equal("by", releasers(found), {"conn_close": 0.75, "conn_abort": 0.25})
    check(f"    20 of 30 were freed, 75% in conn_close (freed.c:{line_of('conn_close')}), "
          f"25% in conn_abort (freed.c:{line_of('conn_abort')})\n" in text, text)


def case_realloc():
    found, text = counted("grown", 300, 10, 50)
    equal("by", releasers(found), {"conn_grow": 1})
    check("    50 of 60 were freed, mostly in conn_grow (freed.c:" in text, text)


def case_threads():
    found, _ = counted("threads", 400, 4, 19996)
    equal("by", releasers(found), {"conn_close": 1})


def case_never():
    found, text = counted("few never", 600, 4, 0)
    equal("by", found["freed"]["by"], [])
    equal("lines", text.count("were freed"), 1)


def case_fork():
    with scratch() as folder:
        counts = []
        for trace in traced(folder, PROGRAM, "forked"):
            found = site(read(trace), "conn_open", 100)
            counts.append((found["objects"], found["freed"]["objects_freed"],
                           list(releasers(found))))
        equal("parent and child", sorted(counts),
              [(3, 5, ["conn_abort"]), (10, 990, ["conn_close"])])


def case_delete():
    with scratch() as folder:
        report = read(traced(folder, CXX)[0])
        for function, size, objects, freed, by in (
                ("make_session()", 160, 3, 9, "drop_session"),
                ("make_array()", 240, 3, 2, "drop_array"),
                ("main", 501, 3, 4, "main")):
            found = site(report, function, size)
            equal(f"objects of {function}", found["objects"], objects)
            equal(f"freed of {function}", found["freed"]["objects_freed"], freed)
            equal(f"by of {function}", releasers(found), {by: 1})


def case_frames_are_the_programs():
    for depth in (1, 2, 3, 64):
        with scratch() as folder:
            for found in read(traced(folder, PROGRAM, "few", depth=depth)[0])["sites"]:
                for by in found["freed"]["by"]:
                    check(by["stack"][0]["function"] in ("xfree", "conn_abort"), f"{by}")


def case_off():
    with scratch() as folder:
        trace = traced(folder, PROGRAM, "forgotten", freed_by="off")[0]
        equal("freed", [site["freed"] for site in read(trace)["sites"]], [None])
        check("were freed" not in memtrace("report", trace).stdout, "a line")
        check("\nfreed " not in memtrace("dump", trace).stdout, "a record")


def case_dump():
    with scratch() as folder:
        dumped = memtrace("dump", traced(folder, PROGRAM, "few")[0]).stdout.splitlines()
        lines = [line for line in dumped if line.startswith("freed ")]
        equal("lines", len(lines), 1)
        check(" blocks=20 live=10 asked=20 by=\"" in lines[0] and ":15," in lines[0] and
              lines[0].endswith(":5\""), lines[0])


def case_by_environment():
    call = Call("run", PROGRAM, "forgotten", environment={"MEMTRACE_OPTIONS": "freed_by=on"})
    check("997 of 1,000 were freed, mostly in conn_close (" in call.says(0).stderr + call.stdout,
          call.stderr)
    with scratch() as folder:
        bad = run([PROGRAM, "never"], folder, options={"freed_by": "maybe"})
        check(any("freed_by=maybe: bad value" in line and "wanted: on or off" in line
                  for line in bad.ours), bad.ours)


def case_sampled_is_left_out():
    with scratch() as folder:
        trace = traced(folder, PROGRAM, "threads", sample="4K", verify=0)[0]
        check("\nfreed " not in memtrace("dump", trace).stdout, "counted in a sample")


run_all(globals())
