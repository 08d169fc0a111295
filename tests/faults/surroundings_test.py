#!/usr/bin/env python3
"""surroundings_test.py CREW…: the same program in other surroundings: personalities of the kernel,
huge pages, other clocks and users by namespaces, the loader's variables, a folder that is gone, and
built in other ways. It does what it does without the tracer there, and its report is the same: 23
leaks found by the scan. Where the kernel or the container does not allow it, that one is left out."""

import ctypes
import os
import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from harness import check, equal, main, memtrace, report, run, same_behaviour, scratch

LIBC = ctypes.CDLL(None, use_errno=True)
PERSONALITIES = {
    "no randomised addresses": 0x0040000,
    "a page at 0": 0x0100000,
    "the old layout of addresses": 0x0200000,
    "readable is executable": 0x0400000,
    "short inodes": 0x1000000,
    "whole seconds": 0x2000000,
    "sticky timeouts": 0x4000000,
    "old kernel's name": 0x0020000,
    "all of these": 0x7760000,
}
CLONE_NEWTIME, CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWIPC = 0x80, 0x20000, 0x10000000, 0x8000000


def call(function, *arguments):
    if function(*(ctypes.c_ulong(word) for word in arguments)) < 0:
        raise OSError(ctypes.get_errno(), "not here")


def personality(flags):
    return lambda: call(LIBC.personality, flags)


def no_huge_pages():
    call(LIBC.prctl, 41, 1, 0, 0, 0)  # PR_SET_THP_DISABLE


def as_another_user():
    """Root of a user namespace that has one user."""
    uid, gid = os.getuid(), os.getgid()
    call(LIBC.unshare, CLONE_NEWUSER)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"0 {uid} 1")
    Path("/proc/self/gid_map").write_text(f"0 {gid} 1")


def as_nobody_known():
    """Of a user namespace without users: whoever looks is user 65534."""
    call(LIBC.unshare, CLONE_NEWUSER)


def with_other_clocks():
    """A machine that has been up for eleven days more."""
    call(LIBC.unshare, CLONE_NEWTIME)
    Path("/proc/self/timens_offsets").write_text("monotonic 1000000 0\n")


def with_namespaces_of_its_own():
    call(LIBC.unshare, CLONE_NEWNS | CLONE_NEWIPC)


SURROUNDINGS = {
    **{what: {"before_exec": personality(flags)} for what, flags in PERSONALITIES.items()},
    "no huge pages": {"before_exec": no_huge_pages},
    "a user namespace": {"before_exec": as_another_user},
    "a user namespace without users": {"before_exec": as_nobody_known},
    "a time namespace": {"before_exec": with_other_clocks},
    "mounts and segments of its own": {"before_exec": with_namespaces_of_its_own},
    "LD_BIND_NOW": {"environment": {"LD_BIND_NOW": "1"}},
    "LD_BIND_NOT": {"environment": {"LD_BIND_NOT": "1"}},
    "LD_DYNAMIC_WEAK": {"environment": {"LD_DYNAMIC_WEAK": "1"}},
    "huge pages by advice": {"environment": {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}},
    "huge pages by mmap": {"environment": {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=2"}},
    "no caches of threads": {"environment": {"GLIBC_TUNABLES": "glibc.malloc.tcache_count=0"}},
    "one arena": {"environment": {"MALLOC_ARENA_MAX": "1"}},
    "perturbed memory": {"environment": {"MALLOC_PERTURB_": "165"}},
    "no environment": {"environment": {"HOME": "", "PATH": "", "LANG": ""}},
}


def is_possible(before_exec):
    """Whether this machine lets a process be so."""
    if not before_exec:
        return True
    pid = os.fork()
    if pid == 0:
        try:
            before_exec()
            os._exit(0 if os.fork() >= 0 else 1)
        except OSError:
            os._exit(1)
    return os.waitpid(pid, 0)[1] == 0


def hold(crew, folder, keywords, words=()):
    plain = run([crew, *words], folder, traced=False, stdin=b"x", **keywords)
    equal("status alone", plain.status, 7)
    traced = run([crew, *words], folder, stdin=b"x", **keywords)
    same_behaviour(plain, traced)
    trace = next(path for path in traced.traces if "crew" in path.name and
                 report(path, at_rest=False)["trace"]["scan"] == "exit")
    found = report(trace)
    equal("leaks", found["totals"]["leaked_objects"], 23)
    check(found["process"]["duration_ms"] < 120000, f"it took {found['process']['duration_ms']} ms")
    memtrace("check", trace, statuses=(23,))


def in_a_folder_that_is_gone(crew, folder):
    gone = Path(folder) / "gone"

    def leave():
        gone.mkdir(exist_ok=True)
        os.chdir(gone)
        gone.rmdir()
    hold(crew, folder, {"before_exec": leave})


def suspended_and_resumed(crew, folder):
    """Stopped a hundred times, once for longer than any wait of the tracer's."""
    def meanwhile(pid):
        for i in range(100):
            os.kill(pid, signal.SIGSTOP)
            time.sleep(1.3 if i == 50 else 0.002)
            os.kill(pid, signal.SIGCONT)
            time.sleep(0.004)
    plain = run([crew], folder, traced=False, stdin=b"x", meanwhile=lambda pid: None)
    traced = run([crew], folder, stdin=b"x", meanwhile=meanwhile)
    same_behaviour(plain, traced)
    found = report(next(path for path in traced.traces if f".{traced.pid}." in path.name))
    equal("leaks of a program that was suspended", found["totals"]["leaked_objects"], 23)
    equal("lost mappings", found["trace"].get("lost_mappings", 0), 0)


def interrupted_often(crew, folder):
    """Handlers that allocate, 10,000 times a second in each thread."""
    def a_second(pid):
        time.sleep(float(os.environ.get("MEMTRACE_SECONDS", 1)))
    for options in {}, {"errors": "on", "peak": "on"}, {"guard": "9"}:
        plain = run([crew, "timers"], folder, traced=False, stdin=b"x", meanwhile=a_second)
        traced = run([crew, "timers"], folder, stdin=b"x", meanwhile=a_second, options=options)
        same_behaviour(plain, traced)
        found = report(next(path for path in traced.traces if f".{traced.pid}." in path.name))
        equal("leaks of a program that is interrupted", found["totals"]["leaked_objects"], 23)
        equal("errors", found["errors"] or [], [])


def test():
    crews = [Path(word).resolve() for word in sys.argv[1:]]
    left_out = []
    with scratch() as folder:
        for crew in crews:
            hold(crew, folder, {})
        for what, keywords in SURROUNDINGS.items():
            if not is_possible(keywords.get("before_exec")):
                left_out.append(what)
                continue
            try:
                hold(crews[0], folder, keywords)
            except Exception as why:
                why.args = (f"{what}: {why}",)
                raise
        in_a_folder_that_is_gone(crews[0], folder)
        suspended_and_resumed(crews[0], folder)
        interrupted_often(crews[0], folder)
    print(f"{len(SURROUNDINGS) - len(left_out)} surroundings, {len(crews)} ways to build; "
          f"not possible here: {', '.join(left_out) or 'none'}")


main(test)
