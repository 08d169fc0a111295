#!/usr/bin/env python3
"""compare.py SOURCE BINARY: runs a case under memtrace and under the references that
this machine has, and prints what each says of each object. memtrace must say what the case EXPECTs,
a reference the same or what the case declares (DIFFERS). Whatever else the process has must be
reachable, to memtrace: what libc, libstdc++ and the loader keep is no leak.

BINARY_lsan-clang and BINARY_lsan-gcc are the same program with a LeakSanitizer linked in.
--differences SOURCE… prints the page's table of differences, --page PAGE SOURCE… holds the page
to be so, --all BUILD_FOLDER SOURCE… runs many cases and prints one table."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cases import TOOLS, Case, in_words, table_of_differences
from harness import Failure, Skip, check, equal, main, run, same_behaviour, scratch
from references import ask_lsan, ask_memtrace, ask_valgrind, has_valgrind

HEADINGS = ["case", "object", "expected", "memtrace", *TOOLS, "remark"]
LOST = ("definite", "indirect")


def sum_up(seen):
    """{verdict: (objects, bytes)} of a list of Seen."""
    counts = {verdict: (0, 0) for verdict in ("definite", "indirect", "possible", "reachable",
                                              "unclassified")}
    for one in seen:
        objects, size = counts.get(one.verdict, (0, 0))
        counts[one.verdict] = objects + one.objects, size + one.size
    return {verdict: count for verdict, count in counts.items() if count[0]}


def object_of(one, functions):
    """The object it belongs to: the innermost of its functions that is one."""
    return next((name for name in one.names if (name, one.kind) in functions), None)


def sort_out(seen, functions):
    """{function: [Seen]} and what belongs to none."""
    found, rest = {name: [] for name, _ in functions}, []
    for one in seen:
        found.get(object_of(one, functions), rest).append(one)
    return found, rest


def agree(found, wanted) -> bool:
    """Same verdicts, same objects, same bytes where the case says how many."""
    return found.keys() == wanted.keys() and all(
        found[verdict][0] == objects and size in (None, found[verdict][1])
        for verdict, (objects, size) in wanted.items())


def in_full(counts) -> str:
    return ", ".join(f"{verdict} {objects} ({size} bytes)"
                     for verdict, (objects, size) in counts.items()) or "nothing"


class Comparison:
    """What the tools say of one case; `wrong` are the lines that are not as they must be."""

    def __init__(self, case: Case, folder: Path, program):
        self.case, self.folder, self.program = case, folder, program
        self.functions = {process: set(objects) for process, objects in case.verdicts.items()}
        self.answers = {}  # tool -> process -> function -> [Seen]
        self.rest = {}     # tool -> [Seen] of the first process
        self.wrong = []

    def add(self, tool, pid, answers):
        """`answers` is {pid: [Seen] or None for no answer}; the case has one child at most."""
        self.answers[tool] = {}
        for number, seen in answers.items():
            process = "main" if number == pid else "child"
            if seen is None:
                self.answers[tool][process] = None
                continue
            found, rest = sort_out(seen, self.functions.get(process, set()))
            self.answers[tool][process] = found
            if process == "main":
                self.rest[tool] = rest

    def run_memtrace(self, plain):
        result, reports = ask_memtrace(self.program, self.folder,
                                       environment=self.case.environment)
        same_behaviour(plain, result)
        self.add("memtrace", result.pid, {pid: seen for pid, (_, seen) in reports.items()})
        equal("traces besides the first", len(reports) - 1, self.case.children[1])

    def run_references(self, plain):
        if has_valgrind() and self.case.run.get("valgrind") != "no":
            result, answers = ask_valgrind(self.program, self.folder,
                                           environment=self.case.environment)
            self.add("valgrind", result.pid, answers)
        for tool in ("lsan-clang", "lsan-gcc") if self.case.lsan else ():
            program = f"{self.program[0]}_{tool}"
            if os.path.exists(program):
                result, answers = ask_lsan([program, *self.program[1:]], self.folder,
                                           environment=self.case.environment)
                if result.status not in (plain.status, 23):
                    answers[result.pid] = None
                self.add(tool, result.pid, answers)

    def seen_by(self, tool, wanted):
        """{verdict: (objects, bytes)} of an object; LeakSanitizer is silent on what it does not
        report."""
        answer = self.answers[tool].get(wanted.process, {})
        reported = sum_up(answer.get(wanted.function, []) if answer is not None else [])
        if not tool.startswith("lsan") or answer is None:
            return reported
        silent = sum(n for n, _ in wanted.counts.values()) - sum(n for n, _ in reported.values())
        return {**reported, **({"silent": (silent, 0)} if silent else {})}

    def judge(self, wanted):
        """The cells of an object's row."""
        cells = [self.case.source.stem, wanted.function, in_words(wanted.counts)]
        ours = self.seen_by("memtrace", wanted)
        cells.append(in_words(ours))
        silent = "or unclassified" in self.case.flags and set(ours) == {"unclassified"}
        if not agree(ours, wanted.counts) and not silent:
            self.wrong.append(f"memtrace, {wanted.function}: {in_full(ours)}; "
                              f"expected {in_full(wanted.counts)}")
        remarks = []
        for tool in TOOLS:
            if tool not in self.answers or wanted.kind == "mapping":
                cells.append("-")
                continue
            said = in_words(self.seen_by(tool, wanted))
            must, why = self.case.said_by(tool, wanted)
            cells.append(said)
            if why:
                remarks.append(f"{tool}: {why}")
            has_bytes = (why or tool != "valgrind" or
                         agree(self.seen_by(tool, wanted), wanted.counts))
            if said != must or not has_bytes:
                self.wrong.append(f"{tool}, {wanted.function}: "
                                  f"{in_full(self.seen_by(tool, wanted))}; the case says {must}")
        return cells + ["; ".join(remarks)]

    def judge_rest(self):
        """What no EXPECT line names: none of it lost, or as much as Valgrind says."""
        lost = [one for one in self.rest.get("memtrace", []) if one.verdict in LOST]
        if "rest as valgrind" in self.case.flags:
            if "valgrind" in self.rest:
                theirs = [one for one in self.rest["valgrind"] if one.verdict in LOST]
                if sum_up(lost) != sum_up(theirs):
                    self.wrong.append(f"the rest: memtrace {in_full(sum_up(lost))}; "
                                      f"valgrind {in_full(sum_up(theirs))}")
            return
        doubtful = [one for one in self.rest.get("memtrace", [])
                    if one.verdict not in ("reachable", "unclassified")]
        self.wrong += [f"memtrace, not named by the case: {one}" for one in doubtful]


def compare(source: Path, binary: Path):
    """The rows of a case and what is wrong with them."""
    case = Case(source)
    program = [binary, *case.run.get("args", "").split()]
    with scratch() as name:
        comparison = Comparison(case, Path(name), program)
        plain = run(program, name, traced=False, environment=case.environment)
        equal("exit status without the preload", plain.status, case.status)
        comparison.run_memtrace(plain)
        comparison.run_references(plain)
        rows = [comparison.judge(wanted) for wanted in case.objects()]
        comparison.judge_rest()
    return rows, comparison.wrong


def print_table(rows):
    print("| " + " | ".join(HEADINGS) + " |\n|" + "---|" * len(HEADINGS))
    for row in rows:
        print("| " + " | ".join(row) + " |")


def is_of_reference(line: str) -> bool:
    return line.split(",")[0] in ("valgrind", "lsan-clang", "lsan-gcc")


def test_one(source, binary):
    rows, wrong = compare(Path(source), Path(binary).resolve())
    # A stale word that happens to point into a block is another in each run: what a reference alone
    # says differently is asked for once more. memtrace's own answer has to be right each time.
    if wrong and all(map(is_of_reference, wrong)):
        rows, wrong = compare(Path(source), Path(binary).resolve())
    print_table(rows)
    check(not wrong, "\n".join(wrong))


def run_all(build, *sources):
    """One table of many cases; BUILD/NAME are their programs."""
    def one(source):
        try:
            return compare(Path(source), Path(build).resolve() / Path(source).stem)
        except (Failure, Skip) as what:
            return [], [str(what)]

    sources = [source for source in sources if (Path(build) / Path(source).stem).exists()]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        answers = list(pool.map(one, sources))
    print_table([row for rows, _ in answers for row in rows])
    wrong = [f"{Path(source).stem}: {line}" for source, (_, lines) in zip(sources, answers)
             for line in lines]
    check(not wrong, "\n".join(wrong))


def test_page(page, *sources):
    table = table_of_differences(map(Path, sources))
    check(table in Path(page).read_text(encoding="utf-8"),
          f"{page} does not have this table:\n{table}")


if __name__ == "__main__":
    words = sys.argv[1:]
    main({"--differences": lambda: print(table_of_differences(map(Path, words[1:])), end=""),
          "--page": lambda: test_page(*words[1:]),
          "--all": lambda: run_all(*words[1:])}.get(words[0], lambda: test_one(*words)))
