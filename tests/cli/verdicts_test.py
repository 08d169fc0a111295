#!/usr/bin/env python3
"""verdicts_test.py: reports and verdicts of the gate on kept traces with verdicts, word for word.
What gives verdicts in a process is tested elsewhere."""

import json
from pathlib import Path

from call import Call, check, equal, run_all

TRACES = Path(__file__).resolve().parent.parent / "traces"
JUDGED = TRACES / "verdicts_of_all_threads.mtrace"
DIED = TRACES / "verdicts_of_a_scan_that_died.mtrace"
DOUBTED = TRACES / "verdicts.mtrace"
CLEAN = TRACES / "verdicts_without_a_leak.mtrace"

STACK = """\
    app+0x1600
    app+0x1500
    app+0x1020
    stack cut: no unwind information beyond
"""
PLUGIN = STACK.replace("app+0x1600", "plugin.so+0x1234")


def text(*words):
    return Call("report", *words).says(0).stdout


def sites(*words):
    return [(site["verdict"], site["bytes"])
            for site in json.loads(text("--format=json", *words, JUDGED))["sites"]]


def case_leaks_are_listed_and_all_is_summed_up():
    equal("report", text(JUDGED), f"""\
app -x 'a "quoted"?argument'
process 4711 exited with status 0 after 812 ms

4,096 bytes in 1 mapping (anonymous)  <1%  plugin.so+0x1234  definite
{PLUGIN}
   24 bytes in 1 block                <1%  app+0x1600  definite
    and 1 object (0 bytes) that hangs on it
{STACK}
    0 bytes in 1 block                 0%  app+0x1600  indirect
{STACK}
note: /usr/bin/app is not on this machine: its frames have no names
note: /opt/app/lib/plugin.so is not on this machine: its frames have no names
definitely lost      4,120 bytes in 2 objects  nothing points to them
indirectly lost          0 bytes in 1 object   only lost objects point to them
possibly lost        3,000 bytes in 1 object   pointers only into their inside
still reachable  1,056,768 bytes in 2 objects  the program could free them
not classified          40 bytes in 1 object   made after the scan began
ignored                200 bytes in 1 object   the program said so
scanned at exit: registers and stacks of all 2 threads
total 1,064,128 bytes in 6 blocks and 2 mappings not freed · 16 allocated, 7 freed · peak 4.4 KiB
where brk heap 3,064 bytes in 4 · arenas 200 bytes in 1 · own mappings 1,048,576 bytes in 1
next: build with -g, or install its debug symbols, to see file and line
""")


def case_leaks_in_doubt_are_listed_as_unclassified():
    equal("report", text(DOUBTED), f"""\
app -x 'a "quoted"?argument'
process 4711 exited with status 0 after 812 ms

4,096 bytes in 1 mapping (anonymous)  <1%  plugin.so+0x1234  unclassified
{PLUGIN}
   24 bytes in 2 blocks               <1%  app+0x1600  unclassified
    and 1 object (0 bytes) that hangs on them
{STACK}
note: /usr/bin/app is not on this machine: its frames have no names
note: /opt/app/lib/plugin.so is not on this machine: its frames have no names
definitely lost          0 bytes in 0 objects  nothing points to them
indirectly lost          0 bytes in 0 objects  only lost objects point to them
not classified       4,120 bytes in 3 objects  lost, but for what was not seen
possibly lost        3,000 bytes in 1 object   pointers only into their inside
still reachable  1,056,768 bytes in 2 objects  the program could free them
not classified          40 bytes in 1 object   made after the scan began
ignored                200 bytes in 1 object   the program said so
scanned at exit: registers of 1, stacks of 2 of 2 threads
unclassified: registers of 1 of 2 threads were not seen; what seems lost may be held there
total 1,064,128 bytes in 6 blocks and 2 mappings not freed · 16 allocated, 7 freed · peak 4.4 KiB
where brk heap 3,064 bytes in 4 · arenas 200 bytes in 1 · own mappings 1,048,576 bytes in 1
next: build with -g, or install its debug symbols, to see file and line
""")
    found = json.loads(text("--format=json", DOUBTED))
    equal("leaked", (found["totals"]["leaked_objects"], found["totals"]["leaked_bytes"]),
          (None, None))
    equal("doubt", found["scan"]["doubt"], "registers of 1 of 2 threads were not seen")
    equal("verdicts", [found["verdicts"][name]["objects"] for name in
                       ("definite", "indirect", "possible", "reachable", "unclassified")],
          [0, 0, 1, 2, 4])
    equal("sites", [(site["verdict"], site["bytes"], site.get("suspect"), site["held_objects"])
                    for site in found["sites"]],
          [("unclassified", 4096, True, 0), ("unclassified", 24, True, 1)])
    found = text("--explain=0x1000010", DOUBTED)
    check("nothing that was seen leads to it, but registers of 1 of 2 threads were not seen\n"
          in found, found)


def case_no_leak_is_said():
    found = text(CLEAN)
    equal("first lines", found.splitlines()[2:6], [
        "", "no leaks: what was not freed can still be reached", "",
        "definitely lost          0 bytes in 0 objects  nothing points to them"])
    check("\nscanned at exit: registers and stacks of 1 thread\n" in found, found)


def case_why_there_are_no_verdicts():
    check("\nno verdicts: the scan was killed before it was done (by a limit?)\n" in text(DIED),
          "the reason")
    found = json.loads(text("--format=json", DIED))
    equal("scan", found["trace"]["scan"], "none")
    equal("problem", found["scan"]["problem"],
          "the scan was killed before it was done (by a limit?)")
    equal("leaked", found["totals"]["leaked_bytes"], None)
    equal("verdicts", {name for name, count in found["verdicts"].items() if count["objects"]},
          {"unclassified"})


def case_json_has_them_all():
    found = json.loads(text("--format=json", JUDGED))
    equal("scan", (found["trace"]["scan"], found["trace"]["threads_scanned"]), ("exit", 2))
    equal("leaked", (found["totals"]["leaked_objects"], found["totals"]["leaked_bytes"]), (3, 4120))
    equal("verdicts", found["verdicts"], {
        "definite": {"objects": 2, "bytes": 4120}, "indirect": {"objects": 1, "bytes": 0},
        "possible": {"objects": 1, "bytes": 3000}, "reachable": {"objects": 2, "bytes": 1056768},
        "unclassified": {"objects": 1, "bytes": 40}, "ignored": {"objects": 1, "bytes": 200}})
    equal("held", [(site["held_objects"], site["held_bytes"]) for site in found["sites"][:2]],
          [(0, 0), (1, 0)])
    equal("problem", found["scan"]["problem"], None)


def case_verdicts_select():
    leaks = [("definite", 4096), ("definite", 24), ("indirect", 0)]
    equal("default", sites(), leaks)
    equal("one", sites("--verdict=possible"), [("possible", 3000)])
    equal("some", sites("--verdict=ignored,unclassified"), [("ignored", 200),
                                                            ("unclassified", 40)])
    equal("all", len(sites("--verdict=all")), 8)
    equal("mappings", sites("--verdict=all", "--kind=mapping"), [("reachable", 8192),
                                                                 ("definite", 4096)])
    equal("since", sites("--since"), leaks)
    equal("growing", sites("--growing"), [])


def case_gate_by_width():
    few = ("--max-bytes=4120",)
    for leaks, words, part in [
            ("definite", few, "clean: 4,120 bytes in 3 objects"),
            ("unfreed", few, "1,063,928 bytes in 7"),
            ("unfreed", ("--max-bytes=1063928",), "clean: 1,063,928 bytes in 7 objects")]:
        call = Call("check", f"--leaks={leaks}", *words, JUDGED)
        check(part in call.stdout.splitlines()[-1], call.stdout)
    call = Call("check", "--max-bytes=4120", DOUBTED).says(24)
    check("saw 1 of 2 threads" in call.stdout.splitlines()[-1], call.stdout)
    for leaks, status, part in [
            ("definite", 0, "clean: 0 bytes in 0 blocks leaked, allowed nothing"),
            ("possible", 0, "clean: 0 bytes in 0 blocks leaked, allowed nothing"),
            ("reachable", 23, "leaks: 1,051,800 bytes in 5 blocks not freed"),
            ("unfreed", 23, "leaks: 1,051,800 bytes in 5 blocks not freed")]:
        call = Call("check", f"--leaks={leaks}", CLEAN).says(status)
        check(part in call.stdout.splitlines()[-1], call.stdout)


def case_gate_without_a_scan():
    call = Call("check", DIED).says(24)
    check("the scan was killed before it was done" in call.stdout.splitlines()[-1], call.stdout)
    call = Call("check", "--allow-no-scan", DIED).says(0)
    check("clean: 0 bytes in 0 blocks leaked, allowed nothing (16 allocations seen in 1 process, "
          "1 without verdicts at the end)" in call.stdout, call.stdout)
    Call("check", "--allow-no-scan", "--leaks=unfreed", DIED).says(23)


def case_a_chain():
    equal("explanation", text("--explain=0x7f2000000100", JUDGED), f"""\
0x7f2000000100 lies 240 bytes inside of
0x7f2000000010  block of 1,048,576 bytes, still reachable
malloc, 512 ms after the start, thread app
{STACK}pointers lead to it, through this
    global in app+0xf0010
    … 3 links left out
    mapping of 8,192 bytes by app+0x1600 at +64
    this object
""")
    Call("report", "--explain=0x1", JUDGED).says(2, "").one_line("lies in no live block")
    Call("report", "--explain=what", JUDGED).says(2, "").one_line("neither an address")


run_all(globals())
