"""frames.py: how long the stacks are that a tool recorded: the mean over its distinct stacks, read
from its own trace; LeakSanitizer's from the leak report of an extra run in which every block that
is alive at the end counts as leaked."""

import os
import re
import subprocess
from dataclasses import replace
from pathlib import Path

from measure import measure

COMMAND = os.environ["MEMTRACE_COMMAND"]
ALL_LEAKS = ":leak_check_at_exit=1:exitcode=0:max_leaks=0:log_path=trace" + "".join(
    f":use_{roots}=0" for roots in ("globals", "stacks", "registers", "tls", "ld_allocations"))


def largest(paths) -> Path | None:
    return max(paths, key=lambda path: path.stat().st_size, default=None)


def mean(lengths) -> float | None:
    lengths = list(lengths)
    return sum(lengths) / len(lengths) if lengths else None


def depths(parents: list[int]) -> list[int]:
    """Of each node of a tree whose parents come first; node 0 is no frame."""
    found = [0] * len(parents)
    for node, parent in enumerate(parents[1:], 1):
        found[node] = found[parent] + 1
    return found


def of_memtrace(trace: Path) -> float | None:
    """The node of an innermost frame names the function it called."""
    parents, innermost = {}, []
    with subprocess.Popen([COMMAND, "dump", trace], stdout=subprocess.PIPE, text=True) as dump:
        for line in dump.stdout:
            if not line.startswith("node "):
                continue
            _, node, parent, *rest = line.split()
            node = int(node[3:])
            parents[node] = int(parent[7:])
            if any(word.startswith("function=") for word in rest):
                innermost.append(node)

    def length(node: int) -> int:
        frames = 0
        while node:
            node = parents.get(node, 0)
            frames += 1
        return frames

    return mean(map(length, innermost))


def of_heaptrack(trace: Path) -> float | None:
    """Lines "t IP PARENT" make the nodes 1, 2, …; "+ SIZE NODE ADDRESS" is an allocation. The raw
    trace keeps the frames of heaptrack's own library out."""
    parents, innermost = [0], set()
    with trace.open(encoding="ascii", errors="replace") as file:
        for line in file:
            if line.startswith("t "):
                parents.append(int(line.split()[2], 16))
            elif line.startswith("+ "):
                innermost.add(int(line.split()[2], 16))
    lengths = depths(parents)
    return mean(lengths[node] for node in innermost if node < len(lengths))


def of_lsan(report: Path) -> float | None:
    """Stacks are numbered lines after a heading; the first frame is LeakSanitizer's own malloc."""
    lengths, length = [], 0
    with report.open(errors="replace") as file:
        for line in file:
            if re.match(r" +#\d+ ", line):
                length += 1
            elif length:
                lengths.append(length - 1)
                length = 0
    return mean(lengths)


def recorded(tool, load, scratch: Path) -> float | None:
    """After a run of the load under the tool in `scratch`."""
    trace = largest(tool.traces(scratch / "trace"))
    if tool.name == "memtrace" and trace:
        return of_memtrace(trace)
    if tool.name == "heaptrack" and trace:
        return of_heaptrack(trace)
    if tool.name.startswith("lsan") and load.kind != "idle" and load.name != "redis":
        for path in scratch.glob("*"):
            path.unlink()
        measure(replace(tool, options=tool.options + ALL_LEAKS), replace(load, runs=1), scratch)
        report = largest(scratch.glob("trace.*"))
        return of_lsan(report) if report else None
    return None
