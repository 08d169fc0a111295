#!/usr/bin/env python3
"""kills_test.py CREW: SIGKILL at random instants of a whole life: while the loader and the tracer
begin, while threads allocate and children are made, while the process searches itself at its end.
Whatever trace there is opens, or is said to be none yet, and a process that was killed is never
called clean. MEMTRACE_KILLS sets the rounds (10000 for the long run)."""

import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from harness import check, command, main, preload, scratch

# check says: leaks (the scan was done already), not a trace yet, inconclusive.
ALLOWED = {23: "scanned", 3: "begun", 24: "killed"}


def start(crew, folder, words):
    output = f"{folder}/traces/%e.%p.mtrace"
    environment = dict(os.environ, LD_PRELOAD=preload(), MEMTRACE_OPTIONS=f"quiet=1:output={output}")
    return subprocess.Popen([crew, *words], env=environment, cwd=folder, stdin=subprocess.PIPE,
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def whole_life(crew, folder, words):
    begun = time.monotonic()
    with start(crew, folder, words) as process:
        process.communicate(b"x")
    return time.monotonic() - begun


def judge(trace, is_child):
    done = subprocess.run([command(), "check", trace], capture_output=True, text=True)
    allowed = {*ALLOWED, 0} if is_child else ALLOWED  # a child that has ended left nothing
    check(done.returncode in allowed, f"{trace.name}: {done.returncode}: {done.stdout}{done.stderr}")
    check("damaged" not in done.stdout, f"{trace.name}: {done.stdout}")
    shown = subprocess.run([command(), "report", "--verdict=all", trace], capture_output=True, text=True)
    check(shown.returncode in (0, 3), f"{trace.name}: {shown.returncode}: {shown.stderr}")
    return ALLOWED.get(done.returncode, "child ended")


def kill_once(crew, folder, words, wait):
    with start(crew, folder, words) as process:
        time.sleep(wait)
        process.stdin.write(b"x")
        process.stdin.close()
        time.sleep(wait / 3)
        process.kill()
    found = Counter()
    time.sleep(0.005)  # a child goes on without its parent
    for trace in sorted((folder / "traces").glob("*")):
        found[judge(trace, f".{process.pid}." not in trace.name)] += 1
        trace.unlink()
    return found or Counter({"no trace": 1})


def test():
    crew = Path(sys.argv[1]).resolve()
    rounds = int(os.environ.get("MEMTRACE_KILLS", 80))
    chance = random.Random(int(os.environ.get("MEMTRACE_SEED", time.time_ns() % 1000000)))
    found = Counter()
    with scratch() as name:
        folder = Path(name)
        life = {words: whole_life(crew, folder, words) for words in ((), ("forks",))}
        for trace in (folder / "traces").glob("*"):
            trace.unlink()
        for _ in range(rounds):
            words = chance.choice(list(life))
            found += kill_once(crew, folder, words, chance.uniform(0, life[words]))
    check(found["killed"] > rounds / 8, f"too few were killed at work: {dict(found)}")
    print(f"{rounds} kills: {dict(found)}")


main(test)
