"""compare.py: runs every load under every tool, interleaved, and prints what it cost. A round runs
each load once under each tool, in an order that turns with the round; medians over the rounds of a
round's own differences and ratios are what counts (figures.py).

compare.sh builds what is needed and sets MEMTRACE_COMMAND, MEMTRACE_PRELOAD and MEMTRACE_BENCH (the
folder with the micro loads)."""

import argparse
import json
import os
import platform
import shutil
import signal
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import frames
import redis_load
from checking import check_stacks
from figures import Results
from goals import all_goals
from inputs import write_all
from loads import all_loads
from measure import measure
from table import whole_text
from tools import all_tools

ROUNDS, ROUNDS_QUICK = 11, 3


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(
        prog="compare.sh", formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Compares memtrace with other tracers on the same loads in one run.",
        epilog="examples:\n"
               "  compare.sh --quick\n"
               "  compare.sh --loads=churn-10,churn-30 --tools=memtrace,lsan --rounds=21\n"
               "  compare.sh --json=numbers.json")
    parser.add_argument("--quick", action="store_true",
                        help="3 rounds, without the slow tools and the checking mode")
    parser.add_argument("--rounds", type=int, metavar="N", help=f"default {ROUNDS}")
    parser.add_argument("--loads", metavar="LIST", help="comma-separated; a kind names all of it: "
                        "pair, live, thread, idle, start, program")
    parser.add_argument("--tools", metavar="LIST", help="comma-separated; none is always there")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write everything measured")
    parser.add_argument("--no-checking", action="store_true",
                        help="without the checking mode (it walks every stack twice: minutes)")
    parser.add_argument("--list", action="store_true", help="name the loads and the tools, and end")
    return parser.parse_args(arguments)


def chosen(things, names: str | None, what: str, also=lambda thing: ()):
    """Those of `things` whose name (or one of also()) is in the list."""
    if names is None:
        return things
    wanted = set(names.split(","))
    known = {name for thing in things for name in (thing.name, *also(thing))}
    if wanted - known:
        sys.exit(f"compare.sh: {', '.join(sorted(wanted - known))}: no such {what}"
                 f" (there are: {', '.join(thing.name for thing in things)})")
    return [thing for thing in things if wanted & {thing.name, *also(thing)}]


@contextmanager
def empty_folder(parent: Path):
    folder = Path(tempfile.mkdtemp(dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measuring(load):
    return redis_load.measure if load.name == "redis" else measure


def takes_part(tool, load, number: int) -> bool:
    return number < tool.rounds and not (tool.slow and load.long)


def run_round(number: int, loads, tools, results: Results, work: Path) -> None:
    for load in loads:
        turn = number % len(tools)
        outputs = {}
        for tool in tools[turn:] + tools[:turn]:
            if not takes_part(tool, load, number):
                continue
            with empty_folder(work) as scratch:
                run = measuring(load)(tool, load, scratch)
                outputs[tool.name] = run
                if number == 0 and not run.failure:
                    note_frames(tool, load, run, results, scratch)
        for name, run in outputs.items():
            if not run.failure and run.output != outputs["none"].output:
                run.failure = "other output"
            results.add(load.name, name, number, run)
        progress(f"round {number + 1}: {load.name}")


def note_frames(tool, load, run, results: Results, scratch: Path) -> None:
    frames_here = run.frames if tool.name == "none" else frames.recorded(tool, load, scratch)
    if frames_here:
        results.frames.setdefault(load.name, {})[tool.name] = frames_here


def check_programs(loads, tools, results: Results, work: Path) -> None:
    for tool in tools:
        for load in loads if tool.name == "memtrace" else []:
            if load.kind == "program":
                with empty_folder(work) as scratch:
                    results.checked[load.name] = check_stacks(tool, load, scratch, measuring(load))
                progress(f"checking mode: {load.name}")


def measure_all(loads, tools, rounds: int, is_checked: bool, results: Results, work: Path) -> int:
    """Returns the rounds that were run: an interrupted run shows what it has, from the first on."""
    number = 0
    try:
        for number in range(rounds):
            run_round(number, loads, tools, results, work)
        number = rounds
        if is_checked:
            check_programs(loads, tools, results, work)
    except KeyboardInterrupt:
        if not number:
            raise
    return number


def progress(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


def machine() -> dict:
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo", encoding="utf-8")
                  if line.startswith("model name")), platform.machine())
    return {"processors": os.cpu_count(), "model": model, "kernel": platform.release()}


def write_json(path: Path, about: dict, loads, tools, results: Results, goals) -> None:
    def of(load, tool):
        spreads = {"time_ns": results.time, "added_ns": results.added_time, "ratio": results.ratio,
                   "processor_ratio": results.processor_ratio,
                   "added_memory_bytes": results.added_memory, "trace_bytes": results.trace}
        found = {key: spread(load.name, tool.name) for key, spread in spreads.items()}
        runs = results.runs.get(load.name, {}).get(tool.name, [])
        return {**{key: value.as_dict() for key, value in found.items() if value},
                "frames": results.frames.get(load.name, {}).get(tool.name),
                "failure": results.failure(load.name, tool.name) or None,
                "runs": [run.as_dict() if run else None for run in runs]}

    path.write_text(json.dumps({
        "schema": "memtrace-bench/1", **about,
        "loads": {load.name: {"kind": load.kind, "tools": {tool.name: of(load, tool)
                                                           for tool in tools}} for load in loads},
        "checked": {name: found and {"stacks": found[0], "wrong": found[1]}
                    for name, found in results.checked.items()},
        "goals": [goal.as_dict() for goal in goals]}, indent=1) + "\n")


def main() -> int:
    options = parse_arguments(sys.argv[1:])
    tools, rounds = all_tools(), options.rounds or (ROUNDS_QUICK if options.quick else ROUNDS)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with empty_folder(Path(tempfile.gettempdir())) as work:
        inputs = work / "inputs"
        inputs.mkdir()
        loads = all_loads(inputs)
        if options.list:
            print("loads:", *(load.name for load in loads), "\ntools:", *(t.name for t in tools))
            return 0
        loads = chosen(loads, options.loads, "load", lambda load: (load.kind,))
        shown = [tools[0], *chosen(tools[1:], options.tools, "tool")]
        present = [tool for tool in shown if tool.available()]
        if options.quick:
            present = [tool for tool in present if not tool.slow]
        if any(load.kind == "program" for load in loads):
            write_all(inputs)
        loads = [load for load in loads if load.available()]
        about = {"machine": machine(), "load_average_before": os.getloadavg()[0]}
        results = Results()
        is_checked = not options.quick and not options.no_checking
        about["rounds"] = measure_all(loads, present, rounds, is_checked, results, work)
        progress("")
    about["load_average_after"] = os.getloadavg()[0]
    goals = all_goals(results, loads)
    print_all(about, loads, shown, present, results, goals)
    if options.json:
        write_json(options.json, about, loads, shown, results, goals)
    return 0


def print_all(about: dict, loads, shown, present, results: Results, goals) -> None:
    print(f"{about['machine']['model']}, {about['machine']['processors']} processors, Linux "
          f"{about['machine']['kernel']}; {about['rounds']} rounds; load average "
          f"{about['load_average_before']:.2f} before, {about['load_average_after']:.2f} after")
    if about["load_average_before"] > 0.5:
        print("The machine was busy with other work: trust ratios more than nanoseconds.")
    for tool in shown:
        fewer = f"; {tool.rounds} rounds at most" if tool.rounds < about["rounds"] else ""
        absent = "" if tool in present else " (not here, or left out)"
        print(f"  {tool.name:16} {tool.note}{fewer}{absent}")
    print()
    print(whole_text(results, loads, shown, goals), end="")


if __name__ == "__main__":
    sys.exit(main())
