#!/usr/bin/env python3
"""workloads.py [--table] [--no-witness] [NAME…]: real programs at real work under the preload. Each
must write the same and end the same as without; its trace must open undamaged, with a report that
adds up and counts that an independent witness confirms; and in the checking mode (verify=1) every
stack must equal libunwind's own walk.

The witness is Valgrind's count of the same work ("total heap usage"), in an environment of the same
variables and lengths, for programs copy their environment; of redis-server it is what jemalloc says
of itself at exit, in the very same run. Valgrind releases nothing of libc's own at exit here, as
nothing does without it. Where a witness may differ, the workload says by how much, and why.

--table prints the table of README.md."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import inputs
import servers

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from harness import Failure, Skip, check, dump, equal, main, preload, report, scratch  # noqa: E402

TIMEOUT_SECONDS = 600
COUNTS = ("allocations", "frees", "allocated_bytes", "unfreed_blocks", "unfreed_bytes")


@dataclass
class Workload:
    """`words` are run in a scratch folder that `prepare` has filled; `drive` is the client of a
    server (it returns what it was answered, and has the server end)."""

    name: str
    words: list[str]
    prepare: Callable[[Path], None] | None = None
    drive: Callable[[Path], bytes] | None = None
    variables: dict = field(default_factory=dict)
    version: tuple = ("--version",)
    outputs: tuple = ()          # files that must be the same, beside stdout
    witness: str = "valgrind"    # or jemalloc, or why there is none
    counted: str | None = None   # the process to count, by its executable; the first by default
    may_differ: dict = field(default_factory=dict)  # count -> by how much at most
    remark: str = ""


PYTHON = {"PYTHONMALLOC": "malloc", "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
GIT = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "GIT_PAGER": "cat"}
WORKLOADS = [
    Workload("python3", ["/usr/bin/python3", "-S", "work.py"], inputs.python, variables=PYTHON,
             may_differ={"allocated_bytes": 0.01},
             remark="ints made of addresses are longer or shorter, by the layout of the run"),
    Workload("perl", ["/usr/bin/perl", "work.pl"], inputs.perl, variables={"PERL_HASH_SEED": "0"},
             version=("-e", "print $^V")),
    Workload("jq", ["jq", "group_by(.tags[0]) | map({tag: .[0].tags[0], sum: map(.value) | add})",
                    "work.json"], inputs.json_file),
    Workload("xmllint", ["xmllint", "--format", "work.xml"], inputs.xml_file),
    Workload("sqlite3", ["sqlite3", ":memory:", ".read work.sql"], inputs.sql),
    Workload("git log", ["git", "-C", "repository", "log", "-p", "--stat"], inputs.repository,
             variables=GIT),
    Workload("git gc", ["git", "-C", "repository", "gc", "--quiet"], inputs.repository,
             variables=GIT),
    Workload("g++", ["g++", "-O1", "-c", "work.cc", "-o", "work.o"], inputs.cxx,
             outputs=("work.o",), counted="cc1plus",
             may_differ={"allocations": 1e-5, "frees": 1e-5, "allocated_bytes": 0.001,
                         "unfreed_blocks": 0.001, "unfreed_bytes": 0.03},
             remark="its collector has a page table of 32 or 64 KiB for each 4 GiB of addresses that "
                    "it is given"),
    Workload("bash", ["bash", "--norc", "work.sh"], inputs.shell),
    Workload("redis-server", ["redis-server", "redis.conf"], servers.redis_files,
             servers.drive_redis, variables=servers.JEMALLOC, witness="jemalloc",
             may_differ={"allocations": 0.01, "frees": 0.01, "unfreed_blocks": 0.01},
             remark="jemalloc counts no realloc in place, and blocks of its own"),
    Workload("nginx", ["nginx", "-p", ".", "-c", "nginx.conf"], servers.nginx_files,
             servers.drive_nginx, version=("-v",)),
    Workload("nginx, 2 workers", ["nginx", "-p", ".", "-c", "workers.conf"], servers.nginx_files,
             servers.drive_nginx_hard, version=("-v",), witness="requests come in any order"),
    Workload("node", ["node", "-e", "console.log([1, 2, 3].map(x => x * 2).join())"],
             witness="threads and generated code: other counts each time"),
    Workload("java", ["java", "-Xshare:auto", "-version"],
             witness="threads and generated code: other counts each time"),
]


@dataclass
class Outcome:
    pid: int
    status: int
    output: bytes
    stderr: bytes
    seconds: float  # of processor time: other work on the machine does not count


def ended(process) -> tuple[int, float]:
    """Waits for the process; returns its status and processor time, its children's included."""
    until = time.monotonic() + TIMEOUT_SECONDS
    while time.monotonic() < until:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            return process.returncode, usage.ru_utime + usage.ru_stime
        time.sleep(0.01)
    raise Failure(f"{process.args[0]} did not end within {TIMEOUT_SECONDS} s")


def variables_of_witness() -> dict:
    """What Valgrind adds to a program's environment."""
    text = subprocess.run(["valgrind", "-q", "env"], capture_output=True, text=True,
                          env={"PATH": os.environ["PATH"]}, check=True).stdout
    added = dict(line.split("=", 1) for line in text.splitlines())
    return {key: value for key, value in added.items() if key not in ("PATH", "PWD", "_")}


def environment(workload: Workload, folder: Path, how: str) -> dict:
    """The same variables and lengths for traced runs and the witness: LD_PRELOAD is filled up with
    colons, which mean nothing there."""
    kept = {"PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C.UTF-8",
            "PWD": str(folder / "work")}
    variables = dict(kept, **workload.variables)
    if how == "plain":
        return variables
    verify = int(how == "verified")
    variables["MEMTRACE_OPTIONS"] = f"output={folder}/traces/%e.%p.mtrace:verify={verify}"
    ours = preload()
    if not shutil.which("valgrind"):
        return dict(variables, LD_PRELOAD=ours)
    theirs = variables_of_witness()
    width = max(len(ours), len(theirs["LD_PRELOAD"]) + 2)
    if how == "witness":  # Valgrind puts its own, and a colon, before what is there
        fill = width - len(theirs["LD_PRELOAD"]) - 1
        return dict(variables, LD_PRELOAD=":" * fill)
    return dict(theirs, **variables, LD_PRELOAD=ours.ljust(width, ":"))


def execute(workload: Workload, folder: Path, how: str) -> Outcome:
    shutil.rmtree(folder / "work", ignore_errors=True)
    work = folder / "work"
    work.mkdir()
    if workload.prepare:
        workload.prepare(work)
    words = list(workload.words)
    if how == "witness":
        words = ["valgrind", "--undef-value-errors=no", "--run-libc-freeres=no",
                 "--run-cxx-freeres=no", "--trace-children=yes", "--child-silent-after-fork=yes",
                 f"--log-file={folder}/log.%p", *words]
    with open(folder / "out", "w+b") as out, open(folder / "err", "w+b") as err:
        process = subprocess.Popen(words, cwd=work, env=environment(workload, folder, how),
                                   stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                   start_new_session=True)
        try:
            answers = workload.drive(work) if workload.drive else b""
            status, seconds = ended(process)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        out.seek(0)
        err.seek(0)
        written = b"" if workload.witness == "jemalloc" else out.read()
        files = b"".join((work / name).read_bytes() for name in workload.outputs)
        stderr = b"".join(line for line in err.readlines() if not line.startswith(b"memtrace: "))
    return Outcome(process.pid, status, written + answers + files, stderr, seconds)


# ---- counts ----

def counts_of(workload: Workload, folder: Path, pid: int) -> dict:
    """The report of the process to count, as its JSON says."""
    traces = sorted((folder / "traces").glob("*.mtrace"))
    if workload.counted:
        traces = [path for path in traces if path.name.startswith(workload.counted + ".")]
    else:
        traces = [path for path in traces if path.name.endswith(f".{pid}.mtrace")]
    equal("traces of the process to count", len(traces), 1)
    return report(traces[0])


def valgrinds_counts(workload: Workload, folder: Path, pid: int) -> dict:
    for log in folder.glob("log.*"):
        text = log.read_text(errors="replace")
        command = re.search(r"Command: (\S+)", text)
        is_it = (os.path.basename(command[1]) == workload.counted if workload.counted and command
                 else log.name == f"log.{pid}")
        if not is_it:
            continue
        total = re.search(r"total heap usage: ([\d,]+) allocs, ([\d,]+) frees, ([\d,]+) bytes",
                          text)
        left = re.search(r"in use at exit: ([\d,]+) bytes in ([\d,]+) blocks", text)
        check(total and left, f"{log.name} has no totals: {text[-500:]}")
        found = [int(word.replace(",", "")) for word in (*total.groups(), left[2], left[1])]
        return dict(zip(COUNTS, found))
    raise Skip("Valgrind has left no log of the process to count")


def jemallocs_counts(stderr: bytes) -> dict:
    total = re.search(rb"^total: +\d+ +(\d+) +\d+ +(\d+)", stderr, re.M)
    check(total, f"jemalloc has printed no totals: {stderr[-500:]!r}")
    given, freed = int(total[1]), int(total[2])
    return {"allocations": given, "frees": freed, "unfreed_blocks": given - freed}


def compare_counts(workload: Workload, ours: dict, theirs: dict) -> str:
    """Returns how close they are, in words."""
    wrong, close = [], []
    for key, value in theirs.items():
        difference = ours[key] - value
        if abs(difference) > workload.may_differ.get(key, 0) * max(value, 1):
            wrong.append(f"{key}: ours {ours[key]:,}, the witness {value:,}")
        if difference:
            close.append(f"{key} {difference:+,}")
    check(not wrong, f"{workload.name}: the witness disagrees: " + "; ".join(wrong))
    return "; ".join(close) if close else "exact"


# ---- one workload ----

def hold_traces(workload: Workload, folder: Path, how: str) -> tuple[int, int]:
    """Every trace is sound; returns the verified and the cut stacks."""
    verified = cut = 0
    for trace in sorted((folder / "traces").glob("*")):
        found = dump(trace)
        counters = found["counters"][0]
        verified += int(counters["verified_stacks"])
        cut += int(counters["cut_stacks"])
        what = f"{workload.name}, {how}, {trace.name}"
        for key in ("wrong_stacks", "missed_frees"):
            equal(f"{what}: {key}", counters[key], "0")
        bad = {key: value for key, value in found["damage"][0].items() if value not in ("0", "")}
        equal(f"{what}: damage", bad, {})
        equal(f"{what}: limits", found["limit"], [])
    return verified, cut


def version_of(workload: Workload) -> str:
    done = subprocess.run([workload.words[0], *workload.version], capture_output=True, text=True,
                          timeout=60)
    found = re.search(r"\d+\.\d+[\w.]*|\d\d+", done.stdout + done.stderr)
    return found[0] if found else "?"


def run_workload(workload: Workload, with_witness: bool) -> list[str]:
    """Runs it in all ways; returns its line of the table."""
    if not shutil.which(workload.words[0]):
        raise Skip(f"{workload.words[0]} is not installed")
    with scratch() as name:
        folder = Path(name)
        plain = execute(workload, folder, "plain")
        traced = execute(workload, folder, "traced")
        for key in ("status", "output"):
            equal(f"{workload.name}: {key} under the preload", getattr(traced, key),
                  getattr(plain, key))
        _, cut = hold_traces(workload, folder, "traced")
        found = counts_of(workload, folder, traced.pid)
        totals = found["totals"]
        processes = len(list((folder / "traces").glob("*")))
        check(totals["allocations"] > 0, f"{workload.name}: no allocation was seen")

        agreement = workload.witness
        if workload.witness == "jemalloc":
            agreement = compare_counts(workload, totals, jemallocs_counts(traced.stderr))
        elif workload.witness == "valgrind" and with_witness and shutil.which("valgrind"):
            seen = execute(workload, folder, "witness")
            equal(f"{workload.name}: output under Valgrind", seen.output, plain.output)
            agreement = compare_counts(workload, totals,
                                       valgrinds_counts(workload, folder, seen.pid))
        shutil.rmtree(folder / "traces")

        checked = execute(workload, folder, "verified")
        equal(f"{workload.name}: output in the checking mode", checked.output, plain.output)
        verified, _ = hold_traces(workload, folder, "verified")
        check(verified > 0, f"{workload.name}: no stack was verified")
    return [workload.name, version_of(workload), f"{traced.seconds / plain.seconds:.1f}",
            f"{totals['allocations']:,}", f"{totals['unfreed_blocks']:,}",
            f"{len(found['sites']):,}", str(processes), f"{verified:,}", f"{cut:,}",
            agreement + (f" ({workload.remark})" if workload.remark and agreement != "exact"
                         else "")]


HEADINGS = ["program", "version", "time ratio", "allocations", "unfreed", "sites", "processes",
            "stacks verified", "cut", "witness agrees"]


def test():
    words = sys.argv[1:]
    names = [word for word in words if not word.startswith("--")]
    chosen = [workload for workload in WORKLOADS if not names or workload.name in names]
    check(chosen, f"no workload of that name (known: {', '.join(w.name for w in WORKLOADS)})")
    if "--table" in words:
        print("| " + " | ".join(HEADINGS) + " |\n|" + "---|" * len(HEADINGS))
    for workload in chosen:
        cells = run_workload(workload, "--no-witness" not in words)
        print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main(test)
