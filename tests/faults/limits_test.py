#!/usr/bin/env python3
"""limits_test.py CREW STRICT: limits on files, descriptors, memory and processes, from none at all to
more than enough, set before the program begins. It does what it does without the tracer; a trace
from which something is missing is inconclusive."""

import errno
import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import filters
from harness import (check, equal, main, memtrace, report, run, same_behaviour, scratch)

MIB = 1 << 20
LIMITS = [
    *({"fsize": bytes_} for bytes_ in (0, 1, 4096, 65536, MIB, 2 * MIB + 5, 64 * MIB)),
    *({"nofile": number} for number in (4, 5, 6, 64)),
    *({"as": MIB * number} for number in (512, 2048, 65536)),
    *({"data": MIB * number} for number in (192, 512)),
    {"core": 0}, {"memlock": 0}, {"sigpending": 0}, {"stack": MIB // 4}, {"rtprio": 0},
    {"fsize": MIB, "nofile": 5, "as": 512 * MIB},
]
MEMORY_GROUPS = Path("/sys/fs/cgroup/memory")


def hold(crew, folder, **keywords):
    """Returns what check says; None: there is no trace."""
    plain = run([crew], folder, traced=False, stdin=b"x", **keywords)
    traced = run([crew], folder, stdin=b"x", **keywords)
    same_behaviour(plain, traced)
    check(len(traced.ours) <= 1, f"{len(traced.ours)} lines: {traced.ours}")
    traces = [path for path in traced.traces if f".{traced.pid}." in path.name]
    if not traces:
        check("untraced" in "".join(traced.ours), f"not traced, and not said: {traced.ours}")
        return None
    return memtrace("check", traces[0], statuses=(23, 24)).returncode


def without_children(strict, folder):
    """No process can be made: the process searches itself, where it has one thread."""
    program = filters.steps("clone clone3 fork vfork", filters.ERRNO | errno.EAGAIN)
    plain = run([strict, "probes"], folder, traced=False)
    traced = run([strict, "probes"], folder, before_exec=lambda: filters.install(program))
    same_behaviour(plain, traced)
    found = report(traced.traces[0])
    equal("leaks where clone is refused", found["totals"]["leaked_objects"], 401)


def in_a_memory_group(crew, folder):
    """A group of processes that may have so much memory: the kernel kills it alike, or it lives."""
    own = next((line.split(":", 2)[2].strip() for line in Path("/proc/self/cgroup").read_text()
                .splitlines() if ":memory:" in line), "/")
    group = MEMORY_GROUPS / own.lstrip("/") / f"memtrace-test-{os.getpid()}"
    try:
        group.mkdir()
    except OSError as why:
        print(f"without memory groups: {why}")
        return
    try:
        for mib in 1, 4, 16, 64:
            (group / "memory.limit_in_bytes").write_text(str(mib * MIB))

            def enter():
                (group / "tasks").write_text(str(os.getpid()))
            result = run([crew], folder, stdin=b"x", before_exec=enter)
            check(result.status in (7, 128 + signal.SIGKILL), f"{mib} MiB: {result.status}")
            for trace in result.traces:
                memtrace("check", trace, statuses=(0, 3, 23, 24))
    finally:
        group.rmdir()


def test():
    crew, strict = (Path(word).resolve() for word in sys.argv[1:])
    found = []
    with scratch() as folder:
        for limits in LIMITS:
            try:
                found.append(hold(crew, folder, limits=limits))
            except Exception as why:
                why.args = (f"{limits}: {why}",)
                raise
        without_children(strict, folder)
        in_a_memory_group(crew, folder)
    print(f"{len(LIMITS)} limits: {found}")


main(test)
