"""entry.py: a row of the table as it is declared: a file of entries/, a shell script whose first
comment says what it is, with functions `prepare` (optional; done once, untraced; status 77: this
machine lacks what the text printed says) and `work`.

    # NAME: what is run
    # version: COMMAND           its output has the version
    # needs: PROGRAM…            without them the row says "not here"
    # as: nobody                 not as root: programs that refuse it, or whose sandbox needs it
    # outputs: FILE…             compared beside stdout, stderr and status
    # options: KEY=VALUE…        of MEMTRACE_OPTIONS, beside those that every run has
    # blur: PATTERN              what differs from run to run: compared as N
    # refused: COMMAND           memtrace run refuses it; the row has what it says
    # rounds: N                  at most so many
    # remark: TEXT

In `work` the words after `traced` are run under the preload; the rest, clients and helpers, is not.
$TESTS is the folder of all tests, $SOURCES that of the programs to build."""

import os
import re
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from harness import check  # noqa: E402

ENTRIES = Path(__file__).resolve().parent / "entries"
PATH = f"{os.environ['PATH']}:/usr/local/sbin:/usr/sbin"
LISTS = ("needs", "outputs", "blur", "options")


@dataclass
class Entry:
    """The first comment of a file of entries/."""

    path: Path
    name: str = ""
    what: str = ""
    version: str = ""
    needs: list[str] = field(default_factory=list)
    user: str = ""
    outputs: list[str] = field(default_factory=list)
    options: list[str] = field(default_factory=list)
    blur: list[str] = field(default_factory=list)
    refused: str = ""
    rounds: int = 99
    remark: str = ""


def read_entry(path: Path) -> Entry:
    comment = re.match(r"(?:#.*\n)+", path.read_text())
    check(comment, f"{path.name} does not begin with what it is")
    text = re.sub(r"\n# {2,}", " ", comment[0])  # lines that go on
    lines = [line.removeprefix("# ") for line in text.splitlines()
             if not line.startswith(("# shellcheck", "#!"))]
    entry = Entry(path)
    entry.name, _, entry.what = lines[0].partition(": ")
    for line in lines[1:]:
        key, _, value = line.partition(": ")
        key = {"as": "user"}.get(key, key)
        check(hasattr(entry, key) and value, f"{path.name}: what is '{line}'?")
        if key == "blur":
            entry.blur.append(value)
        elif key in LISTS:
            getattr(entry, key).extend(value.split())
        else:
            setattr(entry, key, int(value) if key == "rounds" else value)
    return entry


def all_entries() -> list[Entry]:
    return sorted((read_entry(path) for path in ENTRIES.glob("*.sh")),
                  key=lambda entry: entry.name.lower())


def missing(entry: Entry) -> list[str]:
    """What it needs and this machine lacks: programs, or files by their path."""
    return [need for need in entry.needs if not shutil.which(need, path=PATH) and
            not (need.startswith("/") and Path(need).exists())]
