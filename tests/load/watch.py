"""watch.py: what the tracer takes of a running process, seen from outside: which of its mappings are
the tracer's own, how much of them is in RAM, how long its trace is on disk.

The tracer's memory is told by how it maps it (preload/ground/memory.c): it stays out of core dumps,
which no load here asks for; the trace and the libraries have their names."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

OWN_LIBRARIES = re.compile(r"/lib(memtrace|unwind|lzma)[^/]*\.so")


@dataclass
class Sample:
    """KiB, or numbers of things. The tracer's own: private memory, resident pages of the trace, of
    the libraries that it brought, and its share of the page tables is in `tables`, which are all."""

    private: int = 0
    trace: int = 0
    libraries: int = 0
    on_disk: int = 0
    maps: int = 0      # mappings of the tracer
    others: int = 0    # mappings that are not
    program: int = 0   # resident, but for the tracer's
    tables: int = 0    # page tables, of all
    descriptors: int = 0
    threads: int = 0

    @property
    def own(self) -> int:
        return self.private + self.trace + self.libraries


def mappings(pid):
    """Each mapping's path, flags and resident KiB."""
    with open(f"/proc/{pid}/smaps", encoding="utf-8", errors="replace") as smaps:
        path, resident = "", 0
        for line in smaps:
            if line.startswith("Rss:"):
                resident = int(line.split()[1])
            elif line.startswith("VmFlags:"):
                yield path, line.split()[1:], resident
            elif re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
                words = line.rstrip("\n").split(maxsplit=5)
                path = words[5] if len(words) > 5 else ""


def status(pid) -> dict:
    return dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())


def take(pid, trace) -> Sample:
    sample = Sample()
    for path, flags, resident in mappings(pid):
        if trace and path == str(trace):
            sample.trace += resident
        elif OWN_LIBRARIES.search(path):
            sample.libraries += resident
        elif not path and "dd" in flags:
            sample.private += resident
        else:
            sample.program += resident
            sample.others += 1
            continue
        sample.maps += 1
    said = status(pid)
    sample.tables = int(said["VmPTE"].split()[0])
    sample.threads = int(said["Threads"])
    sample.descriptors = len(os.listdir(f"/proc/{pid}/fd"))
    sample.on_disk = trace.stat().st_blocks // 2 if trace else 0
    return sample
