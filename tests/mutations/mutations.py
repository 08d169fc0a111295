#!/usr/bin/env python3
"""mutations.py [options] BUILD [FILE…]: changes the code in one small place at a time and runs the
tests that concern the file; a mutant that none of them notices survives, and is printed. BUILD is
a build folder in which everything has been built: its tests are run, against what is built anew of
each mutant in a copy of the tree.

    --count=ROOM:N,…   so many mutants of each half (default analyzer:70,preload:50)
    --seed=N           which (default 1): the same seed and the same tree give the same mutants
    --part=I/N         every Nth of them alone, so that several can run side by side
    --folder=DIR       where the copy is made and kept (default: a folder under TMPDIR)
    --tests=N          the first N tests of each mutant alone: quicker, and more survive
    --within=SECONDS   no further test is begun on a mutant after so long, and none that takes half
                       as long: quicker, and more survive
    --at-once=N        so many tests of a mutant side by side (default 3)
    --suites=NAME,…    tests of these suites alone (unit,fuzz are quick)
    --only=FILE:LINE:KIND  those alone, to see whether a new test kills them

Prints one line for each mutant, the survivors with what was changed, and the sums. reasons.txt
beside this file holds why a survivor may live: those count as explained. Ends with status 1 where
others survived."""

import argparse
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from mutants import mutants
from tests_of import tests_of

TREE = Path(__file__).resolve().parents[2]
TIMEOUT_SECONDS = 400
PATIENCE = 8  # a test that takes so many times as long as it did without a mutant has failed
SECONDS_GUESSED = {"unit": 0.3, "fuzz": 2, "cli": 5}  # of a test not yet seen to run; else:
SECONDS_OTHERWISE = 8
NOT_BUILT = "not built"


def sources(halves):
    """half -> room -> its files."""
    found = defaultdict(lambda: defaultdict(list))
    for half in halves:
        for path in sorted((TREE / half).rglob("*.c")):
            found[half][path.parent.name].append(str(path.relative_to(TREE)))
    return found


def chosen(counts, seed):
    """Mutants without end, half by half: a room after the other, of each a file at random, in it a
    mutant at random."""
    for half, rooms in sources(counts).items():
        choice = random.Random(f"{seed} {half}")
        left = {file: mutants(file, (TREE / file).read_text())
                for files in rooms.values() for file in files}

        def draw(rooms=rooms, choice=choice, left=left):
            while any(left.values()):
                for files in rooms.values():
                    candidates = [file for file in files if left[file]]
                    if candidates:
                        file = choice.choice(candidates)
                        yield left[file].pop(choice.randrange(len(left[file])))
        yield half, draw()


def path_without_references(folder):
    """A PATH in which Valgrind, with which some tests compare, is not found: it takes most of their
    time, and no mutant changes what it says."""
    links = folder / "bin"
    links.mkdir(parents=True, exist_ok=True)
    directories = []
    for directory in map(Path, os.environ["PATH"].split(":")):
        has_it = (directory / "valgrind").exists()
        directories.append(str(links if has_it else directory))
        for path in directory.glob("*") if has_it else ():
            if path.name != "valgrind" and not (links / path.name).is_symlink():
                (links / path.name).symlink_to(path)
    return ":".join(directories)


def suite_of(test):
    return test["suite"][0].partition(":")[2] or "all"


def end_session(leader):
    """All of it: Check gives each test that it forks a group of its own."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if os.getsid(int(process.name)) == leader:
                os.kill(int(process.name), signal.SIGKILL)
        except ProcessLookupError:
            pass


class Habits:
    """How long tests take and how often they kill, kept in a file: the test with most kills for its
    time runs first."""

    def __init__(self, path: Path):
        self.path = path
        self.seconds, self.runs, self.kills = json.loads(path.read_text()) if path.exists() else \
            ({}, {}, {})

    def note(self, test, seconds, has_killed):
        if not has_killed:  # one that fails may end early, or late
            self.seconds[test] = seconds
        self.runs[test] = self.runs.get(test, 0) + 1
        self.kills[test] = self.kills.get(test, 0) + has_killed
        self.path.write_text(json.dumps([self.seconds, self.runs, self.kills]))

    def cost(self, test, file):
        """The seconds that a kill takes by it; a test that bears the name of the file, or of its
        room, is likelier to kill."""
        seconds = self.seconds.get(test, SECONDS_GUESSED.get(test.split("/")[0], SECONDS_OTHERWISE))
        names = set(re.split(r"[/_ ]", test)[1:]) & set(re.split(r"[/_.]", file)[1:-1])
        return seconds * (self.runs.get(test, 0) + 4) / (self.kills.get(test, 0) + 1 + 4 * len(names))

    def patience(self, test, within):
        seconds = self.seconds.get(test)
        return min(TIMEOUT_SECONDS, 20 + PATIENCE * seconds if seconds else within)


class Copy:
    """A copy of the tree with a build of its own, in which one file at a time is changed."""

    def __init__(self, folder: Path, build: Path, arguments):
        self.most, self.within, self.at_once = (
            arguments.tests, arguments.within, arguments.at_once)
        self.suites = [suite for suite in arguments.suites.split(",") if suite]
        self.habits = Habits(folder / "habits.json")
        self.tree, self.build = folder / "tree", folder / "tree" / "build"
        self.given = build.resolve()
        if not (self.build / "build.ninja").exists():
            self.make()
        if not self.ninja(["analyzer/memtrace", "preload/libmemtrace.so"]):
            sys.exit(f"mutations.py: {self.build} does not build as it is")
        self.path = path_without_references(folder)
        self.running, self.is_over = set(), False
        self.sound = {}  # test -> whether it passes without a change, here and now
        self.targets = {target["id"]: target["filename"] for target in json.loads(subprocess.run(
            ["meson", "introspect", "--targets", self.given], capture_output=True, text=True,
            check=True).stdout)}
        self.tests = {f"{suite_of(test)}/{test['name']}": test for test in json.loads(subprocess.run(
            ["meson", "introspect", "--tests", self.given], capture_output=True, text=True,
            check=True).stdout)}

    def make(self):
        self.tree.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["git", "clone", "-q", TREE, self.tree], check=True)
        meson = self.tree / "preload/meson.build"  # linked a hundred times: not as one piece
        meson.write_text(meson.read_text().replace("'b_lto=true'", "'b_lto=false'"))
        subprocess.run(["meson", "setup", self.build, self.tree, "-Doptimization=0"],
                       check=True, stdout=subprocess.DEVNULL)

    def ninja(self, targets):
        return subprocess.run(["ninja", "-C", self.build, "--quiet", *targets],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              check=False).returncode == 0

    def named(self, names):
        """The tests of these names, in any suite; suite:NAME is all of a suite."""
        found = []
        for name in names:
            suite = name.partition("suite:")[2]
            found += [test for test in self.tests
                      if (test.startswith(suite + "/") if suite else test.endswith("/" + name))]
        return [test for test in dict.fromkeys(found)
                if not self.suites or test.split("/")[0] in self.suites]

    def needs(self, test):
        """What it names, and what it depends on without a word."""
        return test["cmd"] + [path for target in test["depends"]
                              for path in self.targets.get(target, [])]

    def own(self, word):
        """What is built anew is run instead of what was given: memtrace, libmemtrace.so, unit tests."""
        return re.sub(rf"^{re.escape(str(self.given))}/(analyzer/memtrace|preload/libmemtrace.so|"
                      r"tests/(?:unit|fuzz)/\w+)$", rf"{self.build}/\1", word)

    def passes(self, name, own) -> bool:
        """True where the test passed or was skipped, or was given up: it is not known how long it
        takes; own(PATH) is what it runs in place of PATH. Its processes are ended with it."""
        test = self.tests[name]
        environment = {**os.environ, "PATH": self.path,
                       **{key: own(value) for key, value in test["env"].items()}}
        with subprocess.Popen([own(word) for word in test["cmd"]], env=environment,
                              cwd=self.given, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, start_new_session=True) as process:
            self.running.add(process.pid)
            try:
                return process.wait(self.habits.patience(name, self.within)) in (0, 77)
            except subprocess.TimeoutExpired:
                return name not in self.habits.seconds and self.within < TIMEOUT_SECONDS
            finally:
                self.running.discard(process.pid)
                end_session(process.pid)

    def end_others(self):
        """One test has failed: what the others find is of no interest."""
        self.is_over = True
        for pid in list(self.running):
            end_session(pid)

    def fails(self, name) -> bool:
        """It fails of the mutant alone: not on this machine, or of its load."""
        began = time.monotonic()
        if not self.sound.get(name, True):
            return False
        passes = self.passes(name, self.own)
        if self.is_over:
            return False
        if passes:
            self.habits.note(name, time.monotonic() - began, False)
            return False
        if name not in self.sound:
            sound = self.passes(name, str)
            if self.is_over:
                return False
            self.sound[name] = sound
            if not sound:
                print(f"left out   {name}: fails without a mutant", flush=True)
        if self.sound[name]:
            self.habits.note(name, 0, True)
        return self.sound[name]

    def killer(self, mutant, names):
        """The first test that fails of the mutant, or None: it survives, or NOT_BUILT; how many
        tests were run of how many."""
        path = self.tree / mutant.file
        source = (TREE / mutant.file).read_text()
        names = sorted(self.named(names)[:self.most],
                       key=lambda name: self.habits.cost(name, mutant.file))
        words = {word for name in names for word in self.needs(self.tests[name])}
        targets = [str(Path(self.own(word)).relative_to(self.build)) for word in sorted(words)
                   if self.own(word) != word]
        path.write_text(mutant.apply(source))
        try:
            if not self.ninja(["analyzer/memtrace", "preload/libmemtrace.so", *targets]):
                return NOT_BUILT, "0"
            killers, ran, self.is_over = [], [], False
            end = time.monotonic() + self.within
            with ThreadPoolExecutor(self.at_once) as crew:

                def run(name):
                    if (self.is_over or time.monotonic() > end or
                            self.habits.seconds.get(name, 0) > self.within / 2):
                        return
                    ran.append(name)
                    if self.fails(name):
                        killers.append(name)
                        self.end_others()
                list(crew.map(run, names))
            return killers[0] if killers else None, f"{len(ran)}/{len(names)}"
        finally:
            path.write_text(source)


def reasons():
    """(file, changed line, what it became) -> why this mutant may live."""
    text = (Path(__file__).parent / "reasons.txt").read_text()
    return {(file, before, after): why for file, before, after, why in
            re.findall(r"^(\S+)\n(- .*)\n(\+ .*)\n((?:    .*\n)+)", text, re.M)}


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=Path)
    parser.add_argument("files", nargs="*")
    parser.add_argument("--count", default="analyzer:70,preload:50")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--part", default="1/1")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--tests", type=int)
    parser.add_argument("--within", type=float, default=float("inf"))
    parser.add_argument("--at-once", type=int, default=3)
    parser.add_argument("--suites", default="")
    parser.add_argument("--only", action="append", default=[])
    arguments = parser.parse_args()
    counts = {half: int(count) for half, count in
              (pair.split(":") for pair in arguments.count.split(","))}
    part, parts = map(int, arguments.part.split("/"))
    folder = arguments.folder or Path(tempfile.mkdtemp(prefix="memtrace-mutations-"))
    copy = Copy(folder, arguments.build, arguments)
    explained = reasons()
    killed = survived = accepted = 0

    for half, draw in chosen(counts, arguments.seed):
        wanted = counts[half]
        for place, mutant in enumerate(draw):
            where = f"{mutant.file}:{mutant.line}:{mutant.kind}"
            if arguments.only and where not in arguments.only:
                continue
            if arguments.files and mutant.file not in arguments.files:
                continue
            if not arguments.only and (wanted <= 0 or place >= 2 * counts[half]):
                break
            wanted -= 1  # what does not compile counts as drawn: the parts must agree on the choice
            if place % parts != part - 1 and not arguments.only:
                continue
            if not copy.named(tests_of(mutant.file)):
                continue
            began = time.monotonic()
            killer, ran = copy.killer(mutant, tests_of(mutant.file))
            took = time.monotonic() - began
            diff = mutant.diff((TREE / mutant.file).read_text())
            if killer == NOT_BUILT:
                print(f"not built  {where}", flush=True)
            elif killer:
                killed += 1
                print(f"killed     {where}  by {killer}  {took:.0f} s", flush=True)
            elif (mutant.file, *diff.split("\n")[:2]) in explained:
                accepted += 1
                print(f"explained  {where}\n{diff}", flush=True)
            else:
                survived += 1
                print(f"SURVIVED   {where}  {ran} tests  {took:.0f} s\n{diff}", flush=True)
    print(f"{killed} killed, {accepted} explained, {survived} survived")
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main())
