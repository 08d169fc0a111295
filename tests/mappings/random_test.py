#!/usr/bin/env python3
"""random_test.py BINARY: hundreds of thousands of random calls of mmap, munmap, mremap, mprotect,
shmat and shmdt by several threads and a signal handler; whenever the program stops, what memtrace
says is mapped there, and how it is protected, is what /proc/PID/maps says. No difference is
allowed; memtrace may say that it does not know a protection (mprotect failed half way). MEMTRACE_STOPS=100 for the long run."""

import os
import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from harness import Skip, check, dump, equal, main, preload, scratch

PAGE = 4096
STOPS = int(os.environ.get("MEMTRACE_STOPS", "10"))
RUNS = [(1, 1, 12000), (2, 3, 4000)]  # seed, threads, calls of each between stops


def inside(start, end, regions):
    """The part of a range that lies in each of the regions."""
    for low, high in regions:
        if start < high and low < end:
            yield max(start, low), min(end, high)


def by_page(ranges):
    return {page: protection for start, end, protection in ranges
            for page in range(start, end, PAGE)}


def by_kernel(pid, regions):
    for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
        start, end, protection = re.match(r"(\w+)-(\w+) (...)", line).groups()
        for low, high in inside(int(start, 16), int(end, 16), regions):
            yield low, high, protection


def by_memtrace(records, regions):
    last = 0
    for mapping in records["mapping"]:
        start = int(mapping["address"], 16)
        end = start + int(mapping["bytes"])
        check(start >= last, f"records overlap at {mapping}")
        last = end
        for low, high in inside(start, end, regions):
            yield low, high, mapping["protection"]


def compare(process, trace, regions, kinds):
    records = dump(trace)
    kinds.update(mapping["kind"] for mapping in records["mapping"])
    kernel, ours = by_page(by_kernel(process.pid, regions)), by_page(by_memtrace(records, regions))
    unknown = [page for page in ours if ours[page] == "unknown"]
    check(len(unknown) <= len(ours) / 4, f"{len(unknown)} of {len(ours)} protections unknown")
    wrong = [page for page in {*kernel, *ours} if ours.get(page) != kernel.get(page) and
             not (page in kernel and page in unknown)]
    check(not wrong, "\n  ".join(["differences:"] + [
        f"{page:#x}: the kernel has {kernel.get(page)}, memtrace {ours.get(page)}"
        for page in sorted(wrong)[:20]]))
    equal("lost_mappings", records["damage"][0]["lost_mappings"], "0")
    equal("bad_mappings", records["damage"][0]["bad_mappings"], "0")
    return len(ours)


def run(binary, seed, threads, steps):
    with scratch() as folder:
        trace = Path(folder) / "random.mtrace"
        environment = dict(os.environ, LD_PRELOAD=preload(),
                           MEMTRACE_OPTIONS=f"output={trace}:quiet=1")
        compared, kinds = 0, set()
        with subprocess.Popen([binary, str(seed), str(threads), str(steps)], env=environment,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            for _ in range(STOPS):
                line = process.stdout.readline()
                check(line.startswith("stopped"), f"the program said {line!r}")
                regions = [(int(low, 16), int(high, 16))
                           for low, high in re.findall(r" 0x(\w+)-0x(\w+)", line)]
                compared += compare(process, trace, regions, kinds)
                calls, failures = map(int, re.search(r"calls=(\d+) failures=(\d+)", line).groups())
                process.stdin.write(".")
                process.stdin.flush()
            process.stdin.close()
            process.wait()
        check(process.returncode == 0, f"the program ended with {process.returncode}")
        check(failures < 0.6 * calls, f"{failures} of {calls} calls failed: shows too little")
        check({"anonymous", "file", "shared"} <= kinds, f"only mappings of kinds {kinds}")
        on_disk = trace.stat().st_blocks * 512
        check(on_disk < 4 << 20, f"the trace takes {on_disk} bytes")
        print(f"seed {seed}, {threads} threads: {calls} calls ({failures} failed), "
              f"{compared} pages compared, no difference; trace of {on_disk} bytes")


def test():
    if not Path("/proc/self/maps").exists():
        raise Skip("needs /proc")
    for seed, threads, steps in RUNS:
        run(sys.argv[1], int(os.environ.get("MEMTRACE_SEED", seed)), threads, steps)


main(test)
