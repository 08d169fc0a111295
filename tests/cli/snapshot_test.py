#!/usr/bin/env python3
"""snapshot_test.py: `memtrace snapshot` of processes that allocate nothing, and of one that does
nothing else."""

import json
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from call import Call, PROGRAMS, check, equal, preload, run_all

IDLE = str(PROGRAMS / "cli_idle")
LEAKED, KEPT = 1009, 17
SLEEPS = ("pause", "read", "poll", "sleep", "lock", "condition")


class Idle:
    """An idle process; `pid` is the one that sleeps."""

    def __init__(self, *words, options="", program=(IDLE, LEAKED, KEPT)):
        self.folder = tempfile.TemporaryDirectory(prefix="memtrace-test-")
        variables = {**os.environ, "LD_PRELOAD": preload(), "MEMTRACE_OPTIONS": options}
        # pylint: disable=consider-using-with
        self.process = subprocess.Popen(
            [*map(str, program), *map(str, words)], cwd=self.folder.name, env=variables,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True)
        line = self.process.stdout.readline().split()
        check(line and line[0] == b"ready", f"{words}: {line}")
        self.pid = int(line[1])
        self.await_state()

    def await_state(self):
        """Until it sleeps: it says that it is ready a moment before."""
        for _ in range(1000):
            if Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").split()[2] == "S":
                return
            time.sleep(0.001)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()
        self.folder.cleanup()

    def snapshot(self, *words) -> Call:
        return Call("snapshot", *words, self.pid)

    def verdicts(self) -> dict:
        found = json.loads(self.snapshot("--format=json", "--verdict=all").says(0).stdout)
        counts = {name: count["objects"] for name, count in found["verdicts"].items()}
        return {**counts, "doubt": found["scan"]["doubt"]}

    def said(self) -> list:
        os.killpg(self.process.pid, signal.SIGKILL)
        return self.process.stdout.read().decode().split()


def lost_exactly(idle, what):
    found = idle.verdicts()
    equal(f"{what}: definite", found["definite"], LEAKED)
    check(found["reachable"] >= KEPT, f"{what}: {found}")


def case_one_thread_sleeps():
    for manner in SLEEPS:
        with Idle(manner) as idle:
            for i in range(4):
                lost_exactly(idle, f"{manner}, snapshot {i}")
            equal(manner, idle.said(), [])


def case_all_threads_sleep():
    for manner in SLEEPS:
        with Idle(manner, 3) as idle:
            for i in range(3):
                lost_exactly(idle, f"{manner}, snapshot {i}")
            equal(manner, idle.said(), [])


def case_again_and_again():
    with Idle("pause", 2) as idle:
        for i in range(20):
            lost_exactly(idle, f"snapshot {i}")


def case_children():
    for how in "fork", "exec":
        with Idle("pause", 0, how) as idle:
            lost_exactly(idle, how)
            lost_exactly(idle, how)


def case_threads_allocate_at_full_speed():
    with Idle("busy", 4) as idle:
        for i in range(30):
            found = idle.verdicts()
            # of each thread one block may be in flight, in a register at best
            check(LEAKED <= found["definite"] <= LEAKED + 4, f"snapshot {i}: {found}")
        check(idle.process.poll() is None, "it has ended")


def case_of_the_programs_own_handler():
    with Idle("read", 0, "counted") as idle:
        call = idle.snapshot("--timeout=1")
        check("urgent" in idle.said(), "its handler did not run")
        check(call.status in (0, 24), call.stderr)


def case_no_verdicts():
    with Idle("pause", options="sample=64") as idle:
        call = idle.snapshot().says(24)
        check("no verdicts: only a sample" in call.stdout, call.stdout)
        call.one_line("no verdicts, as said above")


def case_it_does_not_hear():
    for how, reason in ("ignored", "ignores SIGURG"), ("blocked", "blocks SIGURG"):
        with Idle("pause", 0, how) as idle:
            idle.snapshot("--timeout=0.3").says(24).one_line(reason)
    with Idle("pause", options="scan=none") as idle:
        idle.snapshot("--timeout=0.3").says(24).one_line("no handler for SIGURG", "scan=none")
    with Idle("sleep", program=(PROGRAMS / "cli_sandboxed",)) as idle:
        idle.snapshot().says(24).one_line("seccomp filter", "memtrace report")


def case_asked_before_it_goes_into_a_sandbox():
    """There it does not look at itself any more: that takes files."""
    with Idle("asked", program=(PROGRAMS / "cli_sandboxed",)) as idle:
        idle.snapshot("--timeout=0.3").says(24).one_line("blocks SIGURG")
        os.kill(idle.pid, signal.SIGUSR1)
        equal("said", idle.process.stdout.readline(), b"done\n")
        (trace,) = Path(idle.folder.name).glob("*.mtrace")
        check("\nsnapshot " not in Call("dump", trace).says(0).stdout, "a snapshot was taken")


run_all(globals())
