#!/usr/bin/env python3
"""jobs_test.py JOB: holds a CI job of examples/, GitHub's or GitLab's, against what it says: the
file is YAML with what its service asks for, all its commands are shell, and those that build and
test do what the job needs in a copy of its folder: the leaking program makes the last of them end
with 23, and the files that the job keeps are there. Installing memtrace is not run: the tests have
it in PATH."""

import shutil
import subprocess
import sys
from pathlib import Path

from harness import Skip, check, equal, main, scratch
from session_test import environment

try:
    import yaml
except ImportError:
    yaml = None


def of_github(job):
    """(commands that install, commands that build and test, files that are kept)."""
    equal("keys", set(job) >= {"name", True, "permissions", "jobs"}, True)  # "on" is YAML's true
    steps = job["jobs"]["leaks"]["steps"]
    for step in steps:
        check(("run" in step) != ("uses" in step), f"a step runs or uses something: {step}")
    commands = [(step["name"], step["run"]) for step in steps if "run" in step]
    kept = [step["with"][key] for step in steps if "with" in step
            for key in ("sarif_file", "path") if key in step["with"]]
    return ([run for name, run in commands if name == "Install memtrace"],
            [run for name, run in commands if name != "Install memtrace"], kept)


def of_gitlab(job):
    leaks = job["leaks"]
    check(all(isinstance(line, str) for line in leaks["before_script"] + leaks["script"]),
          "a command with a colon needs quotes")
    artifacts = leaks["artifacts"]
    return leaks["before_script"], leaks["script"], [artifacts["reports"]["junit"],
                                                     *artifacts["paths"]]


def test():
    path = Path(sys.argv[1])
    if not yaml:
        raise Skip("needs python3-yaml")
    job = yaml.safe_load(path.read_text(encoding="utf-8"))
    installs, commands, kept = of_github(job) if "jobs" in job else of_gitlab(job)
    check(installs and commands and kept, f"{path}: {installs} {commands} {kept}")
    for command in installs:
        parsed = subprocess.run(["bash", "-n", "-c", command], capture_output=True, check=False)
        equal(f"bash -n -c {command!r}", (parsed.returncode, parsed.stderr), (0, b""))
    with scratch() as place:
        work = shutil.copytree(path.parent, Path(place) / "job")
        statuses = [subprocess.run(["bash", "-e", "-c", command], cwd=work, env=environment(),
                                   capture_output=True, check=False).returncode
                    for command in commands]
        equal("statuses", statuses, [0] * (len(commands) - 1) + [23])
        for name in kept:
            check((work / name).exists(), f"{name} is not there to be kept")


main(test)
