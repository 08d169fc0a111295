#!/usr/bin/env python3
"""family_test.py: memtrace check on a tree of processes: each judged on its own, shells and build
tools left out, --only and --except, and the tree in the log."""

import json
import re
import shutil
import tempfile
import xml.etree.ElementTree as xml

from call import Call, SUBJECT, check, equal, run_all

LEAK, TIDY = f"{SUBJECT} leak 2 8", f"{SUBJECT} tidy 1 1"


def run(script, *options, status):
    return Call("check", *options, "--", "sh", "-c", script).says(status)


def tree(call):
    """(depth, name, standing) of each line of the tree, without pids."""
    lines = call.stderr.splitlines()
    start = next(i for i, line in enumerate(lines) if re.match(r"memtrace: \d+ processes:$", line))
    found = []
    for line in lines[start + 1:]:
        if not line.startswith("  ") or line.startswith("  and "):
            break
        label, standing = re.split(r"  +", line.strip(), maxsplit=1)
        found.append(((len(line) - len(line.lstrip())) // 2 - 1, re.sub(r" \d+$", "", label), standing))
    return found


def case_shells_are_left_out():
    call = run(f"{LEAK}; {TIDY}; true", status=23)
    call.has("memtrace: left out: dash (to choose: --only=GLOB, --except=GLOB)\n",
             "seen in 2 processes, 1 left out)")
    equal("tree", tree(call), [(0, "dash", "left out"),
                               (1, "cli_subject", "16 bytes in 2 objects"),
                               (1, "cli_subject", "clean")])


def case_a_shell_alone_is_judged():
    Call("check", "--leaks=unfreed", "--max-bytes=1M", "--", "bash", "-c", "true").says(0) \
        .has_not("left out")


def case_generations_are_one_process():
    call = run(f"env {LEAK}; {TIDY}", status=23)
    equal("tree", tree(call)[1], (1, "env -> cli_subject", "16 bytes in 2 objects"))


def case_those_alike_share_a_line():
    call = run(f"for i in 1 2 3 4 5 6; do {TIDY}; done; true", status=0)
    equal("tree", tree(call), [(0, "dash", "left out"), (1, "cli_subject 6 times", "clean")])


def case_children_stand_under_their_parents():
    call = run(f"{SUBJECT} child tidy 1 1 end wait leak 1 1; true", status=23)
    equal("tree", tree(call), [(0, "dash", "left out"), (1, "cli_subject", "1 byte in 1 object"),
                               (2, "cli_subject", "clean")])


def case_only_and_except():
    script = f"ls / >/dev/null; {LEAK}; {TIDY}; true"
    run(script, status=23)
    run(script, "--only=ls", status=0).has("seen in 1 process, 3 left out)")
    run(script, "--except=cli_*", status=0).has("left out: dash, cli_subject")
    run(script, "--only=cli_*", status=23).has("2 processes, 2 left out")
    run(script, "--only=*/cli_subject", "--only=*/ls", status=23).has("3 processes, 1 left out")
    run(script, "--only=cli_*", "--except=*subject", status=24).has("--only=cli_*")
    run(script, "--only=nosuch", status=24).has("none of 4 processes matches --only=nosuch")
    run(script, "--except=*", status=24).has("all 4 processes were left out")


def case_more_names_than_are_told():
    with tempfile.TemporaryDirectory(prefix="memtrace-test-") as folder:
        for number in range(14):
            shutil.copy(SUBJECT, f"{folder}/tool{number}")
        script = "; ".join([f"{folder}/tool{number} tidy 1 1" for number in range(14)] + [TIDY, "true"])
        run(script, "--except=tool*", status=0) \
            .has("left out: dash, tool0, ", ", tool10 and 3 more (to choose: ")


def case_wrong_patterns():
    for option in ("--only=", "--except="):
        Call("check", option, "--", "true").says(2, "").has(option[:-1])


def case_traces_are_chosen_as_well():
    call = run(f"{LEAK}; ls / >/dev/null; true", "--keep=all", status=23)
    Call("check", call.folder).says(23)
    Call("check", "--only=ls", call.folder).says(0)


def case_what_is_left_out_is_in_no_file():
    call = run(f"{LEAK}; {TIDY}; true", "--junit=j.xml", "--json=j.json", status=23)
    cases = list(xml.parse(call.folder / "j.xml").getroot().iter("testcase"))
    equal("cases", {case.get("classname") for case in cases}, {"cli_subject"})
    found = json.loads((call.folder / "j.json").read_text())
    equal("reports", [one["process"]["executable"].rsplit("/", 1)[-1] for one in found],
          ["cli_subject"] * 2)
    equal("kept", [name for name in call.files() if "dash" in name], [])


def case_a_tree_of_many_is_cut():
    script = " ".join(f"{SUBJECT} leak {count} 1;" for count in range(1, 61)) + "true"
    call = run(script, status=23)
    check(len(tree(call)) <= 41, f"{len(tree(call))} lines")
    call.has("\n  and 21 more\n")


run_all(globals())
