"""harness.py: what every test that runs a program needs: run it with or without the preload, find
its traces, ask memtrace about them, and say what is wrong in words.

The build passes paths by environment: MEMTRACE_COMMAND (the memtrace to test) and MEMTRACE_PRELOAD
(libmemtrace.so). A test is a Python program that imports this one; it ends with status 0 (passed),
1 (failed) or 77 (skipped: the machine lacks something)."""

import json
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

SKIPPED = 77
TIMEOUT_SECONDS = 120
# What each traced program is given where the whole machine is emulated (aarch64/run.sh).
OPTIONS = {"unwiped": "1"} if os.environ.get("MEMTRACE_TEST_EMULATED") else {}


class Failure(Exception):
    """A test found something wrong; its text says what."""


class Skip(Exception):
    """This machine cannot show it; the text says why."""


def command() -> str:
    return os.environ["MEMTRACE_COMMAND"]


def preload() -> str:
    return os.environ["MEMTRACE_PRELOAD"]


def check(condition, message: str) -> None:
    if not condition:
        raise Failure(message)


def equal(what: str, found, wanted) -> None:
    check(found == wanted, f"{what}: found {found!r}, wanted {wanted!r}")


@dataclass
class Result:
    """A finished run. `ours` are the lines memtrace itself wrote on stderr; `stderr` is the rest."""

    pid: int
    status: int  # as a shell says it: 128+N for signal N
    stdout: bytes
    stderr: bytes
    ours: list[str] = field(default_factory=list)
    traces: list[Path] = field(default_factory=list)


def run(program, folder, *, traced=True, options=None, environment=None, libraries=(), limits=None,
        stdin=b"", meanwhile=None, before_exec=None, timeout=TIMEOUT_SECONDS) -> Result:
    """Runs `program` (a list) in `folder`, a scratch directory of the test. With `traced` the
    preload is in, and traces go to folder/traces unless options say otherwise. `libraries` are
    preloaded in both cases (an allocator, say). `limits` maps RLIMIT names to values.
    `meanwhile(pid)` is called when the program has said its first line and waits for `stdin`;
    `before_exec()` in the child that becomes the program."""
    variables = dict(os.environ, **(environment or {}))
    variables.pop("LD_PRELOAD", None)
    variables.pop("MEMTRACE_OPTIONS", None)
    traces = Path(folder) / "traces"
    before = set(traces.glob("*"))
    preloaded = list(libraries)
    if traced:
        options = {"output": f"{traces}/%e.%p.mtrace", **OPTIONS, **(options or {})}
        preloaded.insert(0, preload())
        variables["MEMTRACE_OPTIONS"] = ":".join(f"{key}={value}" for key, value in options.items())
    if preloaded:
        variables["LD_PRELOAD"] = ":".join(preloaded)

    def prepare():
        for name, value in (limits or {}).items():
            resource.setrlimit(getattr(resource, "RLIMIT_" + name.upper()), (value, value))
        if before_exec:
            before_exec()

    with subprocess.Popen([str(word) for word in program], cwd=folder, env=variables,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          preexec_fn=prepare if limits or before_exec else None) as process:
        try:
            said = process.stdout.readline() if meanwhile else b""
            if meanwhile:
                meanwhile(process.pid)
            stdout, stderr = process.communicate(stdin, timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            raise Failure(f"{program[0]} did not end within {timeout} s") from None
    lines = stderr.splitlines(keepends=True)
    is_ours = [line.startswith(b"memtrace: ") for line in lines]
    return Result(
        pid=process.pid,
        status=process.returncode if process.returncode >= 0 else 128 - process.returncode,
        stdout=said + stdout,
        stderr=b"".join(line for line, ours in zip(lines, is_ours) if not ours),
        ours=[line.decode(errors="replace").rstrip("\n") for line, o in zip(lines, is_ours) if o],
        traces=sorted(path for path in traces.glob("*") if path not in before))


def memtrace(*arguments, statuses=(0,), folder=None, timeout=TIMEOUT_SECONDS):
    """Runs memtrace itself; its status must be one of `statuses`."""
    words = [command(), *map(str, arguments)]
    done = subprocess.run(words, capture_output=True, text=True, cwd=folder, timeout=timeout)
    check(done.returncode in statuses,
          f"{' '.join(words)}: status {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done


def report(trace, *options, at_rest=True, timeout=TIMEOUT_SECONDS) -> dict:
    """The JSON report of one trace, and what must hold of every report."""
    done = memtrace("report", "--format=json", "--verdict=all", *options, trace, timeout=timeout)
    found = json.loads(done.stdout)
    hold_report(found, at_rest=at_rest)
    return found


def hold_report(found: dict, *, at_rest=True) -> None:
    """It adds up. `at_rest`: the process ended with no call in flight, so that the sums agree."""
    equal("schema", found["schema"], "memtrace-report/1")
    blocks = [site for site in found["sites"] if site["kind"] == "block"]
    totals = found["totals"]
    # Estimates are rounded, each by itself and their sum.
    slack = (len(blocks) + 1) / 2 if found["trace"]["sampled"] else 0
    for what, total in ("objects", "unfreed_blocks"), ("bytes", "unfreed_bytes"):
        sum_of_sites = sum(site[what] for site in blocks)
        check(abs(sum_of_sites - totals[total]) <= slack,
              f"{what} of all sites: {sum_of_sites}, in all {totals[total]}")
    if at_rest and found["process"]["end"] in ("exited", "exec"):
        equal("allocations - frees", totals["allocations"] - totals["frees"],
              totals["unfreed_blocks"] + found["trace"]["lost_blocks"])
    of_storages = sum(storage["blocks"] for storage in found["storage"].values())
    check(abs(of_storages - totals["unfreed_blocks"]) <= (2 if slack else 0),
          f"blocks of all storages: {of_storages}, in all {totals['unfreed_blocks']}")
    check(totals["peak_bytes"] is None or totals["peak_bytes"] >= totals["unfreed_bytes"],
          f"peak {totals['peak_bytes']} is less than what is unfreed {totals['unfreed_bytes']}")


def dump(trace) -> dict:
    """The lines of `memtrace dump`, by kind of record: lists of their key=value pairs as text."""
    records = defaultdict(list)
    for line in memtrace("dump", trace).stdout.splitlines():
        kind, _, pairs = line.partition(" ")
        records[kind].append({key: quoted or bare for key, bare, quoted in
                              re.findall(r'(\w+)=(?:"((?:[^"\\]|\\.)*)"|(\S*))', pairs)})
    return records


def same_behaviour(plain: Result, traced: Result) -> None:
    """A traced program does what it does without the tracer."""
    equal("exit status under the preload", traced.status, plain.status)
    equal("stdout under the preload", traced.stdout, plain.stdout)
    equal("stderr under the preload", traced.stderr, plain.stderr)


def signal_status(name: str) -> int:
    """128+N of "SIGKILL", or the number itself."""
    return 128 + getattr(signal, name) if name.startswith("SIG") else int(name)


def scratch():
    """A folder that is gone after the `with`; no colon or percent sign in its name."""
    return tempfile.TemporaryDirectory(prefix="memtrace-test-")


def normalised(text: str) -> str:
    """Text in which what changes from run to run (pids, addresses, times) stands as N and 0xN."""
    text = re.sub(r"0x[0-9a-f]+", "0xN", text)
    text = re.sub(r"\bprocess \d+", "process N", text)
    text = re.sub(r"^( +\S+ )\d+ {2,}", r"\1N  ", text, flags=re.M)  # in a tree of processes
    text = re.sub(r"\bafter [\d.,]+ m?s\b", "after N ms", text)
    text = re.sub(r" +\d+\.\d+ ?s(ec)?\b", " N s", text)
    text = re.sub(r"\bstood still for [\d.,]+ m?s\b", "stood still for N ms", text)
    return re.sub(r"(\.)\d+(\.mtrace)", r"\1N\2", text)


def main(test) -> None:
    """Runs `test` and ends the process with what came of it."""
    try:
        test()
    except Skip as why:
        print(f"skipped: {why}")
        sys.exit(SKIPPED)
    except Failure as what:
        print(f"failed: {what}", file=sys.stderr)
        sys.exit(1)
