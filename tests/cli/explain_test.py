#!/usr/bin/env python3
"""explain_test.py: memtrace report --explain on a program whose chains of pointers are known."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from call import Call, PROGRAMS, check, equal, preload, run_all

CHAINED = str(PROGRAMS / "cli_chained")
NODE = "block of 48 bytes by link_node at +0"
KEPT = "pointers lead to it, through this"
WANTED = {
    "at_end_of_list": [KEPT, "global list_of_three in cli_chained", NODE, NODE, NODE,
                       "this object"],
    "at_end_of_long_list": [KEPT, "global long_list in cli_chained", "… 969 links left out",
                            *[NODE] * 31, "this object"],
    "behind_ring": [KEPT, "global ring in cli_chained", NODE, NODE,
                    "block of 48 bytes by link_node at +8", "this object"],
    "on_stack": [KEPT, "stack of thread cli_chained", "this object"],
    "in_storage": [KEPT, "thread-local storage of thread cli_chained", "this object"],
    "in_register": [KEPT, "register of thread cli_chained", "this object"],
    "in_storage_of_first": [KEPT, "thread-local storage of thread cli_chained", "this object"],
    "in_mapping": [KEPT, "global mapping in cli_chained",
                   "mapping of 8,192 bytes by make_all at +40", "this object"],
    "held_inside": ["only pointers into the inside of objects lead to it, through this",
                    "global inside in cli_chained", "this object, its inside at +8"],
    "lost_head": ["nothing points to it; 2 objects (430 bytes) that only it leads to are lost "
                  "with it"],
    "lost_child": ["only lost objects point to it; it was lost with this head",
                   "block of 200 bytes by lost_head at +0", "this object"],
    "lost_grandchild": ["only lost objects point to it; it was lost with this head",
                        "block of 200 bytes by lost_head at +0",
                        "block of 210 bytes by lost_child at +0", "this object"],
}


def run(folder):
    """The trace, and the objects' addresses by name."""
    trace = folder / "chained.mtrace"
    done = subprocess.run([CHAINED], cwd=folder, capture_output=True, text=True, check=True, env={
        **os.environ, "LD_PRELOAD": preload(), "MEMTRACE_OPTIONS": f"quiet=1:output={trace}"})
    return trace, dict(line.split() for line in done.stdout.splitlines())


def reason(text):
    """From the sentence on, without addresses, offsets of modules, and numbers of threads."""
    lines = [line.strip() for line in text.splitlines()]
    first = [number for number, line in enumerate(lines) if "point" in line and "to it" in line][0]
    return [re.sub(r" at 0x[0-9a-f]+$|\+0x[0-9a-f]+$| \(\d+\)(?= at|$)", "",
                   re.sub(r" at 0x[0-9a-f]+$", "", line))
            for line in lines[first:]]


def case_chains_of_a_program():
    with tempfile.TemporaryDirectory(prefix="memtrace-test-") as folder:
        trace, addresses = run(Path(folder))
        equal("objects", set(addresses), set(WANTED))
        for name, address in addresses.items():
            said = Call("report", f"--explain={address}", trace).says(0).stdout
            equal(name, reason(said), WANTED[name])


def case_a_site_shows_the_object_that_has_a_chain():
    with tempfile.TemporaryDirectory(prefix="memtrace-test-") as folder:
        trace, _ = run(Path(folder))
        sites = json.loads(Call("report", "--verdict=all", "--format=json", trace).says(0).stdout)
        nodes = max(sites["sites"], key=lambda site: site["objects"])
        check(nodes["objects"] >= 1000, f"{nodes}")
        said = Call("report", f"--explain={nodes['fingerprint']}", trace).says(0).stdout
        check("\n    global long_list in cli_chained+0x" in said, said)


BUSY = """
import time
kept = [bytearray(1000 + 100 * i) for i in range(100)]
print(flush=True)
while True:
    bytearray(100000)
    time.sleep(0.01)
"""


def case_each_link_is_in_memory():
    with tempfile.TemporaryDirectory(prefix="memtrace-test-") as folder:
        trace = Path(folder) / "busy.mtrace"
        busy = subprocess.Popen([sys.executable, "-c", BUSY], stdout=subprocess.PIPE, env={
            **os.environ, "LD_PRELOAD": preload(), "MEMTRACE_OPTIONS": f"quiet=1:output={trace}"})
        try:
            busy.stdout.readline()
            Call("snapshot", busy.pid).says(0)
            os.kill(busy.pid, signal.SIGSTOP)
            said = Call("dump", trace).says(0).stdout
            links = re.findall(r"link kind=(\w+) at=0x(\w+) object=\S+ to=0x(\w+)", said)
            check(len(links) >= 50, f"only {len(links)} links")
            with open(f"/proc/{busy.pid}/mem", "rb", buffering=0) as memory:
                def is_there(at, to):
                    memory.seek(int(at, 16))
                    return int.from_bytes(memory.read(8), "little") == int(to, 16)
                changed = [link for link in links if not is_there(*link[1:])]
            # It ran on for some milliseconds.
            check(len(changed) <= len(links) // 20, f"of {len(links)} links not there: {changed}")
        finally:
            busy.kill()
            busy.wait()


run_all(globals())
