"""offspring.py: all processes that a run has started, daemons included: they become children of this
process when their parents end, so that they are seen to end, and their time is counted. Only what
descends from this process is ever ended, by its pid."""

import ctypes
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from harness import Failure  # noqa: E402

TIMEOUT_SECONDS = 900
ORPHANS_SECONDS = 30
PR_SET_CHILD_SUBREAPER = 36


def processor_seconds() -> float:
    """Of all children that have ended and were waited for."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def become_reaper() -> None:
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def descendants(pid: int) -> list[int]:
    children = []
    for listed in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children += map(int, listed.read_text().split())
        except OSError:
            pass  # a thread that has just ended
    return children + [found for child in children for found in descendants(child)]


def end_all(name: str, what: str) -> None:
    """Ends what this entry has started, by pid, and says that it had to be."""
    left = descendants(os.getpid())
    names = [Path(f"/proc/{pid}/comm").read_text().strip() for pid in left
             if Path(f"/proc/{pid}/comm").exists()]
    while left:
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        reap(1)
        left = descendants(os.getpid())
    raise Failure(f"{name}: {what}: {', '.join(names)}")


def reap(seconds: float) -> bool:
    """Waits for children of any kind; returns whether there is none left."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return True
        if not pid:
            time.sleep(0.02)
    return False


def ended(process, name: str) -> int:
    """Its status as a shell says it, when it and all that it left behind has ended."""
    try:
        status = process.wait(TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired:
        end_all(name, f"did not end within {TIMEOUT_SECONDS} s")
    if not reap(ORPHANS_SECONDS):
        end_all(name, f"still running {ORPHANS_SECONDS} s after the end")
    return status if status >= 0 else 128 - status
