"""children.py: a hundred thousand children, of which three in five leave a trace: what each costs,
whether each is there, once, and says what it left; what `memtrace run` keeps of them."""

import json
import subprocess
import time
from pathlib import Path

from harness import check, command, equal, memtrace, scratch
from program import Load, Program, Reader, environment

CHILDREN = 100000
STEPS = 4
LEFT_BYTES = 1000  # forks.c
REPORTS_MAX = 2000
FILE_ROOM_KIB = 256  # of a child's trace


def say(way, seconds, children, note="") -> None:
    print(f"forks    {way:<22} {seconds:>8.1f} s  {1e6 * seconds / children:>7.0f} us each  {note}",
          flush=True)


def time_whole(words, folder, variables) -> float:
    began = time.monotonic()
    done = subprocess.run(words, cwd=folder, env=variables, capture_output=True, text=True)
    check(done.returncode == 0, f"{words[0]}: status {done.returncode}: {done.stderr[-1000:]}")
    return time.monotonic() - began


def left(found) -> int:
    """How many blocks of a child's are in a report."""
    return sum(site["objects"] for site in found["sites"] if site["bytes"] == LEFT_BYTES)


def hold_files(traces, program) -> str:
    """One trace for each child that was to leave one, named once; the room that they take."""
    files = list(traces.iterdir())
    equal("traces of children", len(files) - 1, program.figures["traces"])
    kib = sum(file.stat().st_blocks for file in files) // 2
    again = sum(1 for file in files if not file.name.endswith(".mtrace"))
    check(kib <= FILE_ROOM_KIB * len(files), f"{len(files)} traces take {kib:,} KiB")
    return f"{len(files) - 1:,} traces, {kib // 1024:,} MiB, {again:,} of a pid that came again"


def hold_reports(files, leaky) -> None:
    """Of all traces where they are few, else of every so manieth."""
    every = 1 + len(files) // REPORTS_MAX
    began = time.monotonic()
    done = memtrace("report", "--format=json", "--verdict=all", *files[::every], timeout=None)
    reports = json.loads(done.stdout)
    say("report", time.monotonic() - began, len(reports), f"of {len(reports):,} traces")
    blocks = sum(left(found) for found in reports)
    check(blocks == leaky if every == 1 else blocks <= leaky, f"{blocks} blocks left, not {leaky}")
    lost = [found["trace"]["file"] for found in reports if found["trace"]["lost_blocks"]]
    check(not lost, f"blocks were lost in {lost[:5]}")


def run_stepwise(binaries, folder, count) -> int:
    """Returns how many of the children leave a block."""
    load = Load([str(count // STEPS)], options={"scan": "none"})
    program = Program(binaries / "load_forks", load, folder, traced=True)
    reader = Reader(binaries / "reader", load, program.trace)
    samples = []
    for step in range(STEPS):
        took = program.step()
        samples.append(program.sample())
        say(f"step {step + 1}", took, count // STEPS,
            hold_files(folder / "traces", program))
        reader.hold(program.figures)
    program.end()
    reader.end()
    first, last = samples[0], samples[-1]
    check(last.own <= first.own + 64, f"the parent's tracer grew from {first.own} to {last.own} KiB")
    equal("mappings of the parent's tracer", last.maps, first.maps)
    hold_reports(sorted((folder / "traces").iterdir()), program.figures["leaky"])
    return program.figures["leaky"]


def run_session(binaries, folder, count, leaky) -> None:
    """memtrace run keeps those that leak, and takes what it needs for it."""
    words = [command(), "run", "-o", folder / "kept", "--", binaries / "load_forks", count, "now"]
    took = time_whole([str(word) for word in words], folder, environment(False))
    kept = list((folder / "kept").iterdir())
    say("memtrace run", took, count, f"{len(kept):,} traces kept")
    equal("traces kept", len(kept), leaky)


def run_children(binaries, scale) -> None:
    count = max(200, round(CHILDREN * scale)) // 20 * 20
    words = [str(binaries / "load_forks"), str(count), "now"]
    with scratch() as folder:
        folder = Path(folder)
        say("plain", time_whole(words, folder, environment(False)), count)
        off = environment(True, folder / "off/%p.mtrace", {"children": "off", "scan": "none"})
        say("children=off", time_whole(words, folder, off), count)
        equal("traces with children=off", len(list((folder / "off").iterdir())), 1)
        leaky = run_stepwise(binaries, folder, count)
        run_session(binaries, folder, count, leaky)
