"""room.py: the folder an entry is run in, and what comes of a run there with or without the preload:
its output, its status, its time, its traces."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from entry import ENTRIES, PATH, Entry
from offspring import TIMEOUT_SECONDS, ended, processor_seconds

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from harness import Skip, equal, preload  # noqa: E402

TESTS = Path(__file__).resolve().parent.parent
NOBODY = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]


@dataclass
class Outcome:
    status: int
    streams: dict            # name -> bytes
    seconds: float           # of processor time, of all processes
    elapsed: float
    traces: list[Path] = field(default_factory=list)


class Room:
    """Every run finds in `work` what `prepare` has left there."""

    def __init__(self, entry: Entry, folder: Path):
        self.entry, self.folder = entry, folder
        self.work, self.kept = folder / "work", folder / "kept"
        self.traces = folder / "traces"
        self.is_nobody = entry.user == "nobody" and os.geteuid() == 0
        for place in (self.work, folder / "bin", folder / "tmp"):
            place.mkdir()
        os.chmod(folder, 0o755)
        self.library = folder / "libmemtrace.so"  # where anybody may read it
        shutil.copy(preload(), self.library)
        self.own(self.work, folder / "tmp")
        self.prepare()

    def own(self, *places: Path) -> None:
        if self.is_nobody:
            for place in places:
                shutil.chown(place, "nobody", "nogroup")

    def environment(self) -> dict:
        kept = {key: os.environ[key] for key in ("CARGO_HOME", "RUSTUP_HOME") if key in os.environ}
        if os.environ.get("HOME"):  # where rustup keeps compilers, unless told otherwise
            kept.setdefault("RUSTUP_HOME", f"{os.environ['HOME']}/.rustup")
        return dict(kept, PATH=f"{self.folder}/bin:{PATH}", HOME=str(self.work), TMPDIR=str(self.folder / "tmp"),
                    LC_ALL="C.UTF-8", TERM="dumb", TESTS=str(TESTS),
                    SOURCES=str(ENTRIES / "sources"))

    def start(self, function: str, out, err):
        words = ["sh", "-c", f'cd "$HOME" && . {shlex.quote(str(self.entry.path))} && {function}']
        return subprocess.Popen((NOBODY if self.is_nobody else []) + words, cwd=self.folder,
                                env=self.environment(), stdin=subprocess.DEVNULL, stdout=out,
                                stderr=err, start_new_session=True)

    def write_traced(self, is_traced: bool) -> None:
        """`traced`, the command that the script gives the words to be run under the preload."""
        setting = ""
        if is_traced:
            options = [f"output={self.traces}/%e.%p.mtrace", "quiet=1", *self.entry.options]
            setting = (f"export LD_PRELOAD={self.library} "
                       f"MEMTRACE_OPTIONS={shlex.quote(':'.join(options))}\n")
        script = self.folder / "bin" / "traced"
        script.write_text(f'#!/bin/sh\n{setting}exec "$@"\n')
        script.chmod(0o755)

    def say(self, words: str) -> tuple[int, str]:
        """Status and output of shell words, said in `work` without the preload."""
        with open(self.folder / "said", "w+b") as log:
            self.write_traced(False)
            status = self.start(words, log, log).wait(TIMEOUT_SECONDS)
            return status, contents(log).decode(errors="replace")

    def prepare(self) -> None:
        status, said = self.say("if command -v prepare >/dev/null; then prepare; fi")
        if status == 77:
            raise Skip(said.strip())
        equal(f"status of prepare ({said[-1500:]})", status, 0)
        self.version = version_in(self.say(self.entry.version)[1])
        self.work.rename(self.kept)

    def run(self, is_traced: bool) -> Outcome:
        for place in (self.work, self.traces):
            shutil.rmtree(place, ignore_errors=True)
        subprocess.run(["cp", "-a", self.kept, self.work], check=True)
        self.traces.mkdir()
        self.own(self.traces)
        self.write_traced(is_traced)
        with open(self.folder / "out", "w+b") as out, open(self.folder / "err", "w+b") as err:
            began, before = time.monotonic(), processor_seconds()
            process = self.start("work", out, err)
            status = ended(process, self.entry.name)
            seconds, elapsed = processor_seconds() - before, time.monotonic() - began
            streams = {"stdout": contents(out), "stderr": contents(err)}
        for name in self.entry.outputs:
            found = self.work / name
            streams[name] = found.read_bytes() if found.exists() else b"there is no such file\n"
        return Outcome(status, {name: self.blurred(text) for name, text in streams.items()},
                       seconds, elapsed, sorted(self.traces.glob("*")))

    def blurred(self, text: bytes) -> bytes:
        for pattern in self.entry.blur:
            text = re.sub(pattern.encode(), b"N", text, flags=re.M)
        return text


def version_in(text: str) -> str:
    found = re.search(r"\d+\.\d+[\w.]*", text) or re.search(r"\d\d+", text)
    return found[0] if found else "?"


def contents(file) -> bytes:
    file.seek(0)
    return file.read()
