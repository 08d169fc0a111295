#!/usr/bin/env python3
"""figures.py BUILD [--functions] [--lines ROOM/FILE]: what the counters in BUILD/counters say: by
room, the lines and branches that some test reached, and with --functions those that none called.
Ends with status 1 where the analyzer has fewer lines or branches than GOALS, or a hook of
hook_list.h was never called. --lines prints the lines of a file that were not reached."""

import argparse
import json
import re
import struct
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

TREE = Path(__file__).resolve().parents[2]
GOALS = {"analyzer": {"lines": 90.0}, "preload": {"lines": 90.0}}
RAW_VERSION = 8  # of LLVM 14 to 16: InstrProfData.inc
MAGIC = b"\x81rforpl\xff"


def tool(name):
    """The one that belongs to the clang that compiled."""
    version = re.search(r"version (\d+)", subprocess.run(["clang", "--version"], text=True,
                                                         capture_output=True, check=True).stdout)[1]
    return f"{name}-{version}"


def sections(binary):
    """name -> (address, bytes) of the sections that hold what clang knows of its counters."""
    listing = subprocess.run(["readelf", "-SW", binary], text=True, capture_output=True, check=True)
    content = binary.read_bytes()
    found = {}
    for name, address, offset, size in re.findall(
            r"__llvm_prf_(\w+) +PROGBITS +(\w+) (\w+) (\w+)", listing.stdout):
        start = int(offset, 16)
        found[name] = int(address, 16), content[start:start + int(size, 16)]
    return found


def raw_profile(binary, counters):
    """The file that LLVM's own runtime would have written."""
    parts = sections(binary)
    (data_at, data), (counters_at, _) = parts["data"], parts["cnts"]
    names_at, names = parts["names"]
    kept = counters.read_bytes()
    record_bytes = 48
    header = MAGIC + struct.pack(
        "<10Q", RAW_VERSION, 0, len(data) // record_bytes, 0, len(kept) // 8, 0, len(names),
        (counters_at - data_at) % 2**64, names_at, 1)
    return header + data + kept + names + bytes(-len(names) % 8)


def coverage(build):
    """What llvm-cov says of all that was built and run, as it exports it."""
    root = build / "counters"
    binaries = []
    with tempfile.TemporaryDirectory() as folder:
        raws = []
        files = (path for path in root.rglob("*") if path.is_file() and path.suffix != ".o")
        for counters in sorted(files):
            binary = build / counters.relative_to(root)
            if "data" not in sections(binary):
                continue  # it takes nothing but constants from what is measured
            raws.append(Path(folder) / f"{len(raws)}.profraw")
            raws[-1].write_bytes(raw_profile(binary, counters))
            binaries.append(binary)
        merged = Path(folder) / "merged"
        subprocess.run([tool("llvm-profdata"), "merge", "-o", merged, *raws], check=True)
        words = [tool("llvm-cov"), "export", "-instr-profile", merged, binaries[0]]
        for binary in binaries[1:]:
            words += ["-object", binary]
        return json.loads(subprocess.run(words, capture_output=True, check=True).stdout)["data"][0]


def room_of(name):
    return "/".join(Path(name).resolve().relative_to(TREE).parts[:2])


def is_ours(name):
    return re.match(rf"{re.escape(str(TREE))}/(preload|analyzer|include)/", str(Path(name).resolve()))


def percent(covered, count):
    return 100.0 * covered / count if count else 100.0


def print_rooms(files):
    """The table; the sums of each half are returned."""
    rooms = defaultdict(lambda: defaultdict(int))
    for entry in files:
        room = room_of(entry["filename"])
        for kind in ("lines", "branches", "functions"):
            for whole in (room, room.split("/")[0]):
                rooms[whole][kind] += entry["summary"][kind]["count"]
                rooms[whole][kind, "covered"] += entry["summary"][kind]["covered"]
    print(f"{'room':22}{'lines':>8}{'reached':>10}{'branches':>10}{'reached':>10}"
          f"{'functions':>11}{'never':>7}")
    for room, sums in sorted(rooms.items()):
        print(f"{room:22}{sums['lines']:8}{percent(sums['lines', 'covered'], sums['lines']):9.1f}%"
              f"{sums['branches']:10}{percent(sums['branches', 'covered'], sums['branches']):9.1f}%"
              f"{sums['functions']:11}{sums['functions'] - sums['functions', 'covered']:7}")
    return rooms


def calls_of_functions(data):
    """(room/file, function) -> how often it was called, over all binaries that have it."""
    calls = defaultdict(int)
    for function in data["functions"]:
        name = function["filenames"][0]
        if is_ours(name):
            where = str(Path(name).resolve().relative_to(TREE))
            calls[where, function["name"].split(":")[-1]] += function["count"]
    return calls


def hooks():
    """The functions that the preload takes over, and what else it exports, from hook_list.h."""
    text = (TREE / "preload/hooks/hook_list.h").read_text().split("#define MT_HOOKS_C")[1]
    mangled = re.findall(r"X\(\w+, (_Z\w+),", text)
    plain = [name for name in re.findall(r"X\((\w+)", text)
             if not re.search(rf"X\({name}, _Z", text)]
    return [name for name in plain + mangled if name != "name"]


def print_lines(data, wanted):
    """Lines of the file in which nothing was reached, as llvm-cov's segments say."""
    for entry in data["files"]:
        path = Path(entry["filename"]).resolve()
        if not str(path).endswith(wanted):
            continue
        text = path.read_text().splitlines()
        missed = set()
        segments = [s for s in entry["segments"] if not s[5]]
        for (line, _, count, has_count, *_), after in zip(segments, segments[1:]):
            if has_count and count == 0:
                missed |= set(range(line, after[0] + (after[1] > 1)))
        for number in sorted(missed):
            print(f"{path.name}:{number}: {text[number - 1]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build", type=Path)
    parser.add_argument("--functions", action="store_true")
    parser.add_argument("--lines", action="append", default=[])
    arguments = parser.parse_args()
    build = arguments.build.resolve()
    data = coverage(build)
    files = [entry for entry in data["files"] if is_ours(entry["filename"])]
    calls = calls_of_functions(data)
    if arguments.lines:
        for wanted in arguments.lines:
            print_lines(data, wanted)
        return 0
    rooms = print_rooms(files)
    if arguments.functions:
        for (where, name), count in sorted(calls.items()):
            if not count:
                print(f"never called: {where}: {name}")

    complaints = []
    for half, goals in GOALS.items():
        for kind, goal in goals.items():
            found = percent(rooms[half][kind, "covered"], rooms[half][kind])
            if found < goal:
                complaints.append(f"{half}: {found:.1f} % of its {kind}, wanted {goal} %")
    # those of other allocators are put in their place, and are not exported
    calls = {(where, name.removeprefix("mt_hook_")): count for (where, name), count in calls.items()}
    called = {name for (where, name), count in calls.items() if count and where.startswith("preload/")}
    known = {name for where, name in calls}
    complaints += [f"hook {name}: reached by no test" +
                   ("" if name in known else " (not in what was measured)")
                   for name in hooks() if name not in called]
    for complaint in complaints:
        print(f"failed: {complaint}", file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
