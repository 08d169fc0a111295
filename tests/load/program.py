"""program.py: a load that runs, and who reads its trace meanwhile."""

import os
import re
import subprocess
import time
from dataclasses import dataclass, field

import watch
from harness import check, equal, preload

LASTING = 1009  # blocks, of load.h


@dataclass
class Load:
    """`words` are the program's arguments; `steps` how often it goes on, or, where `seconds` is
    more than they take, for how long. `reader` are words for the reader. `slack_kib` is what may
    come and go by chance."""

    words: list
    steps: int = 3
    seconds: float = 0
    options: dict = field(default_factory=dict)
    reader: list = field(default_factory=list)
    slack_kib: int = 256  # pages that a size, a stack or a thread meets late


def figures_of(line) -> dict:
    return {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", line)}


def environment(traced, output="", options=None) -> dict:
    variables = {key: value for key, value in os.environ.items()
                 if key not in ("LD_PRELOAD", "MEMTRACE_OPTIONS")}
    if traced:
        words = {"output": output, "quiet": 1, **(options or {})}
        variables["LD_PRELOAD"] = preload()
        variables["MEMTRACE_OPTIONS"] = ":".join(f"{key}={value}" for key, value in words.items())
    return variables


class Program:
    """A load that runs in a folder, with the preload or without. Its trace is traces/PID.mtrace."""

    def __init__(self, binary, load, folder, traced):
        traces = folder / "traces"
        self.process = subprocess.Popen(
            [binary, *load.words], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, env=environment(traced, traces / "%p.mtrace", load.options))
        self.trace = traces / f"{self.process.pid}.mtrace" if traced else None
        self.figures = self.hear("ready")

    def hear(self, word) -> dict:
        line = self.process.stdout.readline()
        check(line.startswith(word), f"the load said {line!r} in place of {word}")
        return figures_of(line)

    def step(self) -> float:
        """Returns how many seconds it took."""
        began = time.monotonic()
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        self.figures = self.hear("done")
        return time.monotonic() - began

    def sample(self) -> watch.Sample:
        return watch.take(self.process.pid, self.trace)

    def end(self) -> float:
        began = time.monotonic()
        self.process.stdin.close()
        equal("exit status of the load", self.process.wait(), 0)
        return time.monotonic() - began


class Reader:
    """Reads the trace of a running load without end."""

    def __init__(self, binary, load, trace):
        self.words = [binary, f"--lasting={LASTING}", *load.reader]
        self.trace = trace
        self.process = subprocess.Popen([*self.words, trace], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)

    def hold(self, figures) -> None:
        """Nothing is in flight: the trace says exactly what the load says of itself."""
        wanted = [f"--{key}={figures[name]}" for key, name in
                  (("blocks", "live"), ("mappings", "mappings"), ("mapping-bytes", "mapping_bytes"))
                  if name in figures]
        done = subprocess.run([*self.words, "--once", *wanted, self.trace], text=True,
                              stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
        check(done.returncode == 0, f"the reader found, with nothing in flight:\n{done.stdout}")

    def end(self) -> dict:
        said, _ = self.process.communicate()
        check(self.process.returncode == 0, f"the reader found:\n{said}")
        return figures_of(said)
