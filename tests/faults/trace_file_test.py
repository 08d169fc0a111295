#!/usr/bin/env python3
"""trace_file_test.py CREW BUS: somebody else deletes, cuts, overwrites or replaces the trace while
four threads write to it. The program notices nothing, whatever it has made of SIGBUS; and what is
left is never called clean."""

import os
import struct
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from harness import Failure, check, command, equal, main, memtrace, run, same_behaviour, scratch

MISSING, INCONCLUSIVE, LEAKS = 3, 24, 23
UNITS_USED = 40  # offset in the header
UNIT = 65536


def units_used(path):
    with open(path, "rb") as file:
        file.seek(UNITS_USED)
        return struct.unpack("<Q", file.read(8))[0]


def cut(bytes_of):
    return lambda path: os.truncate(path, bytes_of(path))


def cut_and_grown(path):
    os.truncate(path, 0)
    os.truncate(path, 1 << 34)


def cut_again_and_again(path):
    for units in range(units_used(path), 0, -1):
        os.truncate(path, units * UNIT - 4096)
        time.sleep(0.002)


def zeroed(path):
    with open(path, "r+b") as file:
        file.write(bytes(units_used(path) * UNIT))


def replaced(path):
    other = path.with_suffix(".other")
    other.write_bytes(b"something else")
    os.rename(other, path)


# What is done, and what check says of the trace afterwards.
DEEDS = {
    "deleted": (os.unlink, {MISSING}),
    "replaced": (replaced, {MISSING}),
    "not readable": (lambda path: os.chmod(path, 0), {MISSING, LEAKS}),  # root can read it
    "cut to nothing": (cut(lambda path: 0), {MISSING}),
    "cut in the header": (cut(lambda path: 100), {MISSING, INCONCLUSIVE}),
    "cut behind the header": (cut(lambda path: 4096), {INCONCLUSIVE}),
    "cut in the middle": (cut(lambda path: units_used(path) // 2 * UNIT + 20000), {INCONCLUSIVE}),
    "cut at the end": (cut(lambda path: units_used(path) * UNIT - 5000), {INCONCLUSIVE}),
    "cut again and again": (cut_again_and_again, {INCONCLUSIVE}),
    "cut and grown": (cut_and_grown, {MISSING}),
    "filled with zeros": (zeroed, {MISSING, INCONCLUSIVE}),
}
OTHER_WAYS = [["sigaction"], ["signal"], ["forks"]]
OTHER_OPTIONS = [{"errors": "stop", "freed_by": "on", "peak": "on"}, {"guard": "7", "canary": "on"}]
FOR_ALL = ["cut to nothing", "cut in the middle", "cut and grown"]


def do(deed, folder):
    def on(pid):
        path = next(Path(folder).glob(f"traces/*.{pid}.mtrace"))
        deed(path)
        time.sleep(0.03)
    return on


def hold(crew, deed, words, options, folder):
    try:
        hold_one(crew, deed, words, options, folder)
    except Failure as what:
        raise Failure(f"{deed}, {words}, {options}: {what}") from None


def hold_one(crew, deed, words, options, folder):
    act, statuses = DEEDS[deed]
    plain = run([crew, *words], folder, traced=False, stdin=b"x", meanwhile=lambda pid: None)
    equal("status alone", plain.status, 7)
    result = run([crew, *words], folder, options=options, stdin=b"x", meanwhile=do(act, folder))
    same_behaviour(plain, result)
    check(len(result.ours) <= 1, f"{len(result.ours)} lines on stderr: {result.ours}")
    trace = next(iter(Path(folder).glob(f"traces/*.{result.pid}.mtrace")), "missing")
    done = memtrace("check", trace, statuses=statuses)
    check(done.stdout + done.stderr, "check says nothing")
    if deed.startswith("cut") and deed != "cut and grown":  # that reads as zeros
        check("cut" in "".join(result.ours), f"the user is not told: {result.ours}")


def gate(crew, folder):
    """The same seen by memtrace check -- PROGRAM."""
    with subprocess.Popen([command(), "check", "--", crew], cwd=folder, stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        equal("first line", process.stdout.readline(), b"go\n")
        trace = next(path for path in Path(folder).rglob("*crew.*.mtrace*") if path.is_file())
        os.truncate(trace, 0)
        said = process.communicate(b"x", 60)
    check(process.returncode not in (0, 128 + 7),
          f"check -- of a program whose trace was cut: {process.returncode}, {said}")
    return process.returncode


def test():
    crew, bus = (Path(word).resolve() for word in sys.argv[1:])
    with scratch() as folder:
        same_behaviour(run([bus], folder, traced=False), run([bus], folder))
        same_behaviour(run([bus], folder, traced=False), run([bus], folder, options={"guard": "1"}))
        for deed in DEEDS:
            hold(crew, deed, [], {}, folder)
        for deed in FOR_ALL:
            for words in OTHER_WAYS:
                hold(crew, deed, words, {}, folder)
            for options in OTHER_OPTIONS:
                hold(crew, deed, [], options, folder)
        gate(crew, folder)
    print(f"{len(DEEDS)} deeds, {len(OTHER_WAYS) + 1} programs")


main(test)
