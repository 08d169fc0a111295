#!/usr/bin/env python3
"""top_test.py: `memtrace top`: its figures as lines, which are those of the program to the byte; and
its screen, driven and read through tmux."""

import os
import resource
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from call import Call, PROGRAMS, Skip, check, command, equal, preload, run_all

FIELDS = ("round", "seconds", "bytes", "objects", "growth", "per_second", "verdict", "place",
          "function")
LOST, KEPT, MAPPED = 100, 1000, 65536  # bytes of each


class Stepping:
    """A traced program that allocates when it is told to."""

    def __init__(self, *steps, options="", library=True):
        self.folder = tempfile.TemporaryDirectory(prefix="memtrace-test-")
        variables = {**os.environ, "MEMTRACE_OPTIONS": f"quiet=1:{options}"}
        variables.pop("LD_PRELOAD", None)
        if library:
            variables["LD_PRELOAD"] = preload()
        # pylint: disable=consider-using-with
        self.process = subprocess.Popen(
            [PROGRAMS / "cli_stepping"], cwd=self.folder.name, env=variables, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)
        self.pid = self.process.pid
        equal("answer", self.process.stdout.readline(), "ready\n")
        self.step(*steps)

    def step(self, *steps):
        said = ""
        for step in steps:
            self.process.stdin.write(step + "\n")
            self.process.stdin.flush()
            while (line := self.process.stdout.readline()) != "done\n":
                check(line, f"{step}: it has ended")
                said += line
        return said

    def end(self):
        self.process.stdin.close()
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            os.killpg(self.pid, signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()
        self.process.stdin.close()
        self.folder.cleanup()


def rounds(text):
    """The rounds of the lines of top: of each the rows, by function."""
    lines = text.splitlines()
    equal("names of fields", tuple(lines[0].split()), FIELDS)
    found = []
    for line in lines[1:]:
        row = dict(zip(FIELDS, line.split(None, len(FIELDS) - 1)))
        equal("fields", len(row), len(FIELDS))
        if int(row["round"]) > len(found):
            found.append({})
        found[int(row["round"]) - 1][row["function"]] = row
    return found


def figures(row):
    return int(row["bytes"]), int(row["objects"]), int(row["growth"])


def case_lines_are_exact():
    with Stepping("lose 10", "keep 50", "map 3") as program:
        # pylint: disable=consider-using-with
        top = subprocess.Popen([command(), "top", "-n", "2", "--interval=2", str(program.pid)],
                               stdout=subprocess.PIPE, text=True)
        time.sleep(1)
        program.step("lose 7", "drop 20")
        said, _ = top.communicate(timeout=60)
        equal("status", top.returncode, 0)
        first, second = rounds(said)
        equal("lost", figures(first["lose"]), (10 * LOST, 10, 0))
        equal("kept", figures(first["keep"]), (50 * KEPT, 50, 0))
        equal("mapped", figures(first["map"]), (3 * MAPPED, 3, 0))
        equal("lost then", figures(second["lose"]), (17 * LOST, 17, 7 * LOST))
        equal("kept then", figures(second["keep"]), (30 * KEPT, 30, -20 * KEPT))
        equal("all", figures(second["(total)"]),
              (17 * LOST + 30 * KEPT + 3 * MAPPED, 50, 7 * LOST - 20 * KEPT))
        check("stepping.c:" in second["lose"]["place"], second["lose"]["place"])
        seconds = float(second["lose"]["seconds"]) - float(first["lose"]["seconds"])
        rate = int(second["lose"]["per_second"])
        check(abs(rate - 7 * LOST / seconds) <= 1, f"{rate} in {seconds} s")


def case_sort_filter_and_top():
    with Stepping("lose 100", "keep 5", "map 1") as program:
        def functions(*words):
            lines = Call("top", "-n", 1, *words, program.pid).says(0).stdout.splitlines()[2:]
            return [line.split()[-1] for line in lines]
        equal("bytes", functions(), ["map", "lose", "keep"])
        equal("blocks", functions("--sort=blocks"), ["lose", "keep", "map"])
        equal("top", functions("--top=1"), ["map"])
        equal("filter", functions("--filter=KEE"), ["keep"])
        equal("filter by file", functions("--filter=stepping.c:", "--top=2"), ["map", "lose"])
        equal("nothing", functions("--filter=nosuch"), [])


def case_verdicts_of_the_newest_snapshot():
    with Stepping("lose 10", "keep 5") as program:
        equal("before", rounds(Call("top", "-n", 1, program.pid).stdout)[0]["lose"]["verdict"], "-")
        Call("snapshot", program.pid).says(0)
        rows = rounds(Call("top", "-n", 1, program.pid).says(0).stdout)[0]
        equal("lost", rows["lose"]["verdict"], "definite")
        equal("kept", rows["keep"]["verdict"], "reachable")


def case_the_process_ends():
    with Stepping("lose 10") as program:
        # pylint: disable=consider-using-with
        top = subprocess.Popen([command(), "top", "-n", "1000", "--interval=0.1", str(program.pid)],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        time.sleep(1)
        program.step("lose 5")
        program.end()
        said, why = top.communicate(timeout=60)
        equal("status", top.returncode, 0)
        check(why.startswith(f"memtrace: process {program.pid}: exited with status 0 after "), why)
        equal("last state", figures(rounds(said)[-1]["lose"])[:2], (15 * LOST, 15))


def case_processes_without_a_trace():
    with Stepping(library=False) as program:
        Call("top", program.pid).says(3, "").one_line("is not traced", "memtrace run")
    with Stepping() as program:
        child = int(program.step("spawn 1"))
        Call("top", child).says(3, "").one_line("was forked", f"memtrace top {program.pid}")
        os.kill(child, signal.SIGKILL)


def case_a_large_trace_takes_little_of_a_processor():
    with Stepping("lose 2000000", options="scan=none") as program:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        begin = time.monotonic()
        call = Call("top", "-n", 12, "--interval=0.1", program.pid).says(0)
        took = time.monotonic() - begin
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        equal("bytes", figures(rounds(call.stdout)[-1]["lose"])[0], 2000000 * LOST)
        check(used / took < 0.3, f"{used:.2f} s of a processor in {took:.2f} s")


# ---- the screen ----

class Terminal:
    """A tmux of its own, in which top runs."""

    def __init__(self, pid, *words, columns=80, lines=24, environment="NO_COLOR=1"):
        if not shutil.which("tmux"):
            raise Skip("needs tmux")
        self.folder = tempfile.TemporaryDirectory(prefix="memtrace-test-")
        self.socket = str(Path(self.folder.name) / "tmux")
        shown = " ".join(["env", environment, str(command()), "top", *words, str(pid)])
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", columns, "-y", lines,
                  f"{shown}; echo status $?; sleep 60")

    def tmux(self, *words):
        return subprocess.run(["tmux", "-S", self.socket, *map(str, words)], check=True, text=True,
                              capture_output=True, env={**os.environ, "LC_ALL": "C.UTF-8"}).stdout

    def press(self, *keys):
        self.tmux("send-keys", *keys)

    def shown(self, *words):
        return self.tmux("capture-pane", "-p", *words)

    def await_text(self, *parts, without=()):
        """The screen, once it has all parts."""
        for _ in range(300):
            text = self.shown()
            if all(part in text for part in parts) and not any(part in text for part in without):
                return text
            time.sleep(0.05)
        check(False, f"no {parts} (without {without}) in:\n{text}")
        return text

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run(["tmux", "-S", self.socket, "kill-server"], check=False,
                       capture_output=True)
        self.folder.cleanup()


def sites_of(text):
    """The names of the sites in the table, in order."""
    lines = text.splitlines()
    table = lines[next(i for i, line in enumerate(lines) if "BYTES" in line) + 1:-1]
    return [line.split("  ")[-2 if "stepping.c" in line else -1].strip()
            for line in table if line.strip()]


def case_screen():
    with Stepping("lose 1000", "keep 9", "map 2") as program, \
            Terminal(program.pid, "--interval=0.2") as terminal:
        text = terminal.await_text("no snapshot yet", "stepping.c:", "running for")
        equal("sites", sites_of(text), ["map", "lose", "keep"])
        check(all(len(line) <= 80 for line in text.splitlines()), text)
        lose = next(line for line in text.splitlines() if " lose " in line)
        equal("lose", lose.split()[:4], ["97.7K", "1,000", "0", "0"])
        program.step("lose 24")
        terminal.await_text("+2.3K")  # 2,400 bytes more
        terminal.press("o")
        terminal.await_text("lose")
        equal("by objects", sites_of(terminal.shown())[0], "lose")
        terminal.press("Down", "Enter")
        stack = terminal.await_text("main ", "Enter back")
        check("keep " in stack and "lose" not in stack, stack)
        terminal.press("Escape")
        terminal.await_text("Enter stack", "lose")
        terminal.press("/", "ma")
        text = terminal.await_text("/ma", "map", without=("lose",))
        equal("filtered", sites_of(text), ["map"])
        terminal.press("Enter")
        terminal.await_text("filter: ma")
        terminal.press("Escape")
        terminal.await_text("lose", "keep", "map")
        terminal.press("q")
        terminal.await_text("status 0")


def case_screen_takes_a_snapshot():
    with Stepping("lose 1000", "keep 9") as program, \
            Terminal(program.pid, "--interval=0.2") as terminal:
        terminal.await_text("no snapshot yet", "keep")
        terminal.press("s")
        text = terminal.await_text("lost 97.7 KiB in 1,000 objects")
        for name, verdict in ("lose", "definite"), ("keep", "reachable"):
            check(any(name in line and verdict in line for line in text.splitlines()), text)


def case_screen_that_changes_its_size():
    with Stepping("lose 10", "keep 9") as program, \
            Terminal(program.pid, "--interval=0.2") as terminal:
        terminal.await_text("lose", "keep")
        for columns, lines in (120, 40), (40, 10), (20, 4), (1, 1), (80, 24):
            terminal.tmux("resize-window", "-x", columns, "-y", lines)
            time.sleep(0.2)
        terminal.await_text("lose", "keep", "q quit")
        terminal.press("/", "keep", "Enter", "Enter")
        terminal.await_text("main ", "Enter back")
        terminal.tmux("resize-window", "-x", 80, "-y", 9)  # room for a line of it
        terminal.await_text("cli/stepping.c:24", "Enter back", without=("cli/stepping.c:57",))
        terminal.press("Down")
        terminal.await_text("cli/stepping.c:57", "Enter back", without=("cli/stepping.c:24",))
        terminal.press("Down", "Up")  # there is no more of it
        terminal.await_text("cli/stepping.c:24", "Enter back", without=("cli/stepping.c:57",))


def case_screen_of_a_process_that_ends():
    with Stepping("lose 10", "keep 9") as program, \
            Terminal(program.pid, "--interval=0.2") as terminal:
        terminal.await_text("lose", "keep", "running for")
        program.end()
        text = terminal.await_text("exited with status 0 after")
        check("lose" in text and "keep" in text, text)
        terminal.press("Up", "Enter")
        terminal.await_text("main ", "Enter back", "exited with status 0 after")
        terminal.press("q")
        terminal.await_text("status 0")


def case_colour_is_for_what_is_lost():
    yellow = "\033[33m"
    for environment, is_coloured in ("NO_COLOR=", True), ("NO_COLOR=1", False):
        with Stepping("lose 10", "keep 9") as program, \
                Terminal(program.pid, environment=environment) as terminal:
            terminal.await_text("lose", "keep")
            check(yellow not in terminal.shown("-e"), "colour before there is a verdict")
            terminal.press("s")
            terminal.await_text("lost 1000 bytes in 10 objects")
            equal(environment, yellow in terminal.shown("-e"), is_coloured)


run_all(globals())
