#!/usr/bin/env python3
"""run_test.py: memtrace run: the program does what it always does, its traces and those of its
descendants are found, told apart, reported, kept or removed."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from call import Call, PROGRAMS, SUBJECT, check, command, equal, preload, report, run_all


def case_leaking_program():
    call = Call("run", SUBJECT, "say", "hello", "leak", "13", "37").says(0, "hello\n")
    call.has("481 bytes in 13 blocks", "leak", "kept memtrace.cli_subject.")
    equal("files", call.files(), ["memtrace.cli_subject.N.mtrace"])
    found = report(call.traces()[0])
    equal("blocks", found["totals"]["unfreed_blocks"], 13)
    equal("bytes", found["totals"]["unfreed_bytes"], 481)
    process = found["process"]
    equal("end", (process["end"], process["signal"], process["exit_status"]), ("exited", None, 0))


def case_clean_program():
    call = Call("run", SUBJECT, "tidy", "17", "37").says(0, "")
    equal("stderr", call.stderr, "memtrace: nothing unfreed in 1 process\n")
    equal("files", call.files(), [])


def case_program_without_allocations_is_not_called_clean():
    call = Call("run", SUBJECT, "say", "hi").says(0, "hi\n").has("not one allocation was seen")
    call.has_not("nothing unfreed")


def case_what_suppressions_hid_is_said():
    with tempfile.TemporaryDirectory(prefix="memtrace-test-") as folder:
        names = Path(folder) / "names.supp"
        names.write_text("leak:leak\nleak:nobody\n")
        call = Call("run", f"--suppressions={names}", SUBJECT, "leak", "13", "37").says(0)
        call.has(f"suppressed: 13 objects (481 bytes) by {names}:1: leak:leak\n",
                 f"suppressed nothing: {names}:2: leak:nobody\n")


def case_keep():
    for keep, words, files in [
            ("all", ("tidy", "1", "1"), 1), ("none", ("leak", "1", "1"), 0),
            ("leaky", ("leak", "1", "1"), 1), ("leaky", ("tidy", "1", "1"), 0)]:
        call = Call("run", f"--keep={keep}", SUBJECT, *words).says(0)
        equal(f"--keep={keep}: files", len(call.files()), files)


def case_exit_status_is_the_programs():
    call = Call("run", SUBJECT, "leak", "1", "10", "exit", "23").says(23)
    process = report(call.traces()[0])["process"]
    equal("end", (process["end"], process["exit_status"]), ("exited", 23))
    Call("run", SUBJECT, "exit", "5").says(5)


def case_ended_by_a_system_call_of_its_own():
    call = Call("run", SUBJECT, "leak", "3", "10", "sleep", "50", "leave", "7").says(7)
    call.has("no scan ran", "as Go programs do")
    process = report(call.traces()[0])["process"]
    equal("end", (process["end"], process["exit_status"]), ("exited", 7))
    check(process["duration_ms"] >= 40, f"lasted {process['duration_ms']} ms, and slept 50")


def case_a_title_over_arguments_and_environment():
    call = Call("run", "--keep=all", PROGRAMS / "cli_retitled", "a", "b", "c").says(0)
    call.has("100 bytes in 1 block", "ttttt")
    equal("traces", len(call.traces()), 2)
    for trace in call.traces():
        said = Call("dump", trace).says(0).stdout
        options = re.search(r'^fact options="(.*)"$', said, re.M)[1]
        check("output=" in options and "tttt" not in options, f"options: {options}")


def case_a_fork_of_a_program_with_its_own_malloc():
    call = Call("run", "--keep=all", "sh", "-c", f"{PROGRAMS}/cli_own_malloc; true").says(0)
    forked = [trace for trace in call.traces() if "own_malloc" in trace.name]
    equal("traces of it", len(forked), 2)
    for trace in forked:
        said = Call("report", trace).says(0).stdout
        check("defines malloc itself" in said and "libunwind" not in said, said)


def case_killed_by_signal():
    for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV):
        call = Call("run", SUBJECT, "leak", "7", "100", "kill", number.value)
        call.says(128 + number).has("700 bytes in 7 blocks", f"signal {number.value}")
        process = report(call.traces()[0])["process"]
        equal("end", (process["end"], process["signal"], process["exit_status"]),
              ("killed", number.value, None))


def case_stdin_stdout_and_environment_pass():
    Call("run", "cat", stdin="one\ntwo\n").says(0, "one\ntwo\n")
    given = {"LD_PRELOAD": "libm.so.6", "MEMTRACE_OPTIONS": "depth=3:quiet=0",
             "ASAN_OPTIONS": "verify_asan_link_order=0"}  # of a memtrace built with sanitizers
    lines = Call("run", SUBJECT, "show", "LD_PRELOAD", "show", "MEMTRACE_OPTIONS",
                 environment=given).says(0).stdout.splitlines()
    equal("LD_PRELOAD", lines[0], f"{preload()}:libm.so.6")
    check(lines[1].startswith('depth=3:quiet=0:output="/') and lines[1].endswith(":quiet=1"),
          f"MEMTRACE_OPTIONS: {lines[1]}")


def case_options_of_the_user_hold():
    call = Call("run", SUBJECT, "leak", "1", "10", "child", "leak", "3", "10", "end", "wait",
                environment={"MEMTRACE_OPTIONS": "depth=1:output=elsewhere:children=off"}).says(0)
    equal("files", call.files(), ["memtrace.cli_subject.N.mtrace"])
    found = report(call.traces()[0])
    equal("stacks cut", found["trace"]["truncated_stacks"], 1)


def case_options_end_at_the_program():
    Call("run", "--", SUBJECT, "say", "--keep=all").says(0, "--keep=all\n")
    Call("run", SUBJECT, "say", "--help").says(0, "--help\n")


def case_folder_is_made_and_others_traces_are_left_alone():
    with tempfile.TemporaryDirectory() as name:
        other = Call("run", "-o", name, SUBJECT, "leak", "5", "1000").says(0)
        (Path(name) / "junk.mtrace").write_bytes(b"not a trace")
        call = Call("run", "-o", f"{name}/new/deep", SUBJECT, "leak", "3", "7").says(0)
        call.has("21 bytes in 3 blocks").has_not("5,000", "junk")
        again = Call("run", "-o", name, SUBJECT, "leak", "2", "7").says(0)
        again.has("14 bytes in 2 blocks").has_not("5,000", "junk")
        del other
        equal("files", sorted(path.name.split(".")[0] for path in Path(name).rglob("*")
                              if not path.is_dir()), ["junk", "memtrace", "memtrace", "memtrace"])
        check(not list(Path(name).rglob(".memtrace.*")), "a working folder is left")


def case_folders_of_strange_names():
    for name in ("with space", "a:b", "100%p%%", "ünïcode", "it's"):
        call = Call("run", "-o", name, SUBJECT, "leak", "1", "10").says(0)
        equal("files", call.files(), [f"{name}/memtrace.cli_subject.N.mtrace"])
    Call("run", "-o", 'quo"te', SUBJECT, "say", "started").says(24, "").one_line('"', "-o")
    Call("run", "-o", f"{SUBJECT}/x", SUBJECT, "say", "started").says(24, "").one_line(
        "Not a directory", "-o DIR")


def case_program_sees_an_unchanged_folder():
    Call("run", "sh", "-c", "ls; echo *").says(0, "*\n")


def case_program_removes_the_traces():
    Call("run", "sh", "-c", "rm -r .memtrace.*").says(24).one_line("left no trace")
    Call("run", "sh", "-c", "rm -r .memtrace.*; exit 7").says(7).one_line("left no trace")


def case_leaking_child():
    call = Call("run", SUBJECT, "leak", "2", "50", "child", "leak", "3", "70", "end",
                "child", "tidy", "3", "70", "end", "wait").says(0)
    call.has("100 bytes in 2 blocks", "210 bytes in 3 blocks", "and 1 more")
    equal("files", call.files(), ["memtrace.cli_subject.N.mtrace"] * 2)


def case_leaking_child_of_clean_program():
    call = Call("run", SUBJECT, "tidy", "1", "1", "child", "leak", "3", "70", "end", "wait").says(0)
    call.has("210 bytes in 3 blocks")
    equal("files", len(call.files()), 1)


def case_traces_of_clean_children_go_before_the_end():
    """A script of a hundred thousand would fill the disk with them."""
    children = ["child", "leak", "3", "37", "end", *["child", "tidy", "3", "37", "end"] * 20]
    for keep, fewest, most in ("leaky", 2, 6), ("all", 22, 22):
        with tempfile.TemporaryDirectory() as folder:
            with subprocess.Popen(
                    [command(), "run", f"--keep={keep}", SUBJECT, "tidy", "1", "1", *children, "wait",
                     "say", "all", "sleep", "3000"], cwd=folder, stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE, text=True) as process:
                equal("stdout", process.stdout.readline(), "all\n")
                time.sleep(1.5)
                count = len(list(Path(folder).glob(".memtrace.*/*")))
                stderr = process.communicate()[1]
            check(fewest <= count <= most, f"--keep={keep}: {count} traces before the end")
            check("111 bytes in 3 blocks" in stderr, stderr)
            equal("files", len(list(Path(folder).iterdir())), 1 if keep == "leaky" else 22)
    call = Call("run", SUBJECT, "tidy", "1", "1", *children[5:], "wait", "sleep", "500").says(0)
    equal("stderr", call.stderr, "memtrace: nothing unfreed in 21 processes\n")


def case_child_that_ends_a_moment_later():
    call = Call("run", SUBJECT, "tidy", "1", "1", "child", "sleep", "200", "leak", "3", "70", "end").says(0)
    call.has("210 bytes in 3 blocks").has_not("still runs")
    equal("files", len(call.files()), 1)


def case_child_that_stays():
    start = time.monotonic()
    with tempfile.TemporaryFile() as said, tempfile.TemporaryDirectory() as folder:
        # not by Call: the child holds the pipes
        subprocess.run([command(), "run", SUBJECT, "tidy", "1", "1", "child", "leak", "1", "9", "sleep",
                        "6000", "end", "sleep", "100"], cwd=folder, stdout=said, stderr=said, check=True)
        check(time.monotonic() - start < 5, "run waited for the child")
        said.seek(0)
        text = said.read().decode()
        traces = list(Path(folder).glob("*.mtrace"))
        equal("traces", len(traces), 1)
        pid = int(traces[0].name.split(".")[2])
        check(f"process {pid} still runs (try: memtrace report {traces[0].name})" in text, text)
        os.kill(pid, signal.SIGKILL)


def case_exec_is_no_end():
    call = Call("run", SUBJECT, "leak", "11", "100", "exec", SUBJECT, "leak", "1", "43").says(0)
    call.has("43 bytes in 1 block").has_not("1,100")
    equal("files", call.files(), ["memtrace.cli_subject.N.mtrace.1"])
    call = Call("run", "--keep=all", SUBJECT, "leak", "1", "9", "exec", SUBJECT, "leak", "1", "43")
    equal("files", len(call.files()), 2)


def case_existing_trace_is_not_overwritten():
    with tempfile.TemporaryDirectory() as folder:
        program = ("exec", SUBJECT, "leak", "1", "1")
        Call("run", "--keep=all", SUBJECT, *program, folder=folder).says(0)
        first = {path.name: path.read_bytes() for path in Path(folder).iterdir()}
        Call("run", "--keep=all", SUBJECT, *program, folder=folder).says(0)
        equal("traces", len(list(Path(folder).iterdir())), 4)
        for name, content in first.items():
            check((Path(folder) / name).read_bytes() == content, f"{name} was changed")


def case_trace_takes_no_more_room_than_it_uses():
    trace = Call("run", SUBJECT, "leak", "1", "10").says(0)
    size = trace.traces()[0].stat().st_size
    check(size % 65536 == 0 and size <= 4 << 20, f"the trace has {size} bytes")


def case_json():
    call = Call("run", "--format=json", SUBJECT, "leak", "2", "50").says(0)
    equal("bytes", json.loads(call.stderr)["totals"]["unfreed_bytes"], 100)
    call = Call("run", "--format=json", SUBJECT, "tidy", "2", "50").says(0)
    equal("bytes", json.loads(call.stderr)["totals"]["unfreed_bytes"], 0)
    call = Call("run", "--format=json", SUBJECT, "leak", "2", "50", "child", "leak", "1", "7", "end",
                "wait").says(0)
    equal("bytes", [each["totals"]["unfreed_bytes"] for each in json.loads(call.stderr)], [100, 7])


# Whoever runs the tests in a shell's background, or under nohup, has these ignored, and so would the
# programs.
for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
    signal.signal(number, signal.SIG_DFL)


class Started:
    """A run that waits for signals, in a process group of its own."""

    def __init__(self, *words):
        self.folder = tempfile.TemporaryDirectory()
        self.process = subprocess.Popen(
            [command(), "run", SUBJECT, *words], cwd=self.folder.name, start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        equal("the program's first word", self.process.stdout.readline(), "ready\n")

    def ends(self, status, stdout):
        text = self.process.communicate(timeout=30)[0]
        equal("status", self.process.returncode, status)
        equal("stdout", text, stdout)


def case_signal_sent_to_memtrace_reaches_the_program():
    started = Started("leak", "1", "1", "await", "exit", "3")
    os.kill(started.process.pid, signal.SIGUSR1)
    started.ends(3, "once\n")
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
        started = Started("leak", "1", "1", "await")
        os.kill(started.process.pid, number)
        started.ends(128 + number, "")


def in_terminal(key):
    """A run in a terminal in which `key` is typed; what terminal.py saw, and the folder's files."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(__file__).resolve().parent / "terminal.py"
        done = subprocess.run([sys.executable, script, key, command(), "run", SUBJECT, "leak", "1",
                               "1", "await", "exit", "3"], cwd=folder, timeout=60, text=True,
                              stdout=subprocess.PIPE, check=True)
        return done.stdout.splitlines(), len(list(Path(folder).iterdir()))


def case_interrupted_in_a_terminal():
    equal("^C", in_terminal("\x03"), (["ended 130"], 1))


def case_stopped_and_continued_in_a_terminal():
    """terminal.py goes on with SIGCONT, then SIGUSR1."""
    equal("^Z", in_terminal("\x1a"), ([f"stopped {signal.SIGTSTP.value}, program T", "ended 3"], 1))


def case_signal_that_was_ignored_reaches_a_program_that_wants_it():
    """As in the background of a shell without job control, which ignores SIGINT there."""
    for number in (signal.SIGUSR1, signal.SIGINT):
        handler = signal.signal(number, signal.SIG_IGN)
        try:
            started = Started("leak", "1", "1", "await", "exit", "3")
        finally:
            signal.signal(number, handler)
        os.kill(started.process.pid, number)
        if number != signal.SIGUSR1:  # the subject left it ignored: nothing comes of it
            time.sleep(0.2)
            os.kill(started.process.pid, signal.SIGUSR1)
        started.ends(3, "once\n")


def case_ignored_signal_stays_ignored():
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(["nohup", command(), "run", SUBJECT, "kill", "1", "say", "alive"],
                              cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        equal("stdout", done.stdout, b"alive\n")


run_all(globals())
