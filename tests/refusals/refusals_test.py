#!/usr/bin/env python3
"""refusals_test.py FOLDER PART PARTS: refuses the tracer its system calls, one after the other, and
holds that the program never notices, and that the trace is right or says what it lacks.

For each system call that the tracer makes while subject runs, and each error of ERRORS: all of
them refused, all from some call on, and single ones, the first calls and a few of the later.
MEMTRACE_REFUSALS=N refuses up to N single calls of each sort (the default is 2). PART of PARTS: a
share of the system calls, so that a machine can run the shares side by side."""

import errno
import os
import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from harness import Failure, Skip, check, equal, main, preload, report, run, scratch

FOLDER = Path(sys.argv[1])
SINGLES = int(os.environ.get("MEMTRACE_REFUSALS", "2"))
ENDS = {15, 60, 231}  # rt_sigreturn, exit, exit_group: they cannot fail
ERRORS = {  # what else than EPERM a call is refused with
    "mmap": errno.ENOMEM, "mprotect": errno.ENOMEM, "madvise": errno.EINVAL, "openat": errno.EMFILE,
    "ftruncate": errno.ENOSPC, "clone": errno.EAGAIN, "read": errno.EINTR, "write": errno.EAGAIN,
    "futex": errno.EINTR, "wait4": errno.EINTR, "process_vm_readv": errno.ENOSYS,
    "ioctl": errno.ENOTTY, "mremap": errno.ENOMEM}


def call_names():
    """number -> name, from the headers of the machine's own libc."""
    text = subprocess.run(["cc", "-E", "-dM", "-include", "sys/syscall.h", "-x", "c", "/dev/null"],
                          capture_output=True, text=True, check=True).stdout
    return {int(number): name for name, number in
            re.findall(r"^#define __NR_(\w+) (\d+)$", text, re.M)}


class Refusing:
    """subject, run in a scratch folder with some of the tracer's calls refused."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.count = 0
        self.names = call_names()
        self.program = [FOLDER / "refused_subject", FOLDER / "refused_plugin.so"]
        self.plain = run(self.program, folder, traced=False)
        equal("status of subject", self.plain.status, 5)

    def run(self, call, error, which):
        """The result, the tracer's calls by number, and how many of them were refused."""
        self.count += 1
        log = self.folder / "log"
        log.unlink(missing_ok=True)
        traces = f"{self.folder}/{self.count}"
        words = [FOLDER / "refuse", "libmemtrace.so", log, call, error, which,
                 "env", f"LD_PRELOAD={preload()}",
                 f"MEMTRACE_OPTIONS=output={traces}/%e.%p.mtrace", *self.program]
        result = run(words, self.folder, traced=False)
        if result.status == 77:
            raise Skip("this kernel lets nobody answer system calls in a program's place")
        result.traces = sorted(Path(traces).glob("*")) if Path(traces).is_dir() else []
        calls = dict(re.findall(r"^(\w+) (\d+)$", log.read_text(), re.M))
        refused = int(calls.pop("refused"))
        return result, {int(number): int(times) for number, times in calls.items()}, refused


def blocks_in(found, function):
    """verdict -> blocks that this function of subject's left. They are known by their size: where no
    module has a name, no function has one."""
    size = {"leak": 41, "keep": 43}[function]
    counts = {}
    for site in found["sites"]:
        if site["kind"] == "block" and site["bytes"] == site["objects"] * size:
            counts[site["verdict"]] = counts.get(site["verdict"], 0) + site["objects"]
    return counts


def says_a_loss(found):
    trace = found["trace"]
    return bool(trace["lost_blocks"] or trace["lost_stacks"] or trace.get("lost_mappings"))


def hold_trace(found, is_child):
    """Each count is right, or the trace says that something is missing."""
    if says_a_loss(found):
        return
    leaked = 5 if is_child else 23 + 3 * 7
    counts = blocks_in(found, "leak")
    equal("blocks that leak() left", sum(counts.values()), leaked)
    if not is_child:
        if found["trace"]["scan"] != "none":
            # A stale word in one of them may be a pointer to another.
            lost = {"unclassified"} if found["scan"]["doubt"] else {"definite", "indirect"}
            check(counts.keys() <= lost, f"verdicts of what leak() left: {counts}")
        equal("blocks that keep() left", sum(blocks_in(found, "keep").values()), 19)
        mappings = [site["objects"] for site in found["sites"] if site["kind"] == "mapping"]
        equal("mappings that leak_mapping() left", sum(mappings), 1)


def hold(plain, result):
    """The program is as without the tracer, and what the tracer says is true."""
    for what in ("status", "stdout", "stderr"):
        equal(what, getattr(result, what), getattr(plain, what))
    reports = [report(path, at_rest=False) for path in result.traces]
    pids = {found["process"]["pid"] for found in reports}
    first = [found for found in reports if found["process"]["ppid"] not in pids]
    if not first or not any(blocks_in(found, "keep") for found in reports):
        check(result.ours or any(map(says_a_loss, reports)),
              f"no trace of the program, and not a word ({[p.name for p in result.traces]})")
    for found in reports:
        is_child = found["process"]["exit_status"] == 3 or found["process"]["ppid"] in pids
        hold_trace(found, is_child)


def choices(times):
    """Which calls to refuse, of so many: as `refuse` wants them."""
    later = [times // 3, times // 2, times // 2 + 1, times - 1, times]
    singles = dict.fromkeys([*range(1, SINGLES + 1), *later])
    singles = [n for n in singles if 1 <= n <= times]
    return [-1, -2] * (times > 1) + [-1] * (times == 1) + [-(times // 2)] * (times > 5) + \
        singles[:SINGLES + 3]


def test():
    part, parts = int(sys.argv[2]), int(sys.argv[3])
    wrong, runs = [], 0
    with scratch() as name:
        refusing = Refusing(name)
        result, calls, _ = refusing.run(-1, 0, 0)
        hold(refusing.plain, result)
        equal("traces", len(result.traces), 2)
        check(len(calls) > 25, f"the tracer made {len(calls)} sorts of calls: was it seen at all?")
        for place, (number, times) in enumerate(sorted(calls.items())):
            if number in ENDS or place % parts != part:
                continue
            call = refusing.names.get(number, str(number))
            for error in dict.fromkeys([errno.EPERM, ERRORS.get(call, errno.EPERM)]):
                for which in choices(times):
                    # Asked again until it is answered: so no call is interrupted for ever, and no wait
                    # refused for ever, which with threads would be spinning.
                    if which < 0 and (error == errno.EINTR or call == "futex"):
                        continue
                    what = f"{call}: {os.strerror(error)}, {which} of {times}"
                    runs += 1
                    try:
                        result, _, refused = refusing.run(number, error, which)
                        hold(refusing.plain, result)
                        check(refused or which != -1 or times < 3, "no call was refused")
                    except (Failure, subprocess.SubprocessError) as why:
                        wrong.append(f"{what}: {why}")
                        print(wrong[-1], flush=True)
    print(f"{runs} refusals, {len(wrong)} of them noticed")
    check(not wrong, "see above")


main(test)
