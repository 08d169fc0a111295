#!/usr/bin/env python3
"""load.py FOLDER [NAME…] [--scale=F|--short]: puts the tracer under load and watches it from outside.

FOLDER holds the programs that the build made. Each load goes in steps (load.h). After each step,
with nothing in flight, the trace must say exactly what the load says of itself; all the while a
reader opens the trace again and again, and what it finds must be so at every instant (reader.c).
What the tracer takes must not grow but with what is alive. README.md says what the columns are."""

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from children import run_children
from harness import check, equal, main, report, scratch
from program import Load, Program, Reader

SHORT = 0.005
TABLE_SHARE = 0.26  # a word of 8 bytes for each 32 bytes of heap, and the heads of leaves
EXTENT_KIB = 1024


def times(count, scale, least=1) -> str:
    return str(max(least, round(count * scale)))


def crowd(threads) -> Load:
    """It is chance whether a thread's stacks are such that its memory of them takes a page more."""
    return Load([str(threads)], slack_kib=4 * threads)


def threads(count, wave) -> Load:
    """A slot that is used again and again comes to have all its pages touched, 40 KiB in all."""
    return Load([str(count), str(wave)], slack_kib=256 + 28 * wave)


# By name: what makes a load at a scale; 1 is the full form.
LOADS = {
    "churn": lambda scale: Load(["200", times(100000, scale, 500)], seconds=3600 * scale),
    "live": lambda scale: Load([times(25000000, scale)], steps=4),
    "threads": lambda scale: threads(int(times(10000, scale, 100)), 250 if scale >= 1 else 50),
    "crowd": lambda scale: crowd(int(times(10000, scale, 4500))),
    "mappings": lambda scale: Load([times(1000000, scale), times(60000, scale)],
                                   reader=[f"--steady-bytes={31 * 5 * 4096}"]),
    "forks": None,  # children.py
}

HEAD = ("load      step        s        live     program   private     trace   on disk    tables"
        "   maps  fds")


def line(name, step, took, figures, sample) -> str:
    return (f"{name:<8} {step:>5} {took:>8.1f} {figures.get('live', 0):>11,} {sample.program:>11,} "
            f"{sample.private:>9,} {sample.trace:>9,} {sample.on_disk:>9,} {sample.tables:>9,} "
            f"{sample.maps:>6,} {sample.descriptors:>4}")


def hold_growth(samples, slack_kib) -> None:
    """Once it is warm, after a third of the steps, the tracer takes more only where the program does.
    The table grows by whole extents, one more at most, or until it covers all of the heap."""
    first, last = samples[len(samples) // 3], samples[-1]
    share = max(0, last.program - first.program) * TABLE_SHARE
    covers = last.program * TABLE_SHARE + slack_kib + EXTENT_KIB
    limits = {"private": first.private + share + slack_kib,
              "trace": max(first.trace + share + slack_kib + EXTENT_KIB, covers),
              "on_disk": max(first.on_disk + share + slack_kib + EXTENT_KIB, covers)}
    for what, limit in limits.items():
        before, after = getattr(first, what), getattr(last, what)
        check(after <= limit, f"{what} grew from {before:,} to {after:,} KiB, the program "
                              f"from {first.program:,} to {last.program:,}")
    check(last.maps <= first.maps + 2, f"{first.maps} mappings of the tracer became {last.maps}")
    equal("descriptors", last.descriptors, first.descriptors)


def go_through(name, load, program, reader) -> list:
    """All steps, a sample after each."""
    samples, began = [], time.monotonic()
    while len(samples) < load.steps or time.monotonic() - began < load.seconds:
        took = program.step()
        samples.append(program.sample())
        print(line(name, len(samples), took, program.figures, samples[-1]), flush=True)
        reader.hold(program.figures)
    return samples


def run_plain(name, binary, load, folder) -> None:
    program = Program(binary, load, folder, traced=False)
    took = program.step()
    print(line(name, "plain", took, program.figures, program.sample()), flush=True)
    program.end()


def hold_verdicts(found, figures) -> None:
    """Of loads that say how many they lost; a register may still hold the last."""
    if "lost" not in figures:
        return
    leaked, lost = found["totals"]["leaked_objects"], figures["lost"]
    check(lost - 2 <= leaked <= lost, f"{lost:,} blocks are lost, {leaked:,} said to be")
    print(f"{'':<8} judged {found['scan']['scan_us'] / 1e6:>8.1f}  {leaked:,} lost, "
          f"{found['verdicts']['reachable']['objects']:,} reachable; stopped for "
          f"{found['scan']['paused_us'] / 1000:,.0f} ms", flush=True)


def run(binaries, name, load) -> None:
    with scratch() as folder:
        folder = Path(folder)
        run_plain(name, binaries / f"load_{name}", load, folder)
        program = Program(binaries / f"load_{name}", load, folder, traced=True)
        reader = Reader(binaries / "reader", load, program.trace)
        try:
            samples = go_through(name, load, program, reader)
            took = program.end()
        finally:
            program.process.kill()
            found = reader.end()
        print(f"{name:<8}   end {took:>8.1f}  a reader saw {found['readings']:,} pictures of "
              f"{found['own_least']:,} to {found['own_most']:,} blocks, none torn, in "
              f"{found['longest_ms']:,} ms at most", flush=True)
        hold_growth(samples, load.slack_kib)
        found = report(program.trace, timeout=None)
        equal("end", found["process"]["end"], "exited")
        equal("scan", found["trace"]["scan"], "exit")
        equal("lost blocks", found["trace"]["lost_blocks"], 0)
        hold_verdicts(found, program.figures)


def test():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--scale", type=float, default=1)
    parser.add_argument("--short", action="store_const", dest="scale", const=SHORT)
    words = parser.parse_intermixed_args()
    folder = words.folder.resolve()
    unknown = set(words.names) - set(LOADS)
    check(not unknown, f"no such load: {', '.join(unknown)} (there are {', '.join(LOADS)})")
    print(HEAD)
    for name in words.names or LOADS:
        if name == "forks":
            run_children(folder, words.scale)
        else:
            run(folder, name, LOADS[name](words.scale))


if __name__ == "__main__":
    main(test)
