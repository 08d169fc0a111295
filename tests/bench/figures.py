"""figures.py: the medians and quartiles of what was measured. Each round runs every tool once, so a
round's own difference and ratio are taken first: what slowed the machine down for a while slowed
both halves."""

import math
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Spread:
    """Median and quartiles of `count` values."""

    middle: float
    low: float
    high: float
    count: int

    def as_dict(self) -> dict:
        return {"median": self.middle, "q1": self.low, "q3": self.high, "rounds": self.count}


def quantile(ordered: list[float], share: float) -> float:
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def spread(values) -> Spread | None:
    ordered = sorted(value for value in values if value is not None)
    if not ordered:
        return None
    return Spread(median(ordered), quantile(ordered, 0.25), quantile(ordered, 0.75), len(ordered))


def geometric_mean(values) -> float | None:
    values = list(values)
    if not values or min(values) <= 0:
        return None
    return math.exp(sum(map(math.log, values)) / len(values))


class Results:
    """All runs of a comparison: runs[load][tool] is a list by round."""

    def __init__(self):
        self.runs: dict[str, dict[str, list]] = {}
        self.frames: dict[str, dict[str, float]] = {}
        self.checked: dict[str, tuple[int, int]] = {}  # load: stacks compared, wrong ones

    def add(self, load: str, tool: str, number: int, run) -> None:
        rounds = self.runs.setdefault(load, {}).setdefault(tool, [])
        rounds.extend([None] * (number - len(rounds)))
        rounds.append(run)

    def pairs(self, load: str, tool: str):
        """(tool's run, run of none in the same round), failures left out."""
        tools = self.runs.get(load, {})
        for run, native in zip(tools.get(tool, []), tools.get("none", [])):
            if run and native and not run.failure and not native.failure:
                yield run, native

    def spread(self, load: str, tool: str, value) -> Spread | None:
        """Of value(run, native) over the rounds; value may return None."""
        return spread(value(run, native) for run, native in self.pairs(load, tool))

    def time(self, load: str, tool: str) -> Spread | None:
        return self.spread(load, tool, lambda run, _: run.time_ns)

    def added_time(self, load: str, tool: str) -> Spread | None:
        return self.spread(load, tool,
                           lambda run, native: run.time_ns and run.time_ns - native.time_ns)

    def ratio(self, load: str, tool: str) -> Spread | None:
        return self.spread(load, tool,
                           lambda run, native: run.time_ns and run.time_ns / native.time_ns)

    def processor_ratio(self, load: str, tool: str) -> Spread | None:
        return self.spread(load, tool, lambda run, native: run.cpu_ns / native.cpu_ns)

    def added_memory(self, load: str, tool: str) -> Spread | None:
        """Bytes: of the peak of the process, or of one idle thread."""
        def value(run, native):
            if run.thread_bytes is not None:
                return run.thread_bytes - native.thread_bytes
            return run.peak_bytes - native.peak_bytes
        return self.spread(load, tool, value)

    def trace(self, load: str, tool: str) -> Spread | None:
        return self.spread(load, tool, lambda run, _: run.trace_bytes)

    def failure(self, load: str, tool: str) -> str:
        """Why there are no figures; empty where there are, or where it was not run."""
        runs = [run for run in self.runs.get(load, {}).get(tool, []) if run]
        return runs[0].failure if runs and all(run.failure for run in runs) else ""
