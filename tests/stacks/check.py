#!/usr/bin/env python3
"""check.py [SEED …] | [--seconds=N]: makes odd programs (generate.py), runs each with option verify, and
allows no stack that differs from libunwind's own walk. Prints each seed: a failure can be made again
by naming it. Without seeds new ones are taken until N seconds (15) have passed; give
`--seconds=14400` for a long run. CXX and CC name the compilers."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from generate import generate  # noqa: E402
from harness import check, dump, equal, main, run, same_behaviour, scratch  # noqa: E402

STACKS_LEAST = 1000


def build(seed: int, folder: Path) -> Path:
    flags = generate(seed, folder)
    cxx = os.environ.get("CXX", "c++").split()
    cc = os.environ.get("CC", "cc").split()
    subprocess.run([*cxx, "-w", *flags, "program.cc", "-o", "program", "-pthread", "-ldl"],
                   cwd=folder, check=True)
    for name in "ab":
        subprocess.run([*cc, *flags, "-shared", "-fPIC", f"plugin_{name}.c", "-o",
                        f"plugin_{name}.so"], cwd=folder, check=True)
    return folder / "program"


def hold(seed: int) -> int:
    """Returns how many stacks were compared."""
    print(f"seed {seed}", flush=True)
    with scratch() as name:
        folder = Path(name)
        program = [build(seed, folder)]
        plain = run(program, folder, traced=False)
        equal("status without the preload", plain.status, 0)
        stacks = 0
        # A small depth has the limit cut stacks at ever other places.
        for depth in (512, random.Random(seed).choice([1, 2, 5, 9, 17, 33])):
            traced = run(program, folder, options={"verify": 1, "quiet": 0, "depth": depth})
            same_behaviour(plain, traced)
            shown = "\n".join(line for line in traced.ours if "verify" in line)
            for trace in traced.traces:
                (counters,) = dump(trace)["counters"]
                check(counters["wrong_stacks"] == "0",
                      f"seed {seed}, depth {depth}: {counters['wrong_stacks']} of "
                      f"{counters['verified_stacks']} stacks are wrong\n{shown}")
                stacks += int(counters["verified_stacks"])
        check(stacks >= STACKS_LEAST, f"seed {seed}: only {stacks} stacks were compared")
    return stacks


def test():
    seeds = [int(word) for word in sys.argv[1:] if not word.startswith("--")]
    seconds = [float(word.split("=")[1]) for word in sys.argv[1:] if word.startswith("--seconds=")]
    end = time.monotonic() + (seconds[0] if seconds else 15)
    stacks = sum(hold(seed) for seed in seeds)
    while not seeds and time.monotonic() < end:
        stacks += hold(random.SystemRandom().randrange(1 << 31))
    print(f"{stacks} stacks compared, none differs")


main(test)
