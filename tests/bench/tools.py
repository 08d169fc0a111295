"""tools.py: the tracers that are compared, each run as its own authors would measure its recording:
no interpretation, no leak check or report at the end, but nothing recorded less. A tool says which
variables and words go before a program, where its trace lies afterwards, and in how many rounds
and which loads it can take part without the run lasting hours."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

NO_LIMIT = 1_000_000


@dataclass(frozen=True)
class Tool:
    """`slow` tools skip the loads that would take them minutes."""

    name: str
    note: str
    preload: str | None = None
    rounds: int = NO_LIMIT
    slow: bool = False

    def available(self) -> bool:
        return True

    def words(self, trace: Path) -> list[str]:
        return []

    def variables(self, trace: Path, load) -> dict[str, str]:
        return {"LD_PRELOAD": self.preload} if self.preload else {}

    def traces(self, trace: Path) -> list[Path]:
        """Files that a run left; a program's children may have left their own."""
        return sorted(trace.parent.glob(trace.name + "*"))


@dataclass(frozen=True)
class Memtrace(Tool):
    """Default options, but for the name of the trace. Call trees grow deeper than the default
    depth; there it is raised, so that no stack is cut."""

    more: str = ""  # further options

    def available(self):
        return Path(self.preload).exists()

    def options(self, trace, load) -> str:
        depth = ":depth=512" if load.deep else ""
        return f"output={trace}.%p:quiet=1{depth}{self.more}"

    def variables(self, trace, load):
        return {**super().variables(trace, load), "MEMTRACE_OPTIONS": self.options(trace, load)}


class Heaptrack(Tool):
    """What `heaptrack -r` preloads, writing its raw trace to a file: neither the interpreter nor
    the compressor shares the processors with the program."""

    def available(self):
        return Path(self.preload).exists()

    def variables(self, trace, load):
        return {**super().variables(trace, load), "DUMP_HEAPTRACK_OUTPUT": str(trace)}


@dataclass(frozen=True)
class Lsan(Tool):
    options: str = "leak_check_at_exit=0"

    def available(self):
        return bool(self.preload)

    def variables(self, trace, load):
        return {**super().variables(trace, load), "LSAN_OPTIONS": self.options}


class Memcheck(Tool):
    def available(self):
        return shutil.which("valgrind") is not None

    def words(self, trace):
        return ["valgrind", "--tool=memcheck", "--leak-check=no", f"--log-file={trace}.%p"]


SLOW_UNWINDER = ":fast_unwind_on_malloc=0:malloc_context_size=255"


def lsan_library() -> str | None:
    """gcc names its own; a name without a folder is one it has not got."""
    for compiler in ("gcc", "clang"):
        if not shutil.which(compiler):
            continue
        found = subprocess.run([compiler, "-print-file-name=liblsan.so"], capture_output=True,
                               text=True, check=False).stdout.strip()
        if os.sep in found and Path(found).exists():
            return str(Path(found).resolve())
    return None


def heaptrack_library() -> str:
    folders = ["/usr/lib/heaptrack", "/usr/lib/*/heaptrack", "/usr/local/lib/heaptrack",
               "/usr/lib64/heaptrack"]
    for folder in folders:
        for library in Path("/").glob(f"{folder[1:]}/libheaptrack_preload.so"):
            return str(library)
    return f"{folders[0]}/libheaptrack_preload.so"


def all_tools() -> list[Tool]:
    lsan = lsan_library()
    return [
        Tool("none", "the program alone"),
        Memtrace("memtrace", "default options", preload=os.environ["MEMTRACE_PRELOAD"]),
        Memtrace("memtrace-sampled", "one block in about every 512 KiB (option sample)",
                 preload=os.environ["MEMTRACE_PRELOAD"], more=":sample=512K"),
        Heaptrack("heaptrack", "raw trace to a file; stacks of up to 64 frames",
                  preload=heaptrack_library(), rounds=5),
        Lsan("lsan", "LD_PRELOAD=liblsan, frame-pointer stacks (its default)", preload=lsan),
        Lsan("lsan-full", "the same with fast_unwind_on_malloc=0, stacks of up to 255 frames",
             preload=lsan, rounds=3, slow=True, options=Lsan.options + SLOW_UNWINDER),
        Memcheck("memcheck", "Valgrind; stacks of up to 12 frames (its default)", rounds=1,
                 slow=True),
    ]
