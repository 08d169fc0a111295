#!/usr/bin/env python3
"""core_test.py: memtrace report --core: verdicts of a process that died, from the core file that the
kernel wrote, or where it writes none, from one that gdb took at the instant of death."""

import json
import os
import resource
import shutil
import subprocess
import tempfile
from pathlib import Path

from call import Call, PROGRAMS, Skip, check, equal, preload, run_all

DIES = str(PROGRAMS / "cli_dies")
WANTED = {
    ("block", 100): "reachable", ("block", 101): "reachable", ("block", 102): "reachable",
    ("block", 110): "reachable", ("block", 120): "reachable", ("block", 130): "reachable",
    ("mapping", 65536): "reachable",
    ("block", 1100): "definite", ("block", 1101): "indirect", ("block", 1102): "indirect",
    ("block", 1200): "possible",
    ("block", 1400): "definite",
    ("mapping", 8192): "definite", ("block", 1300): "indirect",
}


def unlimited_core():
    limit = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (limit, limit))


def die(folder):
    """The trace and the core of a process that aborted."""
    trace, core = folder / "dies.mtrace", folder / "core"
    variables = {"LD_PRELOAD": preload(), "MEMTRACE_OPTIONS": f"quiet=1:output={trace}"}
    subprocess.run([DIES], cwd=folder, env={**os.environ, **variables}, preexec_fn=unlimited_core,
                   check=False)
    found = [path for path in folder.iterdir() if path.name.startswith("core")]
    if found:
        return trace, found[0]
    if not shutil.which("gdb"):
        raise Skip("the kernel writes no core here, and there is no gdb")
    trace.unlink()
    settings = [word for name, value in variables.items()
                for word in ("-ex", f"set environment {name} {value}")]
    subprocess.run(["gdb", "-batch", *settings, "-ex", "run", "-ex", f"generate-core-file {core}",
                    "-ex", "kill", DIES], cwd=folder, capture_output=True, check=False)
    if not core.exists() or not trace.exists():
        raise Skip("gdb can take no core here")
    return trace, core


def objects(report):
    return {(site["kind"], site["bytes"] // site["objects"]): site["verdict"]
            for site in report["sites"]}


def case_verdicts_from_a_core():
    with tempfile.TemporaryDirectory(prefix="memtrace-test-") as folder:
        trace, core = die(Path(folder))
        done = Call("report", "--format=json", "--verdict=all", f"--core={core}", trace).says(0)
        report = json.loads(done.stdout)
        found = objects(report)
        equal("verdicts", {key: found.get(key) for key in WANTED}, WANTED)
        equal("scan", report["trace"]["scan"], "core")
        equal("threads", report["trace"]["threads_scanned"], 2)
        heads = {site["bytes"]: (site["held_objects"], site["held_bytes"])
                 for site in report["sites"] if site["verdict"] == "definite"}
        equal("held", (heads[1100], heads[8192]), ((2, 2203), (1, 1300)))
        text = Call("report", f"--core={core}", trace).says(0).stdout
        check("scanned in its core file: registers and stacks of all 2 threads" in text, text)
        before = json.loads(Call("report", "--format=json", trace).says(0).stdout)
        equal("without the core", before["trace"]["scan"], "none")


def case_wrong_cores():
    with tempfile.TemporaryDirectory(prefix="memtrace-test-") as folder:
        trace, core = die(Path(folder))
        torn = Path(folder) / "torn"
        torn.write_bytes(core.read_bytes()[:2000])
        other = Path(folder) / "other.mtrace"
        subprocess.run([str(PROGRAMS / "cli_leaky_cache")], check=True, env={
            **os.environ, "LD_PRELOAD": preload(), "MEMTRACE_OPTIONS": f"quiet=1:output={other}"})
        for name, of, said in ((DIES, trace, "not a core file"), (torn, trace, "torn: "),
                               (folder, trace, "not a core file"), (core, other, "another process"),
                               (Path(folder) / "none", trace, "No such file")):
            Call("report", f"--core={name}", of).says(3, "").one_line(said)
        Call("report", f"--core={core}", trace, other).says(2, "").one_line("--core: is of one")


run_all(globals())
