"""system_test.py: what memtrace says of the system around a program, and of a death for want of
memory. Fixed traces have exact screens; live ones are held against what the kernel told the program
itself. The OOM killer is met in a control group of the test's own, where the machine lets us make
one."""

import contextlib
import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

from call import PROGRAMS, Call, Skip, check, equal, preload, run_all
from harness import dump, run, scratch

GROWER = str(PROGRAMS / "cli_grower")
HERE = Path(__file__).resolve().parent
TRACES = HERE.parent / "traces"
MIB = 1 << 20


def looks(trace):
    return dump(trace)["look"]


def grower_of(traces):
    """Not the shell's that became it."""
    return [path for path in traces if "grower" in path.name][0]


def read(trace):
    return json.loads(Call("report", "--format=json", "--verdict=all", trace).says(0).stdout)


# ---- fixed traces ----

def screen_is(name, *options):
    """What `memtrace report` prints of a kept trace."""
    call = Call("report", *options, f"{name}.mtrace", folder=TRACES).says(0)
    expected = (HERE / f"{name}.expected").read_text()
    equal(f"screen of {name}", call.stdout, expected)


def case_screen_of_the_system():
    screen_is("looks", "--system")


def case_screen_of_a_death_by_oom():
    screen_is("looks_before_oom", "--system")


def case_json_of_a_death_by_oom():
    found = read(TRACES / "looks_before_oom.mtrace")
    oom = found["process"]["oom"]
    equal("end", (found["process"]["end"], found["process"]["signal"]), ("killed", 9))
    equal("cause", (oom["cause"], oom["certain"], oom["kills"]), ("group", True, 1))
    equal("figures", (oom["limit_bytes"], oom["used_bytes"], oom["added_bytes"]),
          (64 * MIB, 63 * MIB, MIB))
    equal("when", (oom["last_look_ms"], oom["end_ms"]), (4000, 4100))
    equal("grown", [(site["objects"], site["bytes"]) for site in oom["grown"]], [(1, MIB)])
    equal("looks", found["system"]["looks"], 6)
    equal("peak of RES", found["system"]["peak"]["VmRSS"], 62 * MIB)
    equal("least available", found["system"]["peak"]["MemAvailable"], (3072 - 60) * MIB)
    equal("what no look knew", found["system"]["end"]["SwapFree"], None)


def case_far_from_any_limit_a_kill_is_a_kill():
    equal("oom", read(TRACES / "looks_before_kill.mtrace")["process"]["oom"], None)
    check("out of memory" not in
          Call("report", TRACES / "looks_before_kill.mtrace").says(0).stdout, "said to be OOM")


def case_a_trace_without_looks():
    equal("system", read(TRACES / "sound.mtrace")["system"], None)
    call = Call("report", "--system", TRACES / "sound.mtrace").says(0)
    check("no figures of the system in this trace\n" in call.stdout, call.stdout)


# ---- live ones ----

def case_figures_are_those_the_program_reads():
    with scratch() as folder:
        done = run([GROWER, 40, 0, "status"], folder)
        equal("status", done.status, 0)
        told = dict(re.findall(r"^(\w+):\s+(\d+)", done.stdout.decode(), re.M))
        found = looks(done.traces[0])
        equal("looks", len(found), 2)
        last = found[-1]
        for name in ("VmPeak", "VmSize", "VmHWM", "VmRSS", "RssAnon", "RssFile", "RssShmem"):
            ours, theirs = int(last[name]), int(told[name]) * 1024
            check(abs(ours - theirs) <= MIB, f"{name}: {ours}, the program read {theirs}")
        for name in ("VmSwap", "Threads", "VmLck"):
            scale = 1 if name == "Threads" else 1024
            equal(name, int(last[name]), int(told[name]) * scale)
        check(int(last["live"]) >= 40 * MIB, f"live: {last['live']}")
        total = int(re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())[1])
        equal("MemTotal", int(found[0]["MemTotal"]), total * 1024)


def case_samples_once_a_second():
    with scratch() as folder:
        done = run([GROWER, 26, 100, "status"], folder)
        times = [int(look["taken_ms"]) for look in looks(done.traces[0])]
        equal("looks", len(times), 4)  # start, two seconds, end
        check(all(900 <= b - a <= 1500 for a, b in zip(times[:2], times[1:3])), str(times))


def case_run_sees_what_allocates_nothing():
    call = Call("run", "--keep=all", GROWER, 3, 0, "sleep").says(0)
    found = looks(call.traces()[-1])
    outside = [look for look in found if look["by"] == "run"]
    check(6 <= len(outside) <= 12, f"{len(outside)} looks from outside in a second")
    check(all(int(look["VmRSS"]) >= 3 * MIB for look in outside), str(outside))
    check(all(3 * MIB <= int(look["live"]) < 4 * MIB for look in outside), str(outside))
    equal("allocations", {look["allocations"] for look in outside}, {"3"})
    check("VmHWM" in outside[0] and "MemTotal" in outside[0], str(outside[0]))


def case_run_does_not_wait_for_its_next_look():
    begun = time.monotonic()
    for _ in range(10):
        Call("run", GROWER, 0, 0, "status")
    check(time.monotonic() - begun < 1.0 + 10 * 0.5, f"{time.monotonic() - begun} s for ten runs")


def case_a_running_process_is_looked_at():
    with scratch() as folder:
        variables = {**os.environ, "LD_PRELOAD": preload(),
                     "MEMTRACE_OPTIONS": f"quiet=1:output={folder}/g.mtrace"}
        with subprocess.Popen([GROWER, "5", "0", "sleep"], env=variables) as process:
            time.sleep(0.5)
            call = Call("report", "--system", f"{folder}/g.mtrace")
            found = read(f"{folder}/g.mtrace")
            process.kill()
        check("2 looks in " in call.says(0).stdout, call.stdout)
        end = found["system"]["end"]
        check(end["VmRSS"] >= 5 * MIB and end["live"] == 5 * MIB, str(end))


# ---- out of memory ----

@contextlib.contextmanager
def group_of(limit_bytes):
    """A control group with a limit: its folder. Version 2 or 1, whichever counts memory here."""
    name = f"memtrace-test-{os.getpid()}"
    for root, file in ((Path("/sys/fs/cgroup"), "memory.max"),
                       (Path("/sys/fs/cgroup/memory"), "memory.limit_in_bytes")):
        folder = root / name
        try:
            folder.mkdir()
        except OSError:
            continue
        if not (folder / file).exists():  # no hierarchy, or one that does not count memory
            folder.rmdir()
            continue
        (folder / file).write_text(str(limit_bytes))
        print(f"out of memory: met in a control group, by {folder.parent / '*' / file}")
        try:
            yield folder
        finally:
            for _ in range(50):  # a process that was killed may be leaving it still
                with contextlib.suppress(OSError):
                    folder.rmdir()
                    break
                time.sleep(0.1)
        return
    raise Skip("no control group with a limit on memory can be made here")


def into(group, *words):
    """A shell that enters the group and becomes the program."""
    return ["sh", "-c", f'echo $$ > {group}/cgroup.procs; exec "$@"', "sh", *map(str, words)]


def case_killed_by_the_kernel_under_run():
    with group_of(48 * MIB) as group:
        for pause_ms in (10, 0):
            call = Call("run", "--keep=all", "--", *into(group, GROWER, 200, pause_ms, "status"))
            call.says(137).has("killed by signal 9", "out of memory: the kernel killed it at the "
                               "limit of its control group\n", "counted 1 OOM kill meanwhile")
            check(call.stderr.index("out of memory") < call.stderr.index("grow  "), call.stderr)
            oom = read(grower_of(call.traces()))["process"]["oom"]
            equal("oom", (oom["cause"], oom["certain"], oom["limit_bytes"]),
                  ("group", True, 48 * MIB))


def case_killed_by_the_kernel_and_nobody_waited():
    with group_of(48 * MIB) as group, scratch() as folder:
        done = run(into(group, GROWER, 200, 20, "status"), folder)
        equal("status", done.status, 137)
        trace = grower_of(done.traces)
        process = read(trace)["process"]
        equal("signal", (process["end"], process["signal"]), ("killed", None))
        equal("oom", (process["oom"]["cause"], process["oom"]["certain"]), ("group", False))
        check(process["oom"]["used_bytes"] + process["oom"]["added_bytes"] >= 43 * MIB,
              str(process["oom"]))
        call = Call("report", trace).says(0)
        check("out of memory: probably killed at the limit of its control group\n" in call.stdout,
              call.stdout)


def case_killed_by_somebody_else():
    with scratch() as folder:
        variables = {**os.environ, "LD_PRELOAD": preload(),
                     "MEMTRACE_OPTIONS": f"quiet=1:output={folder}/g.mtrace"}
        with subprocess.Popen([GROWER, "9", "0", "sleep"], env=variables) as process:
            time.sleep(0.4)
            process.send_signal(signal.SIGKILL)
        found = read(f"{folder}/g.mtrace")["process"]
        equal("end", (found["end"], found["oom"]), ("killed", None))


def case_a_limit_that_only_refuses_kills_nobody():
    with scratch() as folder:
        done = run([GROWER, 9, 0, "limit"], folder, limits={"as": 256 * MIB})
        equal("status", done.status, 0)
        found = read(done.traces[0])["process"]
        equal("end", (found["end"], found["oom"]), ("exited", None))


run_all(globals())
