#!/usr/bin/env python3
"""kill.py KILL_LOG [ROUNDS]: kills the program at random instants and compares its own log with its
trace. The trace always opens, and differs from the log by the calls in flight alone, of which each
thread has at most one. MEMTRACE_KILLS sets the rounds (1000 for the long run)."""

import os
import random
import struct
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from harness import check, dump, equal, main, preload, scratch

THREADS, SLOTS = 3, 251  # kill_log.h
LONGEST_SECONDS = 0.03


def read_log(path):
    """What must be in the trace, what may be, and how many calls were in flight."""
    certain, possible, in_flight, calls = {}, {}, 0, 0
    words = struct.unpack(f"<{THREADS * (2 + 2 * SLOTS)}Q", path.read_bytes())
    for thread in range(THREADS):
        start = thread * (2 + 2 * SLOTS)
        busy = words[start] - 1
        in_flight += busy >= 0
        calls += words[start + 1]
        for slot in range(SLOTS):
            address, size = words[start + 2 + 2 * slot:start + 4 + 2 * slot]
            if address:
                (possible if slot == busy else certain)[address] = size
    return certain, possible, in_flight, calls


def kill_once(program, folder, seed):
    log = folder / "log"
    output = folder / "killed.mtrace"
    log.unlink(missing_ok=True)
    output.unlink(missing_ok=True)
    environment = dict(os.environ, LD_PRELOAD=preload(), MEMTRACE_OPTIONS=f"output={output}")
    wait = random.Random(seed).uniform(0, LONGEST_SECONDS)
    with subprocess.Popen([program, log], env=environment, stdout=subprocess.PIPE) as process:
        equal("its first line", process.stdout.readline(), b"go\n")
        time.sleep(wait)
        process.kill()
    certain, possible, in_flight, calls = read_log(log)
    records = dump(output)
    damage = records["damage"][0]
    check(all(damage[key] == "0" for key in damage if key != "first"), f"damaged: {damage}")
    traced = {int(block["address"], 16): int(block["size"]) for block in records["block"]
              if int(block["size"]) % 16 == 5}
    missing = {address: size for address, size in certain.items() if traced.get(address) != size}
    check(not missing, f"seed {seed}: in the log, not in the trace: {missing}")
    extra = set(traced) - set(certain) - set(possible)
    check(len(extra) <= in_flight,
          f"seed {seed}: {len(extra)} blocks are in the trace alone, {in_flight} calls in flight")
    return calls


def test():
    rounds = int(sys.argv[2] if len(sys.argv) > 2 else os.environ.get("MEMTRACE_KILLS", 60))
    seed = int(os.environ.get("MEMTRACE_SEED", time.time_ns() % 1000000))
    with scratch() as name:
        calls = sum(kill_once(sys.argv[1], Path(name), seed + i) for i in range(rounds))
    check(calls > 1000 * rounds, f"{calls} calls in {rounds} rounds are too few to show anything")
    print(f"{rounds} kills, {calls} calls")


main(test)
