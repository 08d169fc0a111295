"""call.py: what the tests of whole commands share: a memtrace call in a fresh folder, and what
it said and left there."""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
# pylint: disable=wrong-import-position,unused-import
from harness import Failure, Skip, check, command, equal, main, preload, report

PROGRAMS = Path(sys.argv[1])  # where the build put subject and the others
SUBJECT = str(PROGRAMS / "cli_subject")
TIMEOUT_SECONDS = 60


class Call:
    """A finished memtrace call: status, stdout, stderr (text), and the files it left."""

    def __init__(self, *words, folder=None, environment=None, stdin="", memtrace=None):
        self.scratch = tempfile.TemporaryDirectory(prefix="memtrace-test-")
        self.folder = Path(folder or self.scratch.name)
        variables = {**os.environ, "NO_COLOR": "1", "LC_ALL": "C.UTF-8", **(environment or {})}
        if "LD_PRELOAD" not in (environment or {}):
            variables.pop("LD_PRELOAD", None)
        self.words = [str(memtrace or command()), *map(str, words)]
        done = subprocess.run(self.words, cwd=self.folder, env=variables, input=stdin,
                              capture_output=True, text=True, timeout=TIMEOUT_SECONDS)
        self.status = done.returncode if done.returncode >= 0 else 128 - done.returncode
        self.stdout, self.stderr = done.stdout, done.stderr

    def says(self, status, stdout=None) -> "Call":
        """Holds status and stdout against what is expected."""
        said = f"{' '.join(self.words)}\n{self.stdout}{self.stderr}"
        check(self.status == status, f"status {self.status}, wanted {status}: {said}")
        check(stdout is None or self.stdout == stdout, f"stdout is not {stdout!r}: {said}")
        return self

    def one_line(self, *parts) -> "Call":
        """stderr must be one line of memtrace, with each of `parts` in it."""
        lines = self.stderr.splitlines()
        check(len(lines) == 1 and lines[0].startswith("memtrace: "),
              f"{' '.join(self.words)}: not one line: {self.stderr!r}")
        return self.has(*parts)

    def has(self, *parts) -> "Call":
        for part in parts:
            check(part in self.stderr, f"{' '.join(self.words)}: no {part!r} in: {self.stderr}")
        return self

    def has_not(self, *parts) -> "Call":
        for part in parts:
            check(part not in self.stderr, f"{' '.join(self.words)}: {part!r} in: {self.stderr}")
        return self

    def files(self) -> list[str]:
        """Names of what lies in the folder now, with pids as N."""
        return sorted(re.sub(r"\.\d+\.mtrace", ".N.mtrace", str(path.relative_to(self.folder)))
                      for path in self.folder.rglob("*") if not path.is_dir())

    def traces(self) -> list[Path]:
        return sorted(self.folder.rglob("*.mtrace*"), key=lambda path: path.stat().st_mtime_ns)


def run_all(cases) -> None:
    """Runs the functions of a module that are named case_…; ends as a test does."""
    def test():
        names = sorted(name for name in cases if name.startswith("case_"))
        check(names, "no case")
        failed = []
        for name in names:
            try:
                cases[name]()
                print(f"{name}: passed")
            except Skip as why:
                print(f"{name}: skipped: {why}")
            except Failure as what:
                print(f"{name}: failed: {what}")
                failed.append(name)
        check(not failed, " ".join(failed))
    main(test)
