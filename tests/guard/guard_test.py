#!/usr/bin/env python3
"""guard_test.py SOURCE BINARY [ASAN_BINARY]: a program that leaves its blocks is caught at it, and
its innocent twin is not. The comment at the top of SOURCE says what is expected:

    GUARD kind=K [access=A] [in=F] [allocated=F] [freed=F] [bytes=N] [offset=N] [count=N]
    LEFT …                 the same with guard=left
    CANARY …               the same with canary=on
    GUARD nothing          it cannot be seen so
    ENDS N                 status with guard=1; else that of SIGSEGV where there is an access
    VALGRIND REGEX         ASAN REGEX                 what these say of it
    ELSEWHERE F            the function that they name, where it is not GUARD's

What guard finds it finds as well where the block is none of a sample's, and was not recorded. What is
found after the fact changes nothing of what the program does; and neither does anything in
the innocent twin, also with both options, with checks of calls, and of a sample."""

import re
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "misuse"))
from harness import check, equal, main, report, run, same_behaviour, scratch  # noqa: E402
from misuse_test import complaints, value_of  # noqa: E402

MODES = {"GUARD": {"guard": "1"}, "LEFT": {"guard": "left"}, "CANARY": {"canary": "on"}}
TOGETHER = [{"guard": "3", "canary": "on", "errors": "on"},
            {"guard": "1", "sample": "4K"}, {"canary": "on", "sample": "4K"},
            {"guard": "1/2", "errors": "on", "freed_by": "on"}, {"guard": "1", "proof": "1"}]
ALLOCATORS = ("jemalloc", "tcmalloc_minimal", "mimalloc")
VALGRIND_SAYS = re.compile(r"Invalid (read|write)")
ASAN_SAYS = re.compile(r"ERROR: AddressSanitizer")
SIGSEGV = 128 + 11


class Case:
    def __init__(self, source: Path):
        lines = re.findall(r"^ \* ([A-Z]+) +(.*)$", source.read_text().split("*/")[0], re.M)
        self.said = dict(lines)
        self.wanted = {mode: dict(word.split("=") for word in self.said[mode].split() if "=" in word)
                       for mode in MODES}

    def status(self, mode: str, plain: int) -> int:
        """How the wrong one ends."""
        if "access" not in self.wanted[mode]:
            return plain
        return int(self.said.get("ENDS", SIGSEGV))


def errors_of(result, watched: str) -> list:
    found = []
    for trace in result.traces:
        told = report(trace, at_rest=False)
        equal(f"{trace.name}: {watched} are looked after", told["checks"][watched], True)
        found += told["errors"]
    return found


def hold_error(case: Case, mode: str, errors: list) -> None:
    wanted = case.wanted[mode]
    equal(f"number of errors with {mode}", len(errors), 1 if wanted else 0)
    for key, value in wanted.items():
        equal(f"{mode}: {key} of {errors[0]['summary']!r}", str(value_of(errors[0], key)), value)


def hold_lines(result, errors: list) -> None:
    """The user is told at once, with the stacks; of what a last look found, by the closing line."""
    said = [error for error in errors if error["stack"]]
    titles = [line for line in result.ours if re.search(r"(here|released) \S+\+0x", line)]
    equal("errors said on stderr", len(titles), len(said))
    for error in said:
        if error["allocated"]:
            check(any(" allocated " in line for line in result.ours), "no stack of the allocation")


def hold_memtrace(case: Case, binary: Path, folder) -> None:
    plain = {word: run([binary, word], folder, traced=False) for word in ("wrong", "innocent")}
    for mode, options in MODES.items():
        watched = "canaries" if mode == "CANARY" else "guards"
        wrong = run([binary, "wrong"], folder, options=options)
        equal(f"{mode}: status", wrong.status, case.status(mode, plain["wrong"].status))
        errors = errors_of(wrong, watched)
        hold_error(case, mode, errors)
        hold_lines(wrong, errors)
        quiet = run([binary, "wrong"], folder, options={**options, "quiet": "1"})
        equal(f"{mode}: lines with quiet=1", quiet.ours, [])
        innocent = run([binary, "innocent"], folder, options=options)
        same_behaviour(plain["innocent"], innocent)
        equal(f"{mode}: errors of the innocent twin", errors_of(innocent, watched), [])
    if case.wanted["GUARD"].get("in") != "":  # with a sample there is no last look
        unrecorded = run([binary, "wrong"], folder, options={"guard": "1", "sample": "1G"})
        hold_error(case, "GUARD", errors_of(unrecorded, "guards"))
    for options in TOGETHER:
        innocent = run([binary, "innocent"], folder, options=options)
        same_behaviour(plain["innocent"], innocent)
        for trace in innocent.traces:
            equal(f"errors with {options}", report(trace, at_rest=False)["errors"], [])


def hold_allocators(case: Case, binary: Path, folder) -> None:
    """With another allocator behind it, what is found is the same."""
    for name in ALLOCATORS:
        library = next(Path("/usr/lib").glob(f"*/lib{name}.so*"), None)
        if not library:
            continue
        for mode, options in MODES.items():
            for word in ("wrong", "innocent"):
                done = run([binary, word], folder, options=options, libraries=[str(library)])
                errors = [error for trace in done.traces
                          for error in report(trace, at_rest=False)["errors"]]
                kinds = [error["kind"] for error in errors]
                wanted = case.wanted[mode].get("kind") if word == "wrong" else None
                equal(f"{name}, {mode}, {word}", kinds, [wanted] if wanted else [])


def hold_other(case: Case, tool: str, words: list, says: re.Pattern, wanted: str, folder) -> None:
    equal(f"{tool} of the innocent twin", complaints([*words, "innocent"], says, folder), "")
    text = complaints([*words, "wrong"], says, folder)
    check(re.search(wanted, text), f"{tool} does not say {wanted!r}:\n{text[-1500:]}")
    function = case.said.get("ELSEWHERE", case.wanted["GUARD"]["in"])
    check(re.search(rf"((at|by) 0x\w+: |in ){function}\b", text),
          f"{tool} does not name {function}:\n{text[-1500:]}")


def test():
    source, binary, *asan = (Path(word).resolve() for word in sys.argv[1:])
    case = Case(source)
    with scratch() as folder:
        hold_memtrace(case, binary, folder)
        hold_allocators(case, binary, folder)
        if "VALGRIND" in case.said and shutil.which("valgrind"):
            hold_other(case, "Valgrind", ["valgrind", "-q", binary], VALGRIND_SAYS,
                       case.said["VALGRIND"], folder)
        if "ASAN" in case.said and asan:
            hold_other(case, "AddressSanitizer", asan, ASAN_SAYS, case.said["ASAN"], folder)


if __name__ == "__main__":
    main(test)
