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
AT_ONCE = 3  # tests of one mutant
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


def end_session(pid):
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


class Copy:
    """A copy of the tree with a build of its own, in which one file at a time is changed."""

    def __init__(self, folder: Path, build: Path, most, suites):
        self.most, self.suites = most, suites
        self.tree, self.build = folder / "tree", folder / "tree" / "build"
        self.given = build.resolve()
        if not (self.build / "build.ninja").exists():
            self.make()
        if not self.ninja(["analyzer/memtrace", "preload/libmemtrace.so"]):
            sys.exit(f"mutations.py: {self.build} does not build as it is")
        self.path = path_without_references(folder)
        self.running, self.is_over = set(), False
        self.sound = {}  # test -> whether it passes without a change, here and now
        self.tests = {f"{suite_of(test)}/{test['name']}": test for test in json.loads(subprocess.run(
            ["meson", "introspect", "--tests", self.given], capture_output=True, text=True,
            check=True).stdout)}

    def make(self):
        self.tree.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["git", "clone", "-q", TREE, self.tree], check=True)
        meson = self.tree / "preload/meson.build"  # linked a hundred times: not as one piece
        meson.write_text(meson.read_text().replace("'b_lto=true'", "'b_lto=false'"))
        subprocess.run(["meson", "setup", self.build, self.tree, "--buildtype=release"],
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

    def own(self, word):
        """What is built anew is run instead of what was given: memtrace, libmemtrace.so, unit tests."""
        return re.sub(rf"^{re.escape(str(self.given))}/(analyzer/memtrace|preload/libmemtrace.so|"
                      r"tests/(?:unit|fuzz)/\w+)$", rf"{self.build}/\1", word)

    def passes(self, name, own) -> bool:
        """True where the test passed or was skipped; own(PATH) is what it runs in place of PATH. Its
        processes are ended with it."""
        test = self.tests[name]
        environment = {**os.environ, "PATH": self.path, "CK_FORK": "no",
                       **{key: own(value) for key, value in test["env"].items()}}
        with subprocess.Popen([own(word) for word in test["cmd"]], env=environment,
                              cwd=self.given, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, start_new_session=True) as process:
            self.running.add(process.pid)
            try:
                return process.wait(TIMEOUT_SECONDS) in (0, 77)
            except subprocess.TimeoutExpired:
                return False
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
        if not self.sound.get(name, True) or self.passes(name, self.own) or self.is_over:
            return False
        if name not in self.sound:
            sound = self.passes(name, str)
            if self.is_over:
                return False
            self.sound[name] = sound
            if not sound:
                print(f"left out   {name}: fails without a mutant", flush=True)
        return self.sound[name]

    def killer(self, mutant, names):
        """The first test that fails of the mutant; None: it survives; NOT_BUILT."""
        path = self.tree / mutant.file
        source = (TREE / mutant.file).read_text()
        names = self.named(names)[:self.most]
        units = [self.own(self.tests[name]["cmd"][0]) for name in names
                 if re.search(r"/tests/(unit|fuzz)/", self.tests[name]["cmd"][0])]
        targets = [str(Path(unit).relative_to(self.build)) for unit in units]
        path.write_text(mutant.apply(source))
        try:
            if not self.ninja(["analyzer/memtrace", "preload/libmemtrace.so", *targets]):
                return NOT_BUILT
            killers, self.is_over = [], False
            with ThreadPoolExecutor(AT_ONCE) as crew:

                def run(name):
                    if not self.is_over and self.fails(name):
                        killers.append(name)
                        self.end_others()
                list(crew.map(run, names))
            return killers[0] if killers else None
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
    parser.add_argument("--suites", default="")
    parser.add_argument("--only", action="append", default=[])
    arguments = parser.parse_args()
    counts = {half: int(count) for half, count in
              (pair.split(":") for pair in arguments.count.split(","))}
    part, parts = map(int, arguments.part.split("/"))
    folder = arguments.folder or Path(tempfile.mkdtemp(prefix="memtrace-mutations-"))
    copy = Copy(folder, arguments.build, arguments.tests,
                [suite for suite in arguments.suites.split(",") if suite])
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
            killer = copy.killer(mutant, tests_of(mutant.file))
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
                print(f"SURVIVED   {where}  {took:.0f} s\n{diff}", flush=True)
    print(f"{killed} killed, {accepted} explained, {survived} survived")
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main())
