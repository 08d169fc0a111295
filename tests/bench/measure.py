"""measure.py: one run of one load under one tool: its time, peak memory, trace and output."""

import hashlib
import json
import os
import signal
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path

from loads import MICRO

TIMEOUT_SECONDS = 600


@dataclass
class Run:
    """What one run took. `failure` says in a few words why there are no figures."""

    time_ns: float | None = None    # of one operation, or of the process
    alone_ns: float | None = None   # of one operation with one thread (loads of two threads)
    cpu_ns: float | None = None     # of the process, its threads and children
    peak_bytes: int | None = None
    thread_bytes: int | None = None
    trace_bytes: int | None = None  # room on disk
    blocks: int | None = None
    frames: float | None = None     # per stack, as the load itself knows it
    output: str = ""                # digest of stdout, the load's own figures left out
    failure: str = ""

    def as_dict(self) -> dict:
        return {key: value for key, value in asdict(self).items() if value not in (None, "")}


def disk_bytes(paths) -> int:
    return sum(path.stat().st_blocks * 512 for path in paths)


def clean_environment(variables: dict) -> dict:
    dropped = ("LD_PRELOAD", "MEMTRACE_OPTIONS", "LSAN_OPTIONS", "DUMP_HEAPTRACK_OUTPUT")
    kept = {key: value for key, value in os.environ.items() if key not in dropped}
    return {**kept, "LC_ALL": "C", **variables}


def start(tool, load, words, scratch: Path, stdout) -> subprocess.Popen:
    """Starts `words` under the tool and the stopwatch, as the head of a process group."""
    trace = scratch / "trace"
    variables = [f"{key}={value}" for key, value in tool.variables(trace, load).items()]
    command = [MICRO / "stopwatch", scratch / "result", load.runs, *variables, "--",
               *tool.words(trace), *words]
    return subprocess.Popen([str(word) for word in command], stdout=stdout,
                            stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, cwd=scratch,
                            env=clean_environment(load.variables), start_new_session=True)


def finish(process: subprocess.Popen, seconds: float = TIMEOUT_SECONDS) -> bool:
    """Waits; on a timeout says False. Whatever stops the waiting, the group of start() ends."""
    try:
        process.wait(seconds)
        return True
    except subprocess.TimeoutExpired:
        return False
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def read_result(scratch: Path) -> Run:
    """The stopwatch's lines, the fastest of them."""
    lines = [line.split() for line in (scratch / "result").read_text().splitlines()]
    if not lines:
        return Run(failure="not started")
    status = max(int(line[3]) for line in lines)
    if status:
        return Run(failure=f"signal {status - 128}" if status > 128 else f"status {status}")
    wall, cpu, peak, _ = min(lines, key=lambda line: int(line[0]))
    return Run(time_ns=float(wall), cpu_ns=float(cpu), peak_bytes=int(peak) * 1024)


def measure(tool, load, scratch: Path) -> Run:
    """Runs it in `scratch`, an empty folder; what the tool left stays there."""
    with (scratch / "stdout").open("wb") as stdout:
        done = finish(start(tool, load, load.words, scratch, stdout))
    if not done:
        return Run(failure="too long")
    run = read_result(scratch)
    if run.failure:
        return run
    output = (scratch / "stdout").read_bytes()
    if load.is_micro():
        figures = json.loads(output)
        run.time_ns, run.alone_ns = figures.get("ns"), figures.get("alone_ns")
        run.frames, run.blocks = figures.get("frames"), figures.get("blocks")
        run.thread_bytes = figures.get("thread_bytes")
    else:
        run.output = hashlib.sha256(output).hexdigest()[:16]
    run.trace_bytes = disk_bytes(tool.traces(scratch / "trace")) // load.runs
    return run
