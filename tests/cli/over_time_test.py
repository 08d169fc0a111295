#!/usr/bin/env python3
"""over_time_test.py: what lived at the peak and what was temporary, by site: held against what the
program counted itself, and against heaptrack and massif; and the timeline."""

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from call import Call, PROGRAMS, Skip, check, equal, preload, run_all

PEAKS = str(PROGRAMS / "cli_peaks")
GROWER = str(PROGRAMS / "cli_grower")
RUN = ("7", "60000")  # seed, steps
ACCOUNTS = {"MEMTRACE_OPTIONS": "peak=on"}
THREAD_BYTES = 65536  # that a thread may be behind


def counted(text):
    """What the program says of itself: the peak, and of each site bytes and blocks at the peak,
    temporary blocks and allocations."""
    lines = [line.split() for line in text.splitlines()]
    equal("first line", lines[0][0], "peak")
    return int(lines[0][1]), {line[0]: tuple(map(int, line[1:])) for line in lines[1:]}


class Traced:
    """A run of peaks under the tracer."""

    def __init__(self, *words, options=""):
        self.folder = tempfile.TemporaryDirectory(prefix="memtrace-test-")
        self.trace = Path(self.folder.name) / "peaks.mtrace"
        variables = {**os.environ, "LD_PRELOAD": preload(),
                     "MEMTRACE_OPTIONS": f"output={self.trace}:quiet=1:peak=on:{options}"}
        done = subprocess.run([PEAKS, *words], env=variables, check=True, capture_output=True,
                              text=True)
        self.peak_bytes, self.counted = counted(done.stdout)

    def report(self, *words):
        said = Call("report", "--format=json", "--group-by=function", *words, self.trace).says(0)
        found = json.loads(said.stdout)
        return found, {site["stack"][0]["function"]: site for site in found["sites"]}


def near(what, found, wanted, within):
    check(abs(found - wanted) <= within, f"{what}: {found}, not within {within} of {wanted}")


def peak_is_near(run, within):
    found, sites = run.report("--at=peak")
    equal("sites", found["sites_of"], "peak")
    near("kept", found["peak"]["kept_bytes"], run.peak_bytes, within)
    near("sum", sum(site["bytes"] for site in sites.values()), run.peak_bytes, within)
    for name, (peak_bytes, peak_blocks, _, allocations) in run.counted.items():
        near(f"{name}: bytes", sites[name]["bytes"], peak_bytes, within)
        near(f"{name}: blocks", sites[name]["objects"], peak_blocks,
             max(1, within * peak_blocks / max(peak_bytes, 1) * 2))
        equal(f"{name}: allocations", sites[name]["allocations"], allocations)
    return found


def case_sites_at_the_peak():
    for steps in "20", "500", "60000":
        run = Traced("3", steps)
        found = peak_is_near(run, run.peak_bytes // 100)
        equal("peak", found["totals"]["peak_bytes"], run.peak_bytes)
        said = Call("dump", run.trace).says(0).stdout
        equal("dump", [int(kept) for kept in re.findall(
            r"^peak taken_ms=\d+ kept_bytes=(\d+) number=\d+$", said, re.M)],
            [found["peak"]["kept_bytes"]])


def case_sites_at_the_peak_of_threads():
    run = Traced(*RUN, "4")
    peak_is_near(run, run.peak_bytes // 100 + 4 * THREAD_BYTES)


def case_temporary_blocks_are_counted_exactly():
    for threads in (), ("4",):
        run = Traced(*RUN, *threads)
        found, sites = run.report("--temporary")
        equal("sites", found["sites_of"], "temporary")
        for name, (_, _, temporary, allocations) in run.counted.items():
            equal(f"{name}: temporary", sites[name]["objects"], temporary)
            equal(f"{name}: the same", sites[name]["temporary_allocations"], temporary)
            equal(f"{name}: allocations", sites[name]["allocations"], allocations)
        numbers = [site["objects"] for site in sites.values()]
        check(min(numbers) > 0, f"a test that shows nothing: {numbers}")


def case_text():
    run = Traced(*RUN)
    said = Call("report", "--at=peak", "--group-by=function", run.trace).says(0).stdout
    check(re.search(r"\nat the peak, .* after the start: [\d,]+ bytes in [\d,]+ blocks\n", said), said)
    check("definite" not in said and "not freed" not in said, said)
    equal("next", said.splitlines()[-1], f"next: memtrace report {run.trace}")
    last = Call("report", "--at=peak", "--min-bytes=1G", run.trace).says(0).stdout.splitlines()[-1]
    check(last.startswith("total "), f"next, where nothing is shown: {last}")
    said = Call("report", "--temporary", "--group-by=function", run.trace).says(0).stdout
    check(re.search(r"\ntemporary: [\d,]+ blocks, \d+% of all, freed before anything else", said), said)
    check(re.search(r"\n    \d+% of its [\d,]+ allocations\n", said), said)
    equal("lines that are too long", [line for line in said.splitlines() if len(line) > 80], [])
    Call("report", "--at=end", run.trace).says(2).one_line("peak")
    Call("report", "--at=peak", "--temporary", run.trace).says(2).one_line("different blocks")


def case_a_killed_process():
    with tempfile.TemporaryDirectory(prefix="memtrace-test-") as folder:
        trace = Path(folder) / "stepping.mtrace"
        variables = {**os.environ, "LD_PRELOAD": preload(),
                     "MEMTRACE_OPTIONS": f"output={trace}:quiet=1:peak=on"}
        with subprocess.Popen([PROGRAMS / "cli_stepping"], env=variables, stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True) as program:
            program.stdin.write("keep 300\ndrop 290\nlose 50\n")
            program.stdin.flush()
            for _ in range(4):
                program.stdout.readline()
            program.send_signal(signal.SIGKILL)
        found = json.loads(Call("report", "--format=json", "--at=peak", trace).says(0).stdout)
        near("kept", found["sites"][0]["bytes"], 300000, 3000)
        equal("sites", len(found["sites"]), 1)


def case_a_sampled_trace_has_neither():
    run = Traced(*RUN, options="sample=16")  # so that some of what is left at the end is in it
    for view in "--at=peak", "--temporary":
        Call("report", view, run.trace).says(3).one_line("is sampled")
    found, _ = run.report("--verdict=all")
    equal("allocations", {site["allocations"] for site in found["sites"]}, {None})


def case_without_the_option_it_is_said():
    run = Traced("7", "20", options="peak=off")
    for view in "--at=peak", "--temporary":
        Call("report", view, run.trace).says(3).one_line("without option peak", "peak=on")
    found, _ = run.report("--verdict=all")
    equal("peak", (found["peak"], found["totals"]["peak_bytes"] > 0), (None, True))


def case_heaptrack_says_the_same():
    if not shutil.which("heaptrack") or not shutil.which("heaptrack_print"):
        raise Skip("needs heaptrack")
    run = Traced(*RUN)
    with tempfile.TemporaryDirectory(prefix="memtrace-test-") as folder:
        subprocess.run(["heaptrack", "-o", f"{folder}/h", PEAKS, *RUN], check=True,
                       capture_output=True, cwd=folder)
        data = str(next(Path(folder).glob("h.*")))
        found = {}
        for kind in "peak", "temporary":
            stacks = f"{folder}/{kind}"
            subprocess.run(["heaptrack_print", "-F", stacks, "--flamegraph-cost-type", kind, data],
                           check=True, capture_output=True)
            for line in Path(stacks).read_text(encoding="utf-8").splitlines():
                name = re.search(r"site_\d", line)
                if name:
                    cost = int(line.split()[-1])
                    found[kind, name[0]] = found.get((kind, name[0]), 0) + cost
    _, peak = run.report("--at=peak")
    _, temporary = run.report("--temporary")
    for name in run.counted:
        near(f"{name} at the peak", peak[name]["bytes"], found["peak", name],
             run.peak_bytes // 100)
        equal(f"{name} temporary", temporary[name]["objects"], found["temporary", name])


def case_massif_says_the_same():
    if not shutil.which("valgrind"):
        raise Skip("needs valgrind")
    run = Traced(*RUN)
    with tempfile.TemporaryDirectory(prefix="memtrace-test-") as folder:
        out = Path(folder) / "massif"
        subprocess.run(["valgrind", "--tool=massif", "--peak-inaccuracy=0.0", "--time-unit=B",
                        "--max-snapshots=1000", f"--massif-out-file={out}", PEAKS, *RUN],
                       check=True, capture_output=True)
        sizes = map(int, re.findall(r"mem_heap_B=(\d+)", out.read_text(encoding="utf-8")))
        near("peak", run.report()[0]["totals"]["peak_bytes"], max(sizes), run.peak_bytes // 100)


def case_timeline():
    run = Call("run", "--keep=all", GROWER, 20, 100, "sleep").says(0)
    said = Call("report", "--format=json", run.traces()[0]).says(0).stdout
    timeline = json.loads(said)["timeline"]
    length = len(timeline["taken_ms"])
    check(length >= 10, timeline)
    equal("lengths", {len(list_) for list_ in timeline.values()}, {length})
    equal("order", timeline["taken_ms"], sorted(timeline["taken_ms"]))
    live = [number for number in timeline["live_bytes"] if number is not None]
    check(live == sorted(live) and live[-1] >= 20 << 20, live)
    objects = [number for number in timeline["live_objects"] if number is not None]
    check(objects == sorted(objects) and objects[-1] >= 20, objects)
    # A stall may put several into one short look: what all of them come to is what was allocated.
    taken, rates = timeline["taken_ms"], timeline["allocations_per_second"]
    counted = sum(rate * (end - start) / 1000
                  for rate, start, end in zip(rates[1:], taken, taken[1:]) if rate is not None)
    check(15 <= counted <= 25, (counted, rates, taken))


def case_curves_of_the_largest_sites():
    run = Call("run", "--keep=all", GROWER, 20, 100, "sleep", environment=ACCOUNTS).says(0)
    curves = json.loads(Call("report", "--format=json", run.traces()[0]).says(0).stdout)["curves"]
    check(len(curves["taken_ms"]) >= 10, curves)
    grow = next(site for site in curves["sites"] if site["function"] == "grow")
    equal("length", len(grow["bytes"]), len(curves["taken_ms"]))
    equal("order", grow["bytes"], sorted(grow["bytes"]))
    equal("end", grow["bytes"][-1], 20 << 20)
    slope = (grow["bytes"][-1] - grow["bytes"][0]) / (20 << 20)
    check(slope > 0.7, f"all came at once: {grow}")


def case_curves_are_bounded():
    with tempfile.TemporaryDirectory(prefix="memtrace-test-") as folder:
        run = Call("run", "--keep=all", GROWER, 200, 100, "sleep", folder=folder,
                   environment=ACCOUNTS).says(0)
        said = json.loads(Call("report", "--format=json", run.traces()[0]).says(0).stdout)
    curves, timeline = said["curves"], said["timeline"]
    check(60 <= len(curves["taken_ms"]) <= 127, len(curves["taken_ms"]))
    check(len(timeline["taken_ms"]) <= 254, len(timeline["taken_ms"]))
    check(curves["taken_ms"][0] < 1000 and curves["taken_ms"][-1] > 19000, curves["taken_ms"])


def case_no_curves_where_nobody_watched():
    run = Traced(*RUN)
    equal("curves", run.report()[0]["curves"], None)


run_all(globals())
