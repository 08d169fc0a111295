#!/usr/bin/env python3
"""terminal.py KEY COMMAND…: runs COMMAND as a shell with job control would, in a terminal of its
own, types KEY once it has said "ready", and prints what a shell would see of it. A stopped command
is continued, and then sent SIGUSR1."""

import os
import pty
import signal
import sys
import time
from pathlib import Path


def state_of_child(parent):
    """The state letter of the process that `parent` started; it may stop a moment after `parent`."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    state = ""
    for _ in range(500):
        state = Path(f"/proc/{children[0]}/stat").read_text().rpartition(")")[2].split()[0]
        if state == "T":
            break
        time.sleep(0.01)
    return state


def shell(words, report):
    """Session leader: gives the terminal to the job, and waits for it."""
    job = os.fork()
    if job == 0:
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        os.setpgid(0, 0)
        os.tcsetpgrp(0, os.getpid())
        signal.signal(signal.SIGTTOU, signal.SIG_DFL)
        os.execv(words[0], words)
    status = os.waitpid(job, os.WUNTRACED)[1]
    if os.WIFSTOPPED(status):
        os.write(report, f"stopped {os.WSTOPSIG(status)}, program {state_of_child(job)}\n".encode())
        os.killpg(job, signal.SIGCONT)
        time.sleep(0.2)
        os.kill(job, signal.SIGUSR1)
        status = os.waitpid(job, 0)[1]
    code = os.waitstatus_to_exitcode(status)
    os.write(report, f"ended {code if code >= 0 else 128 - code}\n".encode())
    os._exit(0)


def main():
    key, words = sys.argv[1], sys.argv[2:]
    report, report_end = os.pipe()
    pid, terminal = pty.fork()
    if pid == 0:
        shell(words, report_end)
    os.close(report_end)
    said = b""
    while b"ready" not in said:
        said += os.read(terminal, 1000)
    os.write(terminal, key.encode())
    try:
        while os.read(terminal, 1000):
            pass
    except OSError:  # the other end is closed: all have ended
        pass
    os.waitpid(pid, 0)
    sys.stdout.write(os.read(report, 1000).decode())


main()
