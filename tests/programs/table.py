#!/usr/bin/env python3
"""table.py [--list] [--rounds=N] [--keep=FOLDER] [-o FILE] [--only=NAME…]: programs of all kinds at real
work, each with and without the preload: same stdout, stderr, status and files; a report that opens
undamaged and adds up; what it costs. Each entry is a file of entries/ (entry.py says how to write
one), NAME that of the file or of the program. What is not installed here is listed at the end.

-o FILE takes the table; with --only the other rows stay as they are there. --keep=FOLDER keeps the
traces of the first round. Ends with status 1 if a program behaved otherwise than without."""

import argparse
import difflib
import os
import shlex
import statistics
import subprocess
import sys
from pathlib import Path

from entry import Entry, all_entries, missing
from figures import Figures, figures_of, hold_counters
from offspring import become_reaper
from room import Outcome, Room

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from harness import Failure, Skip, check, command, equal, main, preload, scratch  # noqa: E402

HEADINGS = ["program", "version", "what was run", "time", "processes", "allocations", "sites",
            "lost", "remarks"]
ALIGNED = "|---|---|---|--:|--:|--:|--:|--:|---|"
COUNTERS_HELD = 40  # traces of a run, the largest, whose counters are looked at
NOT_HERE = "not here"


# ---- one entry ----

def first_lines(plain: bytes, traced: bytes) -> str:
    lines = difflib.unified_diff(plain.decode(errors="replace").splitlines(),
                                 traced.decode(errors="replace").splitlines(),
                                 "without the preload", "with it", n=0, lineterm="")
    return "\n".join(list(lines)[:40])


def hold_same(entry: Entry, plain: Outcome, traced: Outcome) -> None:
    check(plain.status == 0, f"status {plain.status} without the preload: "
          f"{plain.streams['stderr'].decode(errors='replace')[-1500:]}")
    wrong = [f"{name}: {first_lines(text, traced.streams[name])}"
             for name, text in plain.streams.items() if traced.streams[name] != text]
    if plain.status != traced.status:
        wrong.insert(0, f"status {traced.status}, without the preload {plain.status}")
    check(not wrong, "it behaves otherwise under the preload:\n" + "\n".join(wrong))


def refusal(room: Room) -> str:
    """What memtrace run says of a program that cannot be traced: one line, status 24."""
    status, said = room.say(f"{shlex.quote(command())} run -- {room.entry.refused}")
    equal(f"status of memtrace run ({said})", status, 24)
    lines = said.strip().splitlines()
    equal("lines that memtrace run says", len(lines), 1)
    return lines[0].removeprefix("memtrace: ").replace(str(room.work), ".")


def keep_traces(room: Room, folder: Path) -> None:
    """Traces of killed processes are files of many GiB with hardly anything in them."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cp", "-a", "--sparse=always", f"{room.traces}/.", folder], check=True)


def look_at(traced: Outcome) -> Figures:
    found = figures_of(traced.traces)
    for trace in sorted(traced.traces, key=lambda path: -path.stat().st_blocks)[:COUNTERS_HELD]:
        hold_counters(trace)
    return found


def cells_of(room: Room, rounds: int, keep: Path | None) -> list[str]:
    """Runs it in both ways, as often as asked."""
    entry, ratios = room.entry, []
    for count in range(min(rounds, entry.rounds)):
        plain, traced = room.run(is_traced=False), room.run(is_traced=True)
        if keep and count == 0:
            keep_traces(room, keep / entry.path.stem)
        hold_same(entry, plain, traced)
        ratios.append(traced.seconds / max(plain.seconds, 0.001))
        if count == 0:
            found = look_at(traced)
    if entry.refused:
        name = Path(entry.refused).name
        check(name not in found.seen, f"{name} was traced, though memtrace run refuses it")
        return [""] * 5 + [refusal(room)]
    check(found.allocations > 0 or found.problems, "nothing was seen of it, and nothing is said")
    print(f"{entry.name}: {plain.seconds:.1f} s of {plain.elapsed:.1f} s, traced {traced.seconds:.1f} s"
          f" of {traced.elapsed:.1f} s; ratios {', '.join(f'{ratio:.2f}' for ratio in ratios)}")
    print(found.details(), flush=True)
    return [f"{statistics.median(ratios):.2f}", f"{found.processes:,}", f"{found.allocations:,}",
            f"{len(found.sites):,}", found.lost_in_words(),
            "; ".join([entry.remark] * bool(entry.remark) + found.remarks())]


def row_of(entry: Entry, rounds: int, keep: Path | None) -> list[str]:
    lacks = missing(entry)
    try:
        if lacks:
            raise Skip(f"{', '.join(lacks)} is not installed")
        with scratch() as name:
            room = Room(entry, Path(name))
            return [entry.name, room.version, entry.what, *cells_of(room, rounds, keep)]
    except Skip as why:
        return [entry.name, NOT_HERE, entry.what, *[""] * 5, str(why)]


# ---- the table ----

def line_of(row: list[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"


def rows_in(path: Path) -> dict:
    """The rows of an older table, by their program."""
    if not path.exists():
        return {}
    lines = [line for line in path.read_text().splitlines() if line.startswith("| ")]
    return {line.split(" | ")[0].removeprefix("| "): line for line in lines[1:]}


def write_table(path: Path, rows: list[list[str]], names: list[str]) -> None:
    """Rows that were not run now are kept, if their entry still is."""
    known = rows_in(path)
    known.update({row[0]: line_of(row) for row in rows})
    before = path.read_text().split("| program", 1)[0] if path.exists() else ""
    lines = [line_of(HEADINGS), ALIGNED, *(known[name] for name in names if name in known)]
    path.write_text(before + "\n".join(lines) + "\n")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0],
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", metavar="NAME", default=[])
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--rounds", type=int, default=3, metavar="N")
    parser.add_argument("--keep", type=Path, metavar="FOLDER")
    parser.add_argument("-o", dest="table", type=Path, metavar="FILE")
    return parser.parse_args()


def look_in_build() -> None:
    """Where meson does not say which memtrace is meant, it is that of build/."""
    build = Path(__file__).resolve().parents[2] / "build"
    os.environ.setdefault("MEMTRACE_COMMAND", str(build / "analyzer" / "memtrace"))
    os.environ.setdefault("MEMTRACE_PRELOAD", str(build / "preload" / "libmemtrace.so"))
    for path in (command(), preload()):
        check(Path(path).exists(), f"{path} is not there (build it: ninja -C {build})")


def test():
    options, entries = arguments(), all_entries()
    if options.list:
        for entry in entries:
            lacks = missing(entry)
            print(f"{entry.path.stem}: {entry.name}: {entry.what}"
                  + f" (not here: {', '.join(lacks)})" * bool(lacks))
        return
    chosen = [entry for entry in entries
              if not options.only or entry.path.stem in options.only or entry.name in options.only]
    look_in_build()
    check(chosen, f"no entry of that name (known: {', '.join(e.path.stem for e in entries)})")
    become_reaper()
    rows, wrong = [], []
    for entry in chosen:
        try:
            rows.append(row_of(entry, options.rounds, options.keep))
            print(line_of(rows[-1]), flush=True)
            if options.table:
                write_table(options.table, rows, [entry.name for entry in entries])
        except Failure as what:
            wrong.append(entry.name)
            print(f"{entry.name}: {what}\n", flush=True)
    absent = [f"{row[0]} ({row[-1]})" for row in rows if row[1] == NOT_HERE]
    print(f"{len(rows) - len(absent)} entries behave as they do without the preload")
    if absent:
        print(f"not here: {'; '.join(absent)}")
    check(not wrong, f"{len(wrong)} behave otherwise: {', '.join(wrong)}")
    if len(absent) == len(rows):
        raise Skip("none of it is installed")


if __name__ == "__main__":
    main(test)
