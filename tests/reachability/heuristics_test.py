#!/usr/bin/env python3
"""heuristics_test.py FOLDER: option heuristics. A pointer into the middle of a block counts for one to
its start where the heuristic that knows such blocks is asked for, alone or with others, and leaves it
possibly lost where none is. FOLDER has the cases of this suite."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from harness import check, equal, main, report, run, scratch  # noqa: E402

KNOWS = {"strings_of_old_abi": "stdstring", "length_at_start": "length64",
         "arrays_with_cookie": "newarray", "multiple_inheritance": "multipleinheritance"}


def possible(program: Path, heuristics: str, folder) -> int:
    """Objects that are possibly lost."""
    result = run([program], folder, options={"heuristics": heuristics})
    equal(f"{program.name}, {heuristics}: what memtrace says of it", "heuristics" in
          "".join(result.ours), False)
    return sum(site["objects"] for site in report(result.traces[0])["sites"]
               if site["verdict"] == "possible")


def hold_case(program: Path, heuristic: str, folder) -> None:
    others = ",".join(sorted(set(KNOWS.values()) - {heuristic}))
    with_all = possible(program, "all", folder)
    equal(f"{program.name}: {heuristic} alone", possible(program, heuristic, folder), with_all)
    equal(f"{program.name}: all by name",
          possible(program, f"{others},{heuristic}", folder), with_all)
    check(possible(program, "none", folder) > with_all, f"{program.name}: none is as good as all")


def hold_unknown_name(program: Path, folder) -> None:
    result = run([program], folder, options={"heuristics": "newarray,guess"})
    check(any("heuristics" in line for line in result.ours), f"no word of it: {result.ours}")


def test():
    folder = Path(sys.argv[1])
    with scratch() as room:
        for name, heuristic in KNOWS.items():
            hold_case(folder / name, heuristic, room)
        hold_unknown_name(folder / "length_at_start", room)


if __name__ == "__main__":
    main(test)
