"""loads.py: what is measured: the micro loads, built from the .c files of this folder, and real
programs on the input of inputs.py. A load is a command; its time is what the command prints (micro
loads: of one operation) or what the stopwatch says of the whole process."""

import os
import shlex
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

MICRO = Path(os.environ["MEMTRACE_BENCH"])


@dataclass(frozen=True)
class Load:
    """`kind`: pair (a malloc+free pair), live (a block kept), thread, idle (no time), start (of a
    process), program. `runs`: how often the stopwatch runs it in a round; the fastest counts.
    `deep`: its stacks have more than 64 frames. `long`: not for slow tools."""

    name: str
    kind: str
    words: list
    unit: str
    runs: int = 1
    deep: bool = False
    long: bool = False
    variables: dict = field(default_factory=dict)
    inputs: Path | None = None

    def available(self) -> bool:
        return bool(self.words) and shutil.which(str(self.words[0])) is not None

    def is_micro(self) -> bool:
        """Whether it prints its own figures."""
        return Path(self.words[0]).parent == MICRO


def micro(name: str, kind: str, unit: str, program: str, *arguments, **more) -> Load:
    return Load(name, kind, [MICRO / program, *map(str, arguments)], unit, **more)


def micro_loads() -> list[Load]:
    loads = []
    for threads, suffix in ((0, ""), (2, "-2threads")):
        for depth in (10, 30, 60):
            loads.append(micro(f"churn-{depth}{suffix}", "pair", "ns", "churn", depth, threads))
        for frames in (23, 38, 58):
            loads.append(micro(f"trees-{frames}{suffix}", "pair", "ns", "call_trees", frames,
                               threads, deep=True))
    return loads + [
        micro("live-1m", "live", "ns", "live_blocks", 1_000_000),
        micro("live-4m", "live", "ns", "live_blocks", 4_000_000, long=True),
        micro("thread", "thread", "us", "thread_lives"),
        micro("idle-thread", "idle", "", "idle_threads"),
        Load("true", "start", ["/bin/true"], "ms", runs=20),
    ]


def compiler_words(source: Path) -> list[str]:
    """The compiler proper with the words g++ gives it, so that g++ itself is not measured."""
    if not shutil.which("g++"):
        return []
    asked = subprocess.run(["g++", "-###", "-std=c++17", "-fsyntax-only", source],
                           capture_output=True, text=True, check=False)
    for line in asked.stderr.splitlines():
        words = shlex.split(line) if "cc1plus" in line else [""]
        if words[0].endswith("cc1plus"):
            return words
    return []


JQ = ("map(select(.score % 3 > 0) | {name, tags, label: .place.label}) | group_by(.name)"
      " | map({name: .[0].name, labels: map(.label) | unique, tags: map(.tags) | add | unique})")


def program_loads(inputs: Path) -> list[Load]:
    quiet_git = {"HOME": str(inputs), "GIT_CONFIG_NOSYSTEM": "1", "GIT_PAGER": "cat", "TZ": "UTC"}
    python = "/usr/bin/python3" if Path("/usr/bin/python3").exists() else "python3"
    commands = [
        ("jq", ["jq", "-c", JQ, inputs / "records.json"], {}),
        ("xmllint", ["xmllint", "--xpath", "count(//book[year > 1900])", inputs / "library.xml"],
         {}),
        ("sqlite3", ["sqlite3", ":memory:", f".read {inputs}/books.sql"], {}),
        ("perl", ["perl", inputs / "work.pl"], {"PERL_HASH_SEED": "0"}),
        ("python3", [python, "-S", inputs / "work.py"],
         {"PYTHONMALLOC": "malloc", "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}),
        ("cc1plus", compiler_words(inputs / "work.cc"), {}),
        ("git", ["git", "-C", inputs / "repository", "log", "--stat", "-p"], quiet_git),
        ("redis", ["redis-server"], {}),
    ]
    return [Load(name, "program", words, "ms", variables=variables, inputs=inputs)
            for name, words, variables in commands]


def all_loads(inputs: Path) -> list[Load]:
    return micro_loads() + program_loads(inputs)
