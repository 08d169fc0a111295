#!/usr/bin/env python3
"""misuse_test.py SOURCE BINARY [ASAN_BINARY]: a program that uses memory wrongly is told so, once,
with the right kind, functions and sizes, and its innocent twin is not. The comment at the top of SOURCE
says what is expected:

    EXPECT kind=K [function=F] [in=CALLER] [allocated=CALLER] [freed=CALLER] [bytes=N] [offset=N]
           [said=N] [place=P]                       _ stands for a blank
    EXPECT nothing                                  neither of the twins is at fault
    VALGRIND REGEX    ASAN REGEX                    what these say of it, if they can see it

Valgrind and AddressSanitizer are asked about the same program: where both name a function, it is the
same. What the program does is what it does without the tracer, but with errors=stop, which ends it."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from harness import check, equal, main, report, run, same_behaviour, scratch  # noqa: E402

VALGRIND_SAYS = re.compile(r"Invalid free|Mismatched free|fishy|size 0")
ASAN_SAYS = re.compile(r"ERROR: AddressSanitizer")


class Case:
    def __init__(self, source: Path, binary: Path, asan: Path | None):
        self.name, self.binary, self.asan = source.stem, binary, asan
        comment = source.read_text().split("*/")[0]
        said = dict(re.findall(r"^ \* (VALGRIND|ASAN) +(.*)$", comment, re.M))
        self.valgrind_says, self.asan_says = said.get("VALGRIND"), said.get("ASAN")
        wanted = re.search(r"^ \* EXPECT +(.*)$", comment, re.M)[1]
        self.wanted = dict(word.split("=") for word in wanted.split() if "=" in word)


def name_of(stack: list) -> str:
    """The function of the innermost frame, without parameters."""
    return re.sub(r"\(.*", "", stack[0]["function"] or "?") if stack else ""


def value_of(error: dict, key: str):
    block = error["block"] or {}
    earlier = {name: name_of(error[name]["stack"]) if error[name] else None
               for name in ("allocated", "freed")}
    values = {"in": name_of(error["stack"]), "bytes": block.get("bytes"), "said": error["bytes"],
              "offset": block.get("offset"), **earlier}
    return values.get(key, error.get(key))


def errors_of(result) -> list:
    """Those of all its processes; each has looked for them."""
    found = []
    for trace in result.traces:
        told = report(trace, at_rest=False)
        equal(f"{trace.name}: calls are checked", told["checks"]["calls"], True)
        equal(f"{trace.name}: errors lost", told["checks"]["lost_errors"], 0)
        found += told["errors"]
    return found


def hold_error(case: Case, errors: list) -> None:
    if not case.wanted:
        equal("errors of a program that has its own rules", errors, [])
        return
    equal("number of errors", len(errors), 1)
    for key, value in case.wanted.items():
        found = str(value_of(errors[0], key)).replace(" ", "_")
        equal(f"{key} of {errors[0]['summary']!r}", found, value)
    equal("count", errors[0]["count"], 1)


def hold_memtrace(case: Case, folder) -> None:
    for word in ("wrong", "innocent"):
        plain = run([case.binary, word], folder, traced=False)
        traced = run([case.binary, word], folder, options={"errors": "on"})
        # without the tracer there is no free_sized, and glibc sees less
        same_behaviour(plain, traced)
        if word == "innocent":
            equal("errors of the innocent twin", errors_of(traced), [])
        else:
            hold_error(case, errors_of(traced))


def hold_stop(case: Case, folder) -> None:
    """The program ends before the wrong call, and says why."""
    stopped = run([case.binary, "wrong"], folder, options={"errors": "stop"})
    errors = errors_of(stopped)
    hold_error(case, errors)
    if not errors:
        return
    equal("stopped", errors[0]["stopped"], True)
    lines = [line for line in stopped.ours if line.startswith("memtrace: stopped before ")]
    equal("lines that say so", len(lines), 1)
    check(len(stopped.traces) > 1 or stopped.status == 134, f"ended with status {stopped.status}")
    equal("output of the allocator, which was not reached", stopped.stderr, b"")


def complaints(words: list, says: re.Pattern, folder) -> str:
    done = subprocess.run([str(word) for word in words], cwd=folder, capture_output=True,
                          timeout=120, env={"PATH": "/usr/bin:/bin"})
    text = done.stderr.decode(errors="replace")
    return text if says.search(text) else ""


def hold_other(case: Case, tool: str, words: list, says: re.Pattern, wanted: str, folder) -> None:
    equal(f"{tool} of the innocent twin", complaints([*words, "innocent"], says, folder), "")
    text = complaints([*words, "wrong"], says, folder)
    check(re.search(wanted, text), f"{tool} does not say {wanted!r}:\n{text[-1500:]}")
    function = case.wanted["in"]
    check(re.search(rf"(by 0x\w+: |in ){function}\b", text),
          f"{tool} does not name {function}:\n{text[-1500:]}")


def test():
    source, binary, *asan = (Path(word).resolve() for word in sys.argv[1:])
    case = Case(source, binary, asan[0] if asan else None)
    with scratch() as folder:
        hold_memtrace(case, folder)
        hold_stop(case, folder)
        if case.valgrind_says and shutil.which("valgrind"):
            hold_other(case, "Valgrind", ["valgrind", "-q", binary], VALGRIND_SAYS,
                       case.valgrind_says, folder)
        if case.asan_says and case.asan:
            hold_other(case, "AddressSanitizer", [case.asan], ASAN_SAYS, case.asan_says, folder)


if __name__ == "__main__":
    main(test)
