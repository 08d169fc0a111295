#!/usr/bin/env python3
"""usage_test.py: help screens, man pages, and every kind of wrong usage: status 2 and one line that
says what would be right."""

import re
import shutil
import subprocess
from pathlib import Path

from call import Call, Skip, check, command, equal, run_all

COMMANDS = ("run", "report", "snapshot", "top", "check", "map", "export", "pack", "dump")
MAN = Path(__file__).resolve().parent.parent.parent / "analyzer" / "man"


def case_wrong_usage():
    for words, part in [
            (("nosuch",), "nosuch: no such command"),
            (("--nosuch",), "--nosuch: no such option"),
            (("help", "nosuch"), "nosuch: no such command"),
            (("run",), "needs a program"),
            (("run", "--"), "needs a program"),
            (("run", "--nosuch", "x"), "--nosuch: no such option"),
            (("run", "-x", "x"), "-x: no such option"),
            (("run", "--keep", ), "--keep: needs a value"),
            (("run", "--keep=some", "x"), "leaky, all, none"),
            (("run", "-o", "", "x"), "folder"),
            (("report",), "needs a trace"),
            (("report", "--top=many", "x"), "--top=many: not a number"),
            (("report", "--min-bytes=3Q", "x"), "--min-bytes=3Q: not a size"),
            (("check",), "needs a trace"),
            (("check", "--"), "needs a trace"),
            (("check", "--leaks=all", "x"), "definite, possible, reachable, unfreed"),
            (("check", "--max-bytes=-1", "x"), "--max-bytes=-1"),
            (("check", "--max-blocks=1K", "x"), "--max-blocks=1K: not a number"),
            (("check", "--exit-code=256", "x"), "0 to 255"),
            (("check", "--verdict=definite", "x"), "--leaks"),
            (("check", "--format=json", "x"), "--json=FILE"),
            (("check", "--json=", "x"), "--json=: needs the name"),
            (("check", "--baseline=", "x"), "--baseline=: needs the name"),
            (("check", "--sarif=", "x"), "--sarif=: needs the name"),
            (("snapshot",), "needs one process"),
            (("snapshot", "1", "2"), "needs one process"),
            (("snapshot", "a.mtrace"), "a.mtrace: not a process id"),
            (("snapshot", "0"), "0: not a process id"),
            (("snapshot", "--timeout=soon", "1"), "--timeout=soon: not a number of seconds"),
            (("top",), "needs one process"),
            (("top", "x"), "x: not a process id"),
            (("top", "--interval=0", "1"), "--interval=0: not between 0.1"),
            (("top", "--sort=age", "1"), "bytes, blocks, growth, rate"),
            (("map",), "needs one trace or process"),
            (("map", "a", "b"), "needs one trace or process"),
            (("map", "--format=html", "a"), "text, json"),
            (("export", "a"), "needs --format"),
            (("export", "--format=folded"), "needs a trace"),
            (("export", "--format=svg", "a"), "folded, "),
            (("export", "--format=folded", "-o", "", "a"), "needs the name of a file"),
            (("export", "--format=folded", "--value=cost", "a"), "bytes, objects, resident"),
            (("export", "--format=json", "--value=objects", "a"), "--value: "),
            (("export", "--format=folded", "--group-by=file", "a"), "--group-by: "),
            (("export", "--format=folded", "--system", "a"), "--system"),
            (("export", "--format=folded", "--core=c", "a", "b"), "--core: is of one trace"),
            (("pack",), "needs one trace or process"),
            (("pack", "a", "b"), "needs one trace or process"),
            (("pack", "-o", "", "a"), "needs the name of a file"),
            (("pack", "--debuginfod-timeout=soon", "a"), "not a number of seconds"),
            (("dump",), "needs one trace"),
            (("dump", "a", "b"), "needs one trace"),
            (("dump", "--format=json", "a"), "no such option")]:
        Call(*words).says(2, "").one_line(part, "(try: ")


def case_without_a_command():
    call = Call().says(2, "")
    equal("overview", call.stderr, Call("--help").says(0).stdout)


def case_version():
    check(re.fullmatch(r"memtrace \d+\.\d+\.\d+\n", Call("--version").says(0).stdout), "version")


def case_missing_file():
    for name in ("report", "check", "map", "dump", "export --format=folded",
                 "pack"):
        Call(*name.split(), "no/such.mtrace").says(3).one_line("no/such.mtrace: No such file")


def case_control_characters_do_not_reach_the_terminal():
    for words in (("report", "\033[31m.mtrace"), ("run", "\033[31m"), ("\033[31m",)):
        call = Call(*words)
        check("\033" not in call.stderr, f"{words}: {call.stderr!r}")


def case_output_that_cannot_be_written():
    done = subprocess.run(["sh", "-c", f"exec '{command()}' --help >/dev/full"], check=False,
                          stderr=subprocess.PIPE, text=True)
    check(done.returncode != 0 and "No space left" in done.stderr, done.stderr)


def case_help_screens():
    for name in COMMANDS:
        call = Call(name, "--help").says(0)
        equal("stderr", call.stderr, "")
        lines = call.stdout.splitlines()
        check(lines[0].startswith(f"memtrace {name}: "), lines[0])
        for line in lines:
            check(len(line) <= 80, f"{name} --help: more than 80 columns: {line}")
        for part in (f"usage: memtrace {name} ", "\nexamples:\n", f"\n  memtrace {name} "):
            check(part in call.stdout, f"{name} --help: no {part!r}")
        equal("help COMMAND", Call("help", name).says(0).stdout, call.stdout)
        equal("-h", Call(name, "-h").says(0).stdout, call.stdout)
        check(f"  {name} " in Call("--help").stdout, f"{name} is not in the overview")


def options_of_help(name):
    return set(re.findall(r"(--[a-z][a-z-]+)", Call(name, "--help").stdout)) - {"--once"}


def options_of_page(name):
    text = (MAN / f"memtrace-{name}.1").read_text()
    pages = text.split(".Sh OPTIONS")[1].split(".Sh EXIT STATUS")[0]
    return {f"--{word}" for word in re.findall(r"(?:Fl |, )-([a-z][a-z-]+)", pages)}


def case_pages_and_screens_have_the_same_options():
    for name in COMMANDS:
        screen, page = options_of_help(name), options_of_page(name) - {"--help"}
        if name in ("run", "snapshot"):  # their pages refer to that of report
            page |= options_of_page("report") - {"--help", "--core"}
        if name == "run":
            page -= {"--explain", "--growing", "--since", "--at", "--temporary"}
        if name == "check":
            page |= {"--group-by", "--sort", "--top", "--sysroot", "--suppressions",
                     "--debuginfod", "--debuginfod-timeout",
                     "--no-builtin-suppressions"}
            page -= {"--format", "--verdict"}
        equal(f"options of {name}", sorted(screen), sorted(page))


def case_options_on_pages_are_known():
    for name in COMMANDS:
        for option in options_of_page(name):
            call = Call(name, option, "--help")
            check("no such option" not in call.stderr, f"{name} {option}: {call.stderr}")


def case_pages_are_well_formed():
    if not shutil.which("groff"):
        raise Skip("needs groff")
    for page in MAN.glob("*.[13]"):
        done = subprocess.run(["groff", "-mdoc", "-Tutf8", "-ww", page], capture_output=True,
                              text=True, check=True)
        equal(f"warnings on {page.name}", done.stderr, "")
        for section in ("EXIT STATUS", "EXAMPLES"):
            check(f".Sh {section}\n" in page.read_text(), f"{page.name}: no {section}")


def case_man_pages_are_found_by_their_words():
    """By apropos and whatis, which take a name without a space, a dash and the rest of the line."""
    if not shutil.which("lexgrog"):
        raise Skip("needs man-db's lexgrog")
    for page in MAN.glob("*.1"):
        done = subprocess.run(["lexgrog", page], capture_output=True, text=True, check=False)
        check(f'"{page.stem} - ' in done.stdout, f"apropos does not know {page.name}: {done.stdout}")


def case_completion():
    script = MAN.parent / "completion" / "memtrace.bash"
    subprocess.run(["bash", "-n", script], check=True)


run_all(globals())
