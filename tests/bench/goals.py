"""goals.py: what memtrace is meant to reach, held against a comparison: goal, measured, verdict. A
verdict speaks of the median; where the quartiles of the rounds lie on both sides of the limit it
says so, for another run may end otherwise."""

from dataclasses import dataclass

from figures import geometric_mean

PAIRS = {"churn-10": 30, "churn-30": 40, "churn-60": 55,
         "trees-23": 70, "trees-38": 90, "trees-58": 130}
KIB = 1024


@dataclass(frozen=True)
class Goal:
    what: str
    goal: str
    measured: str
    verdict: str  # "met", "missed", "met, within noise", "missed, within noise", "not measured"

    def as_dict(self) -> dict:
        return self.__dict__


def judged(what: str, unit: str, spread, limit: float, scale: float = 1) -> Goal:
    """At most `limit` units of `scale`."""
    goal = f"at most {limit:g} {unit}".rstrip()
    if not spread:
        return Goal(what, goal, "", "not measured")
    middle, low, high = (value / scale for value in (spread.middle, spread.low, spread.high))
    verdict = "met" if middle <= limit else "missed"
    if low <= limit < high:
        verdict += ", within noise"
    return Goal(what, goal, f"{middle:.3g} ({low:.3g} to {high:.3g})", verdict)


def plain(what: str, goal: str, measured: str, met: bool) -> Goal:
    return Goal(what, goal, measured, "met" if met else "missed")


def pair_goals(results, loads):
    names = {load.name for load in loads}
    for load, limit in PAIRS.items():
        if load not in names:
            continue
        added = results.added_time(load, "memtrace")
        yield judged(f"{load}: added to a malloc+free pair", "ns", added, limit)
        lsan = results.added_time(load, "lsan")
        if load.startswith("churn") and added and lsan:
            yield plain(f"{load}: less than liblsan's fast mode", f"under {lsan.middle:.3g} ns",
                        f"{added.middle:.3g}", added.middle < lsan.middle)


def program_goals(results, loads):
    ratios = {load.name: results.ratio(load.name, "memtrace")
              for load in loads if load.kind == "program"}
    found = {name: ratio.middle for name, ratio in ratios.items() if ratio}
    if not found:
        return
    mean, worst = geometric_mean(found.values()), max(found, key=found.get)
    yield plain("real programs: time against native", "geometric mean at most 1.30",
                f"{mean:.3f} ({len(found)} programs)", mean <= 1.30)
    yield judged(f"real programs: the slowest ({worst})", "times native", ratios[worst], 1.8)


def sampled_goals(results, loads):
    found = [ratio.middle for load in loads if load.kind == "program"
             and (ratio := results.ratio(load.name, "memtrace-sampled"))]
    if found:
        mean = geometric_mean(found)
        yield plain("real programs: the same with sample=512K", "geometric mean at most 1.05",
                    f"{mean:.3f} ({len(found)} programs)", mean <= 1.05)


def heaptrack_goals(results, loads):
    """Added times under a thousandth of the native one are taken as that."""
    factors = {}
    for load in loads:
        ours, theirs = (results.added_time(load.name, tool) for tool in ("memtrace", "heaptrack"))
        if ours and theirs:
            least = results.time(load.name, "none").middle / 1000
            factors[load.name] = max(theirs.middle, least) / max(ours.middle, least)
    if not factors:
        return
    worst = min(factors, key=factors.get)
    mean = geometric_mean(factors.values())
    yield plain("heaptrack's added time over ours", "at least 5 on every load",
                f"{factors[worst]:.1f} ({worst})", factors[worst] >= 5)
    yield plain("the same, geometric mean", "at least 10", f"{mean:.1f} ({len(factors)} loads)",
                mean >= 10)


def thread_goals(results, loads):
    for load in loads:
        if not load.name.endswith("-2threads"):
            continue
        together = results.added_time(load.name, "memtrace")
        alone = results.spread(load.name, "memtrace",
                               lambda run, native: run.alone_ns - native.alone_ns)
        ratio = results.spread(load.name, "memtrace", lambda run, native: (
            (run.time_ns - native.time_ns) / (run.alone_ns - native.alone_ns)
            if run.alone_ns > native.alone_ns else None))
        if together and alone and ratio:
            goal = judged(f"{load.name}: added per thread, of one alone", "times", ratio, 1.1)
            yield Goal(goal.what, goal.goal, f"{goal.measured}: {together.middle:.3g} to "
                       f"{alone.middle:.3g} ns", goal.verdict)


def memory_goals(results, loads):
    """A block's share is of the memory added or of the trace on disk, whichever is more."""
    for load in loads:
        if load.kind == "live":
            share = results.spread(load.name, "memtrace", lambda run, native: max(
                run.peak_bytes - native.peak_bytes, run.trace_bytes) / run.blocks)
            if load.name == "live-4m":
                yield judged("memory added per live block at 4 million", "bytes", share, 48)
        if load.kind == "idle":
            yield judged("memory added by an idle thread", "KiB",
                         results.added_memory(load.name, "memtrace"), 16, KIB)


def life_goals(results, loads):
    limits = {"thread": ("a thread with 3 allocations: added", "us", 3, 1e3),
              "start": ("start and end of a process: added", "ms", 3, 1e6)}
    for load in loads:
        if load.kind in limits:
            what, unit, limit, scale = limits[load.kind]
            yield judged(what, unit, results.added_time(load.name, "memtrace"), limit, scale)


def stack_goals(results, loads):
    programs = [load.name for load in loads if load.kind == "program"]
    if not results.checked:
        return
    missing = [name for name in programs if results.checked.get(name) is None]
    compared = sum(found[0] for found in results.checked.values() if found)
    wrong = sum(found[1] for found in results.checked.values() if found)
    measured = f"{wrong:,} of {compared:,} differ"
    if missing:
        measured += f"; no result: {', '.join(missing)}"
    yield plain("stacks equal unw_step's, checking mode, real programs", "all", measured,
                compared > 0 and wrong == 0 and not missing)


def all_goals(results, loads) -> list[Goal]:
    parts = (pair_goals, thread_goals, memory_goals, life_goals, program_goals, sampled_goals,
             heaptrack_goals, stack_goals)
    return [goal for part in parts for goal in part(results, loads)]
