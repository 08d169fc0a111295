"""expectations.py: what the comment at the top of a victim says.

    EXPECT [PROCESS] unfreed [function=F] in=CALLER blocks=N bytes=N|any
                     [thread=T] [storage=S] [via=CALLER<ITS-CALLER<…]
    EXPECT [PROCESS] mapped [function=F] in=CALLER mappings=N bytes=N|any
                     [thread=T] [kind=K] [via=CALLER<ITS-CALLER<…]
    EXPECT [PROCESS] clean                      no block or mapping of the victim's own is left
    EXPECT [PROCESS] any                        no claim about the blocks and mappings
    EXPECT [PROCESS] some.key=value …           a value of the JSON report; also >= and <=
    EXPECT status=N | status=SIGNAME            how it ends, with and without the preload
    EXPECT calls FUNCTION=N …                   calls of it by the first process
    EXPECT counters NAME=N …                    what `memtrace dump` says in its line "counters"
    EXPECT children=N                           traces of forked, spawned and exec'ed images
    EXPECT no trace                             and one line on stderr that says so
    EXPECT trace optional                       either of the two is right
    EXPECT calls in flight                      at its end: sums of calls and blocks may differ
    EXPECT stderr any                           memtrace may have something to say
    EXPECT trace_bytes<=N                       room the trace takes on disk
    EXPECT storage from stdout                  its lines "storage NAME BLOCKS BYTES" are the truth
    RUN needs=root | needs=early_malloc | args=WORDS | options=K=V | limit.NAME=N | tmpfs=SIZE
    RUN with=ALLOCATORS                         again with each of these, where there is one
    RUN only=ALLOCATOR                          with this one alone
    RUN valgrind=no                             Valgrind cannot run it, or sees it otherwise
    RUN verify=no                               libunwind's own walk takes too much stack, time, locks

PROCESS names another image than the first: `child` (every other process), `exec` (same process,
another program), or `child:NAME` by the name of its executable."""

import re
from collections import defaultdict
from pathlib import Path

from harness import Failure, signal_status

FLAGS = ("no trace", "trace optional", "stderr any", "storage from stdout", "calls in flight")
RUN_KEYS = ("needs", "args", "options", "tmpfs", "with", "only", "valgrind", "verify")


class Expectations:
    """What the comment at the top of a victim says, by process."""

    def __init__(self, source: Path):
        self.unfreed = defaultdict(list)  # process -> list of dicts
        self.mapped = defaultdict(list)   # the same
        self.values = defaultdict(list)   # process -> list of (path, operator, text)
        self.any = set()
        self.calls, self.counters = {}, {}  # of the first process
        self.run = {}
        self.status, self.trace_bytes = 0, None
        self.children = ("=", 0)
        self.flags = set()
        comment = source.read_text().split("*/")[0]
        for kind, text in re.findall(r"^ \* (EXPECT|RUN) +(.*)$", comment, re.M):
            (self.expect if kind == "EXPECT" else self.set_run)(text.strip())

    def set_run(self, text):
        key, value = text.split("=", 1)
        if key not in RUN_KEYS and not key.startswith("limit."):
            raise Failure(f"RUN {key}: nobody knows that key")
        self.run[key] = value

    def expect(self, text):
        if text in FLAGS:
            self.flags.add(text)
            return
        process = "main"
        words = text.split()
        if words[0].split(":")[0] in ("child", "exec"):
            process = words.pop(0)
        self.unfreed[process] += []
        if words[0] == "clean":
            return
        if words[0] == "any":
            self.any.add(process)
            return
        if words[0] in ("calls", "counters"):
            getattr(self, words[0]).update(word.split("=") for word in words[1:])
            return
        if words[0] in ("unfreed", "mapped"):
            objects = getattr(self, words[0])[process]
            objects.append(dict(word.split("=", 1) for word in words[1:]))
            return
        for word in words:
            path, operator, value = re.fullmatch(r"([\w.]+)(>=|<=|=)(.*)", word).groups()
            if path == "status":
                self.status = signal_status(value)
            elif path == "children":
                self.children = (operator, int(value))
            elif path == "trace_bytes":
                self.trace_bytes = int(value)
            else:
                self.values[process].append((path, operator, value))
