#!/usr/bin/env python3
"""waits_test.py: `memtrace snapshot` of processes that sleep in calls which no signal handler lets
go on by itself, with all signals blocked and without: it sees the registers of all threads, and no
call returns for it. A signal of the program's still ends its call. What cannot be seen is
unclassified, and listed."""

import json
import os
import signal
import subprocess
import tempfile

from call import Call, PROGRAMS, check, command, equal, preload, run_all

WAITS, BECOMES = str(PROGRAMS / "cli_waits"), str(PROGRAMS / "cli_becomes")
MANNERS = ("pause", "poll", "ppoll", "select", "epoll_wait", "epoll_pwait", "sigsuspend",
           "clock_nanosleep", "sleep")
THREADS = 15
TIMES, TIMES_OF_EACH = 100, 3
EXECS = 30


class Started:
    """A traced program that says "ready PID", and more where something has gone wrong."""

    def __init__(self, *words):
        self.folder = tempfile.TemporaryDirectory(prefix="memtrace-test-")
        # pylint: disable=consider-using-with
        self.process = subprocess.Popen(
            words, cwd=self.folder.name, env={**os.environ, "LD_PRELOAD": preload()},
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.folder.cleanup()


def look(pid):
    """(threads whose registers were seen, sizes of what is lost)"""
    found = json.loads(Call("snapshot", "--format=json", pid).says(0).stdout)
    return (found["scan"]["threads_registers"],
            sorted(site["bytes"] for site in found["sites"] if site["verdict"] == "definite"))


def snapshots_unnoticed(manner, times):
    with Started(WAITS, manner) as waits:
        line = waits.process.stdout.readline().split()
        check(line and line[0] == b"ready", f"{manner}: {line}")
        for i in range(times):
            equal(f"{manner}, snapshot {i}", look(int(line[1])), (THREADS, [307]))
        waits.process.send_signal(signal.SIGUSR1)
        said = waits.process.stdout.read().decode()
        equal(manner, said, "main Interrupted system call\n")


def case_nobody_notices():
    snapshots_unnoticed("pause", TIMES)


def case_whatever_the_first_thread_waits_in():
    for manner in MANNERS[1:]:
        snapshots_unnoticed(manner, TIMES_OF_EACH)


def case_nothing_goes_along_through_exec():
    for how in "libc", "raw":
        with Started(BECOMES, str(EXECS), how) as becomes:
            while becomes.process.poll() is None:
                subprocess.run([command(), "snapshot", "--timeout=0.1", str(becomes.process.pid)],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
            equal(how, becomes.process.returncode, 0)
            equal(how, becomes.process.stdout.read(), b"done\n")


run_all(globals())
