#!/usr/bin/env python3
"""environments.py BUILD_FOLDER SOURCE_FOLDER [NAME…]: runs some of the cases where other tools
fail: under a tracer or a debugger, without capabilities, with signals blocked, with little memory,
with another allocator. memtrace says there what it says elsewhere; where an environment may take
the scan its means (MAY_REFUSE), that or no verdict at all."""

import ctypes.util
import os
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cases import Case
from compare import agree, in_full, object_of, sum_up
from harness import Failure, Skip, check, main, preload, run, scratch
from references import seen_in

CASES = ("list_lost", "ring_with_tail", "interior_pointers", "large_blocks", "held_in_tls",
         "held_by_pthread_keys", "held_by_blocked_threads", "held_in_registers",
         "held_with_signals_blocked", "held_in_signal_handlers", "mapping_lost", "not_dumpable",
         "two_hundred_threads")
MAY_REFUSE = ("no more processes", "little memory", "no /proc")
# A thread that has all signals blocked does not show its registers, only its stack; the report says
# of how many threads it has seen them.
UNSEEN = {("signals blocked", "held_in_registers")}
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=-all",
          "--inh-caps=-all", "--no-new-privs"]


def wrappers(folder):
    """(name, words before the program). What this machine lacks is left out."""
    yield "strace", ["strace", "-f", "-o", "/dev/null"]
    yield "gdb", ["gdb", "-batch", "-nx", "-ex", "set startup-with-shell off",
                  "-ex", "handle all nostop noprint pass", "-ex", "run", "--args"]
    yield "signals blocked", ["env", "--block-signal"]
    yield "signals ignored", ["env", "--ignore-signal"]
    yield "memory filled", ["env", "MALLOC_PERTURB_=165"]
    yield "one arena", ["env", "MALLOC_ARENA_MAX=1"]
    yield "little memory", ["prlimit", "--as=300000000"]
    yield "few descriptors", ["prlimit", "--nofile=8"]
    if os.geteuid() == 0:
        os.chmod(folder, 0o777)
        yield "nobody, no capabilities", NOBODY
        yield "no more processes", ["prlimit", "--nproc=1", *NOBODY]
        yield "without ptrace", ["capsh", "--drop=cap_sys_ptrace", "--", "-c", '"$@"', "capsh"]
        yield "own namespaces", ["unshare", "--mount", "--pid", "--fork", "--mount-proc"]
        yield "no /proc", ["unshare", "--mount", "sh", "-c",
                           'mount -t tmpfs none /proc && exec "$@"', "sh"]
    for name, library in (("jemalloc", "jemalloc"), ("tcmalloc", "tcmalloc_minimal"),
                          ("mimalloc", "mimalloc")):
        found = ctypes.util.find_library(library)
        if found:
            yield name, ["env", f"LIBRARIES=:{found}"]


def is_usable(words) -> bool:
    """The machine has the tool and lets it work."""
    if not shutil.which(words[0]):
        return False
    with scratch() as name:
        os.chmod(name, 0o777)
        return run([*words, "true"], name, traced=False).status == 0


def judge(source: Path, binary: Path, where: str, words):
    """What is wrong with a case in an environment."""
    case = Case(source)
    functions = set(case.verdicts["main"])
    with scratch() as name:
        os.chmod(name, 0o777)
        traces = Path(name) / "traces"
        traces.mkdir(mode=0o777)
        os.chmod(traces, 0o777)
        library = next((word[len("LIBRARIES="):] for word in words
                        if word.startswith("LIBRARIES=")), "")
        if where == "no more processes":  # counted by user: each case is one of its own
            words = [word.replace("=65534", f"={60000 + CASES.index(binary.name)}")
                     for word in words]
        result = run([*words, "env", f"LD_PRELOAD={preload()}{library}",
                      f"MEMTRACE_OPTIONS=output={traces}/%e.%p.mtrace", binary], name,
                     traced=False)
        reports = [seen for _, seen in map(seen_in, result.traces)]
    if len(reports) != 1:
        return [f"{where}: {len(reports)} traces; {result.ours} {result.stderr[-300:]!r}"]
    if where in MAY_REFUSE and all(one.verdict == "unclassified" for one in reports[0]):
        return []
    wrong = []
    for wanted in case.objects():
        counts = sum_up(one for one in reports[0] if one.kind == wanted.kind and
                        object_of(one, functions) == wanted.function)
        if not agree(counts, wanted.counts):
            wrong.append(f"{where}: {wanted.function}: {in_full(counts)}; "
                         f"expected {in_full(wanted.counts)}")
    return wrong


def test():
    build, sources = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    names = sys.argv[3:]
    with scratch() as folder:
        usable = [(name, words) for name, words in wrappers(folder)
                  if (not names or name in names) and is_usable(words)]
    if not usable:
        raise Skip("none of these environments can be made here")
    runs = [(sources / f"{case}.c", build / case, *one) for one in usable for case in CASES
            if (one[0], case) not in UNSEEN]

    def one(arguments):
        try:
            return [f"{arguments[1].name}, {line}" for line in judge(*arguments)]
        except Failure as what:
            return [f"{arguments[1].name}, {arguments[2]}: {what}"]

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        wrong = [line for lines in pool.map(one, runs) for line in lines]
    check(not wrong, "\n".join(wrong))
    print(f"{len(CASES)} cases as expected in each of: {', '.join(name for name, _ in usable)}")


if __name__ == "__main__":
    main(test)
