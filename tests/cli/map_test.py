#!/usr/bin/env python3
"""map_test.py: memtrace map: the address space of mapped.c, whose parts have known sizes, while it
waits and after it ended; its sums beside the kernel's, what pins its heap beside what malloc_trim
really gives back, what it maps again and again."""

import contextlib
import json
import mmap
import os
import re
import subprocess
from pathlib import Path

from call import Call, PROGRAMS, check, equal, preload, run_all
from harness import memtrace, run, scratch

SUBJECT = PROGRAMS / "cli_mapped"
PAGE = mmap.PAGESIZE
MIB = 1 << 20
SMALL = 32 * MIB  # what mapped.c takes and gives back
STATUS = ("VmSize", "VmRSS", "RssAnon", "RssFile", "RssShmem", "VmSwap", "VmPTE")


@contextlib.contextmanager
def waiting(what, *libraries, program=SUBJECT, **environment):
    """The program, running: its pid, and the process to talk to."""
    with scratch() as folder:
        variables = {**os.environ, **environment, "LD_PRELOAD": ":".join([preload(), *libraries]),
                     "MEMTRACE_OPTIONS": f"output={folder}/%e.%p.mtrace"}
        with subprocess.Popen([program, what], env=variables, stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True) as process:
            try:
                equal("pid", int(process.stdout.readline()), process.pid)
                equal("state", process.stdout.readline(), "ready\n")
                yield process, folder
            finally:
                process.kill()


def map_of(*words):
    found = json.loads(Call("map", "--format=json", *words).says(0).stdout)
    equal("schema", found["schema"], "memtrace-map/1")
    return found


def segments_of(found):
    return {segment["name"]: segment for segment in found["segments"]}


def status_of(pid):
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return {name: 1024 * int(re.search(rf"^{name}:\s*(\d+) kB", lines, re.M)[1]) for name in STATUS}


def hold_sums(found):
    """The sums are those of the segments; free, live and overhead make up a heap."""
    for key in ("virtual_bytes", "resident_bytes", "shared_bytes", "swapped_bytes",
                "anonymous_bytes", "file_bytes", "shared_memory_bytes", "unseen_bytes"):
        equal(key, sum(segment[key] or 0 for segment in found["segments"]), found["sums"][key])
    for segment in found["segments"]:
        check((segment["resident_bytes"] or 0) <= segment["virtual_bytes"], segment)
    for heap in found["heaps"]:
        equal("heap", heap["live_bytes"] + heap["overhead_bytes"] + heap["other_bytes"] + heap["free_bytes"],
              int(heap["end"], 0) - int(heap["start"], 0))


def hold_segments(found):
    """What mapped.c has made, in the sizes in which it made it."""
    segments = segments_of(found)
    hold_sums(found)
    for name, count, virtual, resident in (
            ("own_mappings", 1, 34 * MIB + PAGE, MIB + PAGE), ("anonymous", 2, 4 * MIB, MIB),
            ("shared", 1, 2 * MIB, 2 * MIB), ("file", 1, 8192, 0), ("text", 1, None, None),
            ("data", 1, None, None), ("arenas", 1, 64 * MIB, None), ("brk_heap", 1, None, None),
            ("ended_stacks", 1, None, None), ("thread_stacks", 2, None, None),
            ("main_stack", 1, None, None), ("trace", 1, None, None), ("shared_memory", 0, 0, 0),
            ("brk", 0, 0, 0), ("unknown", 0, 0, 0)):
        segment = segments[name]
        equal(f"{name}: count", segment["count"], count)
        if virtual is not None:
            equal(f"{name}: virtual", segment["virtual_bytes"], virtual)
        if resident is not None:
            check(abs(segment["resident_bytes"] - resident) <= 2 * PAGE,
                  f"{name}: resident {segment['resident_bytes']}, wanted {resident}")
    equal("shared memory", segments["shared"]["shared_memory_bytes"], 2 * MIB)
    equal("shared", segments["shared"]["shared_bytes"], 2 * MIB)
    untracked = segments["untracked"]["virtual_bytes"]
    check(5 * MIB <= untracked < 6 * MIB, f"untracked: {untracked}")
    equal("live", segments["own_mappings"]["live_bytes"], 34 * MIB)
    equal("overhead", segments["own_mappings"]["overhead_bytes"], PAGE)
    check(segments["library_text"]["count"] >= 3, "libraries")


def hold_pins(found):
    heap = found["heaps"][0]
    equal("kind", heap["kind"], "brk")
    check(SMALL * 0.95 < heap["held_resident_bytes"] < SMALL * 1.05, heap)
    check(heap["live_bytes"] < 16384, heap)
    pin = heap["pins"][0]
    equal("pin", (pin["bytes"], pin["blocks"], pin["block_bytes"]), (1100, 1, 1100))
    equal("site", pin["site"]["function"], "keep_one")
    check(pin["site"]["file"].endswith("mapped.c") and pin["site"]["line"] > 0, pin)
    check(SMALL * 0.95 < pin["returned_resident_bytes"] < SMALL * 1.05, pin)
    check(SMALL * 0.95 < heap["trim_resident_bytes"] < SMALL * 1.05, heap)


def hold_churn(found):
    row, = found["churn"]
    equal("churn", {key: row[key] for key in ("function", "rounds", "bytes", "largest_bytes",
                                              "estimated_faults", "mmap_threshold")},
          {"function": "malloc", "rounds": 5, "bytes": 200 * MIB, "largest_bytes": 40 * MIB,
           "estimated_faults": 200 * MIB // PAGE, "mmap_threshold": None})
    equal("site", row["site"]["function"], "churn")


def case_of_a_running_process():
    with waiting("pause") as (process, _):
        found = map_of(process.pid)
        equal("source", found["source"]["kind"], "process")
        equal("end", found["process"]["end"], "running")
        hold_segments(found)
        hold_pins(found)
        hold_churn(found)


def case_sums_are_those_of_the_kernel():
    """Nothing changes while it is paused: not by a page for each segment."""
    with waiting("pause") as (process, _):
        found, status = map_of(process.pid), status_of(process.pid)
        sums, slack = found["sums"], PAGE * len(found["segments"])
        equal("status", found["status"], status)
        equal("VmSize", sums["virtual_bytes"], status["VmSize"])
        for key, name in (("resident_bytes", "VmRSS"), ("anonymous_bytes", "RssAnon"),
                          ("file_bytes", "RssFile"), ("shared_memory_bytes", "RssShmem"),
                          ("swapped_bytes", "VmSwap")):
            check(abs(sums[key] - status[name]) <= slack,
                  f"{name}: kernel {status[name]}, here {sums[key]}")


def case_of_a_finished_process():
    with scratch() as folder:
        trace, = run([SUBJECT, "exit"], folder).traces
        found = map_of(trace)
        equal("source", found["source"]["kind"], "snapshot")
        equal("end", found["process"]["end"], "exited")
        hold_segments(found)
        hold_pins(found)
        hold_churn(found)
        segments = segments_of(found)
        equal("trace", (segments["trace"]["resident_bytes"], segments["trace"]["unseen_bytes"]),
              (None, segments["trace"]["virtual_bytes"]))


def case_a_trace_of_a_process_that_runs():
    with waiting("pause") as (process, folder):
        trace, = Path(folder).glob("*.mtrace")
        by_pid, by_trace = map_of(process.pid), map_of(trace)
        equal("source", by_trace["source"]["kind"], "process")
        equal("heaps", by_trace["heaps"], by_pid["heaps"])


def resident_heap(pid):
    """What of the brk heap is in RAM, by the kernel."""
    areas = Path(f"/proc/{pid}/smaps").read_text(encoding="utf-8")
    return 1024 * int(re.search(r"\[heap\]\n(?:\w+:.*\n)*?Rss:\s*(\d+) kB", areas)[1])


def slack_of_trim():
    """Pages that glibc's malloc_trim may leave besides."""
    version = tuple(map(int, os.confstr("CS_GNU_LIBC_VERSION").split()[1].split(".")))
    return 4 if version >= (2, 43) else 2


def trimmed(**environment):
    with waiting("trim", **environment) as (process, _):
        heap, before = map_of(process.pid)["heaps"][0], resident_heap(process.pid)
        equal("resident", heap["resident_bytes"], before)
        process.stdin.write("go\n")
        process.stdin.flush()
        equal("line", process.stdout.readline(), "trimmed\n")
        really = before - resident_heap(process.pid)
        check(really > SMALL * 0.9, f"malloc_trim gave back {really}")
        check(abs(heap["trim_resident_bytes"] - really) <= slack_of_trim() * PAGE,
              f"malloc_trim gave back {really}, foretold {heap['trim_resident_bytes']}")
        heap = map_of(process.pid)["heaps"][0]
        check(heap["trim_resident_bytes"] <= slack_of_trim() * PAGE, f"and again {heap['trim_resident_bytes']}")


def case_malloc_trim_gives_back_what_was_foretold():
    """To a few pages; with the caches that keep blocks back, and without."""
    trimmed()
    trimmed(GLIBC_TUNABLES="glibc.malloc.tcache_count=0")


def case_of_another_allocator():
    library = "/usr/lib/x86_64-linux-gnu/libjemalloc.so.2"
    if not Path(library).exists():
        return
    with waiting("pause", library) as (process, _):
        found = map_of(process.pid)
        hold_sums(found)
        equal("heaps", found["heaps"], [])
        arenas = segments_of(found)["arenas"]
        check(arenas["live_bytes"] >= 34 * MIB, arenas)
        equal("unknown", (arenas["free_bytes"], arenas["overhead_bytes"]), (None, None))
        check("jemalloc" in Call("map", process.pid).says(0).stdout, "allocator is not named")


def case_of_a_process_that_was_killed():
    with scratch() as folder:
        trace, = run(["sh", "-c", f"{SUBJECT} pause & sleep 1; kill -9 $!; wait"], folder,
                     options={"output": f"{folder}/traces/%e.%p.mtrace"}).traces[:1]
        found = map_of(trace)
        equal("source", found["source"]["kind"], None)
        equal("segments", (found["segments"], found["sums"], found["heaps"]), ([], None, []))
        hold_churn(found)
        check("not known" in Call("map", trace).says(0).stdout, "says nothing")


def picture_of(text):
    lines = text.split("\n\n")
    part, = [part for part in lines if part.startswith("brk heap, a character")]
    return part.rstrip("\n").split("\n")


def case_the_screen():
    with waiting("pause") as (process, _):
        text = Call("map", process.pid).says(0).stdout
        check("\033" not in text, "colours")
        for line in text.splitlines():
            check(len(line) <= 80, f"{len(line)} columns: {line}")
        for part in ("brk heap", "by the kernel's count", "page tables", "untracked: 5.0 MiB",
                     "free in RAM, held by live blocks above", "1,100 bytes at 0x", "keep_one",
                     "200.0 MiB in 5 rounds, about 51,200 page faults  churn  mapped.c:",
                     "Page faults are estimated"):
            check(part in text, f"no {part!r} in:\n{text}")
        check("difference" not in text, text)
        picture = picture_of(text)
        check(len(picture) <= 23 and "live █ all" in picture[-1], "\n".join(picture))
        cells = "".join(line.split()[1] for line in picture if line.startswith("  0x"))
        check(cells.count("o") > 0.9 * len(cells), cells)
        check("P" in cells[-80:], cells)


def case_colours():
    with scratch() as folder:
        trace, = run([SUBJECT, "exit"], folder).traces
        colored = Call("map", "--color=always", trace).says(0).stdout
        check("\033[1m" in colored, colored)
        equal("without colours", re.sub("\033\\[[0-9]*m", "", colored),
              Call("map", "--color=never", trace).says(0).stdout)


def case_sites_of_churn_have_advice():
    program = PROGRAMS / "cli_churning"
    with scratch() as folder:
        trace, = run([program], folder).traces
        rows = {row["site"]["function"]: row for row in map_of(trace)["churn"]}
        equal("sites", sorted(rows), ["map_directly", "render"])
        render, direct = rows["render"], rows["map_directly"]
        equal("render", (render["rounds"], render["bytes"], render["mmap_threshold"]),
              (60, 60 * 300_000, 512 << 10))
        equal("direct", (direct["function"], direct["rounds"], direct["bytes"]),
              ("mmap", 7, 7 * MIB))
        text = Call("map", trace).says(0).stdout
        check("glibc.malloc.mmap_threshold=524288:glibc.malloc.trim_threshold=1048576" in text, text)
        lines = [line for line in memtrace("dump", trace).stdout.splitlines()
                 if line.startswith("churn ")]
        equal("dump", sum(int(re.search(r" rounds=(\d+)", line)[1]) for line in lines
                          if 'function="malloc"' in line), 61)
        threshold = {"GLIBC_TUNABLES": "glibc.malloc.mmap_threshold=524288"
                                       ":glibc.malloc.trim_threshold=1048576"}
        trace, = run([program, "unset"], folder, environment=threshold).traces
        rows = [row["site"]["function"] for row in map_of(trace)["churn"]]
        equal("with the threshold that was advised", rows, ["map_directly"])


def case_what_cannot_be_mapped():
    with scratch() as folder:
        Path(folder, "a.mtrace").write_text("no trace", encoding="utf-8")
        Path(folder, "b.mtrace").write_text("no trace", encoding="utf-8")
        Call("map", "--format=json", f"{folder}/a.mtrace").says(3, "").one_line("a.mtrace")
        Call("map", folder).says(3, "").one_line("name one of them")
    Call("map", os.getpid()).says(3, "").one_line("is not traced")
    Call("map", 2 ** 30).says(3, "").one_line("there is none")


run_all(globals())
