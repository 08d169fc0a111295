#!/usr/bin/env python3
"""report_test.py: memtrace report: what it reads and what it prints."""

import json
import os
import pty
import re
import resource
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from call import Call, PROGRAMS, SUBJECT, Skip, check, command, equal, preload, run_all


LEAKY_CACHE = str(PROGRAMS / "cli_leaky_cache")  # 16 blocks of 32 bytes, one of 808


class Traces:
    """A folder with traces, of the subject for the most part, without verdicts."""

    def __init__(self):
        self.scratch = tempfile.TemporaryDirectory(prefix="memtrace-test-")
        self.folder = Path(self.scratch.name)

    def make(self, name, *words, program=SUBJECT) -> Path:
        path = self.folder / name
        subprocess.run([program, *words], check=True, stdout=subprocess.DEVNULL, env={
            **os.environ, "LD_PRELOAD": preload(), "MEMTRACE_OPTIONS": f"quiet=1:scan=none:output={path}"})
        return path


def text(*words, status=0):
    return Call("report", *words).says(status).stdout


def case_text_of_a_leak():
    traces = Traces()
    path = traces.make("a.mtrace", program=LEAKY_CACHE)
    found = text(path)
    found = re.sub(r"\S*(leaky_cache\.c:\d+)", r"\1", found)  # the build decides on folders
    found = re.sub(r" {2,}(leaky_cache)", r"  \1", found)
    found = re.sub(r"process \d+ (.*) after \d+ ms", r"process N \1 after N ms", found)
    equal("report", found, f"""\
{LEAKY_CACHE}
process N exited with status 0 after N ms

808 bytes in  1 block   61%  main
    main  leaky_cache.c:34
      > struct cache *volatile cache = malloc(sizeof *cache);

512 bytes in 16 blocks  39%  dup_key
    dup_key  leaky_cache.c:14
      > char *volatile copy = malloc(strlen(key) + 1);
    cache_insert  leaky_cache.c:20
    handle_request  leaky_cache.c:28
    main  leaky_cache.c:37

no verdicts: MEMTRACE_OPTIONS said scan=none (try: without it)
total 1,320 bytes in 17 blocks not freed · 17 allocated, 0 freed · peak 1.3 KiB
where brk heap 1,320 bytes in 17
next: memtrace check --leaks=unfreed -- PROGRAM
""".replace("PROGRAM", LEAKY_CACHE if len(LEAKY_CACHE) < 45 else "PROGRAM"))


def on_terminal(*words):
    """What `memtrace report` writes to a terminal."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.pop("NO_COLOR", None)
        os.execve(command(), ["memtrace", "report", *map(str, words)],
                  {**os.environ, "TERM": "xterm"})
    said = b""
    try:
        while data := os.read(terminal, 65536):
            said += data
    except OSError:  # it has ended
        pass
    os.waitpid(pid, 0)
    os.close(terminal)
    return said.decode()


def case_places_can_be_clicked_at():
    traces = Traces()
    path = traces.make("a.mtrace", program=LEAKY_CACHE)
    link = re.compile("\033]8;;file://([^\033/]*)(/[^\033]*)\033\\\\(.*?)\033]8;;\033\\\\")
    found = link.findall(on_terminal(path))
    places = [(Path(re.sub("\033.*?m", "", shown)).name, Path(file).name)
              for _, file, shown in found]
    equal("places", places, [(f"leaky_cache.c:{line}", "leaky_cache.c")
                             for line in (34, 14, 20, 28, 37)])
    equal("hosts", {host for host, _, _ in found}, {os.uname().nodename})
    check(all(Path(file).is_file() for _, file, _ in found), found)
    for words in (("--color=never",), ("--system",)):
        check("\033]8" not in on_terminal(*words, path), words)
    check("\033" not in text("--color=auto", path), "not on a terminal")


def case_source_that_has_changed_is_not_shown():
    traces = Traces()
    source, program = traces.folder / "leaks.c", traces.folder / "leaks"
    source.write_text('#include <stdlib.h>\nint main(void)\n{\n    return !malloc(7); /* \x1b[31m */\n}\n')
    subprocess.run(["cc", "-g", "-o", program, source], check=True)
    path = traces.make("a.mtrace", program=program)
    check("      > return !malloc(7); /* ?[31m */\n" in text(path), text(path))
    source.write_text("#include <stdlib.h>\n\n\nint other(void);\n")
    check("other" not in text(path) and "leaks.c:4\n\n" in text(path), text(path))


def case_names_in_full():
    traces = Traces()
    source = Path(__file__).resolve().parent / "leaky_names.cc"
    program = traces.folder / "names"
    subprocess.run(["c++", "-g", "-O1", "-o", program, source], check=True)
    path = traces.make("a.mtrace", program=program)
    brief, full = text(path), text("-v", path)
    check(max(len(line) for line in brief.splitlines() if line.startswith("  ")) <= 80, brief)
    check("hidden(unsigned long)" in full and "hidden(" not in brief, full)


def case_nothing_unfreed():
    traces = Traces()
    lines = text(traces.make("a.mtrace", "tidy", "7", "5")).splitlines()
    equal("last line", lines[2:], ["nothing unfreed: 7 allocations, all freed"])


def case_nothing_seen_is_not_clean():
    traces = Traces()
    found = text(traces.make("a.mtrace", "say", "x"))
    check("nothing unfreed" not in found, found)
    check("\ninconclusive: not one allocation was seen" in found, found)


def case_groups():
    traces = Traces()
    path = traces.make("a.mtrace", program=LEAKY_CACHE)
    for what, sites in (("function", [1, 1]), ("file", [2]), ("module", [2])):
        lines = text(f"--group-by={what}", path).splitlines()
        objects = "17" if sites == [2] else " 1"
        check(re.match(rf"[\d,]+ bytes in {objects} block", lines[3]), lines[3])
        found = json.loads(text("--format=json", f"--group-by={what}", path))
        equal("sites", [site["sites"] for site in found["sites"]], sites)
        frame = found["sites"][0]["stack"][0]
        equal("known", [key for key, value in frame.items() if value is not None], [what])


def case_folders_give_all_traces_in_name_order():
    traces = Traces()
    for name, size in (("b.mtrace", "20"), ("a.mtrace", "10"), ("c.mtrace.1", "30")):
        traces.make(name, "leak", "1", size)
    (traces.folder / "notes.txt").write_text("not a trace")
    found = json.loads(text("--format=json", traces.folder))
    equal("bytes", [one["totals"]["unfreed_bytes"] for one in found], [10, 20, 30])
    equal("file", found[0]["trace"]["file"], f"{traces.folder}/a.mtrace")
    equal("one is an object", type(json.loads(text("--format=json", traces.folder / "a.mtrace"))), dict)
    Call("report", traces.folder / "none").says(3, "").one_line("none: No such file")
    empty = traces.folder / "empty"
    empty.mkdir()
    Call("report", empty).says(3, "").one_line("no traces in it")


def case_a_damaged_trace_among_others():
    traces = Traces()
    traces.make("a.mtrace", "leak", "1", "10")
    (traces.folder / "b.mtrace").write_bytes(b"\x89MTRACE\nnonsense")
    traces.make("c.mtrace", "leak", "1", "30")
    call = Call("report", "--format=json", traces.folder).says(3).one_line("b.mtrace")
    equal("others", len(json.loads(call.stdout)), 2)


def case_json_is_deterministic():
    traces = Traces()
    path = traces.make("a.mtrace", "leak", "3", "10", "leak", "1", "30", "leak", "2", "20")
    first = text("--format=json", path)
    equal("again", text("--format=json", path), first)
    sizes = [site["bytes"] for site in json.loads(first)["sites"]]
    equal("order", sizes, sorted(sizes, reverse=True))


def case_running_process_by_pid():
    traces = Traces()
    with subprocess.Popen([SUBJECT, "leak", "13", "37", "await"], stdout=subprocess.PIPE, env={
            **os.environ, "LD_PRELOAD": preload(),
            "MEMTRACE_OPTIONS": f"quiet=1:output={traces.folder}/a.mtrace"}) as process:
        equal("ready", process.stdout.readline(), b"ready\n")
        found = json.loads(text("--format=json", str(process.pid)))
        equal("end", found["process"]["end"], "running")
        equal("unfreed", found["totals"]["unfreed_bytes"], 481)
        check("still running, for" in text(str(process.pid)), "the text")
        process.send_signal(signal.SIGUSR1)
    Call("report", str(os.getpid())).says(3, "").one_line("is not traced")
    Call("report", "4194399").says(3, "").one_line("process 4194399: there is none")


def case_colour_only_on_demand():
    traces = Traces()
    path = traces.make("a.mtrace", "leak", "1", "10")
    check("\033" not in text(path), "colour in a pipe")
    check("\033[1m" in text("--color=always", path), "no colour though asked for")


def case_what_the_options_leave_out_is_said():
    traces = Traces()
    path = traces.make("a.mtrace", program=LEAKY_CACHE)
    check("\nshown the first 1 of 2 (--top)\n" in text("--top=1", path), "--top")
    check("\nselected 808 bytes in 1 block by the options, the rest left out\n"
          in text("--min-bytes=513", path), "--min-bytes")
    check("\nnote: no scan ran: every object is unclassified\n"
          in text("--verdict=definite", path), "--verdict")


def case_memory_that_runs_out():
    """In ever more of it a trace is read a little further: the reason is said, until there is none.
    libdw may end it in ways of its own, but not in a dump."""
    traces = Traces()
    path = traces.make("a.mtrace", program=LEAKY_CACHE)

    def limited(words, most):
        limit = lambda: resource.setrlimit(resource.RLIMIT_AS, (most, most))
        return subprocess.run([command(), *words, path], capture_output=True, text=True,
                              preexec_fn=limit, check=False,  # grows by what is asked for alone:
                              env={**os.environ, "MALLOC_TOP_PAD_": "0"})
    low, high = 1 << 20, 1 << 30  # the loader fails; all goes well
    if limited(["dump"], high).returncode:
        raise Skip("a sanitizer takes more")
    while high - low > 1 << 16:
        middle = (low + high) // 2
        low, high = (middle, high) if limited(["dump"], middle).returncode == 127 else (low, middle)

    def is_libdws(done):
        """A crash, or an assertion of its own, which a hardened libc may be unable to print."""
        return done.returncode == -signal.SIGSEGV or done.returncode == -signal.SIGABRT and \
            re.search("Assertion|%n in writable", done.stderr)
    for words, end, others in ((["dump"], 0, ()), (["check", "--leaks=unfreed"], 23, (1, 24))):
        statuses = []
        while len(statuses) < 400 and statuses[-3:] != 3 * [end]:
            done = limited(words, high + (len(statuses) << 14))
            statuses.append(done.returncode)
            check(others and is_libdws(done) or done.returncode == end or
                  done.returncode in (3, *others) and "memory" in done.stderr,
                  f"{words}: {statuses}, {done.stderr!r}")
            check(done.returncode != 3 or done.stderr.startswith("memtrace: ") and
                  done.stderr.count("\n") == 1, done.stderr)
        check(statuses.count(3) > 8 and statuses[-1] == end, f"a test that shows nothing: {statuses}")


run_all(globals())
