"""figures.py: what the reports of all processes of a run come to, for one row of the table; and what
must hold of each, whatever the program: it opens undamaged, adds up, and no free passed by."""

import json
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from harness import check, equal, hold_report, memtrace  # noqa: E402

AT_ONCE = 50  # traces in one call
READ_MOST = 200
SITES_SHOWN = 12
LOST = ("definite", "indirect")


@dataclass
class Lost:
    """A site whose objects nothing points to, in all processes."""

    verdict: str
    program: str
    place: str
    objects: int = 0
    bytes: int = 0


@dataclass
class Figures:
    processes: int = 0
    allocations: int = 0
    sites: set = field(default_factory=set)   # fingerprints of all that was not freed
    lost: dict = field(default_factory=dict)  # fingerprint and verdict -> Lost
    cut: int = 0
    ends: dict = field(default_factory=dict)
    problems: dict = field(default_factory=dict)  # why there are no verdicts, or what was not seen
    allocators: set = field(default_factory=set)
    seen: set = field(default_factory=set)  # executables of which allocations were seen

    def lost_in_words(self) -> str:
        objects = sum(site.objects for site in self.lost.values())
        size = sum(site.bytes for site in self.lost.values())
        return f"{size:,} B in {objects:,}" if objects else "0"

    def remarks(self) -> list[str]:
        """What is said of it in the table: whose malloc it is, if not glibc's, and why there is no
        verdict."""
        others = sorted(name for name in self.allocators if name and not name.startswith("glibc"))
        said = [f"allocator: {name}" for name in others]
        return said + [f"{count} of {self.processes}: {why}" if self.processes > 1 else why
                       for why, count in self.problems.items()]

    def details(self) -> str:
        """What is lost, site by site, and how the processes ended."""
        largest = sorted(self.lost.values(), key=lambda site: -site.bytes)
        lines = [f"    {site.verdict}: {site.bytes:,} bytes in {site.objects:,} by {site.program}: "
                 f"{site.place}" for site in largest[:SITES_SHOWN]]
        if len(largest) > SITES_SHOWN:
            lines.append(f"    and {len(largest) - SITES_SHOWN} sites more are lost")
        ends = ", ".join(f"{count} {end}" for end, count in self.ends.items())
        return "\n".join([*lines, f"    {ends}; {self.cut:,} stacks cut"])


def reports_of(traces: list[Path]):
    for first in range(0, len(traces), AT_ONCE):
        part = traces[first:first + AT_ONCE]
        done = memtrace("report", "--format=json", "--verdict=all", *part, timeout=900)
        found = json.loads(done.stdout)
        yield from found if isinstance(found, list) else [found]


def place(site: dict) -> str:
    """The innermost functions that have names."""
    names = [frame["function"] or Path(frame["module"] or "?").name for frame in site["stack"]]
    return " < ".join(re.sub(r"\(.*", "", name) for name in names[:6])


def add(figures: Figures, found: dict) -> None:
    process, trace, totals = found["process"], found["trace"], found["totals"]
    for key in ("lost_blocks", "lost_stacks"):
        equal(f"{trace['file']}: {key}", trace[key], 0)
    figures.allocations += totals["allocations"]
    figures.cut += trace["truncated_stacks"]
    figures.ends[process["end"]] = figures.ends.get(process["end"], 0) + 1
    figures.allocators.add(trace["allocator"])
    if totals["allocations"]:
        figures.seen.add(Path(process["executable"] or "?").name)
    problem = found["scan"]["problem"]
    if problem:
        figures.problems[problem] = figures.problems.get(problem, 0) + 1
    for site in found["sites"]:
        figures.sites.add(site["fingerprint"])
        if site["verdict"] in LOST:
            program = Path(process["executable"] or "?").name
            lost = figures.lost.setdefault((site["fingerprint"], site["verdict"]),
                                           Lost(site["verdict"], program, place(site)))
            lost.objects += site["objects"]
            lost.bytes += site["bytes"]


def figures_of(traces: list[Path]) -> Figures:
    """Of thousands of forks those with the largest traces are read."""
    figures = Figures(processes=len(traces))
    ordered = sorted(traces, key=lambda path: -path.stat().st_blocks)
    for found in reports_of(ordered[:READ_MOST]):
        hold_report(found, at_rest=False)
        add(figures, found)
    return figures


def hold_counters(trace: Path) -> None:
    """What only a dump says. A free that passed the hooks by is a hole in them."""
    text = memtrace("dump", trace, timeout=900).stdout
    found = re.search(r"^counters .*?\bmissed_frees=(\d+)", text, re.M)
    check(found, f"{trace.name}: the dump has no counters")
    equal(f"{trace.name}: missed_frees", found[1], "0")
