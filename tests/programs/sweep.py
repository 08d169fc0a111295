#!/usr/bin/env python3
"""sweep.py [--full] [PROGRAM…]: starts dynamically linked programs of /usr/bin and /usr/sbin with
`--version` and `--help`, with and without the preload, and compares what they write and how they
end; then once more in the checking mode (verify=1), which compares every stack with libunwind's own
walk. Without arguments a fixed sample is taken, fit for every test run; --full takes all there are.

A program runs alone: in a process group of its own, in an empty folder that is also its HOME,
without display, bus or standard input, and for a limited time. What is not the same in two plain
runs (pids, times, addresses) is not asked of the traced one. The preload is quiet: some programs
pass their children's stderr on to their own stdout."""

import fnmatch
import os
import re
import signal
import stat
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from harness import check, dump, main, preload  # noqa: E402

FOLDERS = ("/usr/bin", "/usr/sbin")
ARGUMENTS = ("--version", "--help")
TIMEOUT_SECONDS = 30
SLOW_FACTOR, SLOW_SECONDS = 10, 2.0

# Not started, by name or pattern: what could harm the machine if it took the option for something
# else, and what waits for a human.
LEFT_OUT = {
    "halts, reboots or switches the system": (
        "halt", "init", "poweroff", "reboot", "runlevel", "shutdown", "telinit", "systemd",
        "ctrlaltdel", "pivot_root", "switch_root", "rtcwake", "killall5"),
    "writes file systems, disks or swap": (
        "mkfs*", "mke2fs", "mkswap", "swapo*", "swaplabel", "blkdiscard", "blkzone", "wipefs",
        "fsck*", "e2fsck", "resize2fs", "addpart", "delpart", "resizepart", "partx", "badblocks",
        "debugfs", "e2undo", "tune2fs", "e2label", "fsfreeze", "fstrim", "losetup", "zramctl",
        "dmsetup", "dmstats", "systemd-repart"),
    "changes accounts": (
        "*passwd", "chfn", "chsh", "cpgr", "cppw", "group*", "grpck", "grp*conv", "newusers",
        "pw*conv", "pwck", "user*", "vigr", "vipw", "unix_*", "systemd-firstboot",
        "systemd-sysusers", "systemd-machine-id-setup"),
    "asks a human": (
        "login", "getty", "agetty", "sulogin", "su", "runuser", "sg", "newgrp", "pinentry*",
        "*ask-password*"),
    "sets the clock or the network": (
        "hwclock", "ifconfig", "route", "nameif", "slattach", "plipconfig", "mii-tool", "arp*"),
    "stays as a server": ("faked-*", "rmiregistry", "jstatd"),
    "computes for minutes whatever the option": ("llvm-PerfectShuffle*",),
}

# The sample: every kind of program, each quick.
SAMPLE = """
[ apt as awk b2sum bash bc busctl bzip2 c++filt cc cat clang-format cmake cppcheck curl dash date
dbus-daemon dpkg env expr false fc-list file find g++ gawk gdb getconf git gpg grep gzip head hostid
iconv id infocmp ip java join jq kill ld less ls lsblk make man msgfmt mount nginx ninja nm node
objdump openssl patch perl pkg-config ps python3 readelf redis-cli redis-server rm sed sh sort
sqlite3 ssh ssh-agent strace systemctl tar tclsh tee test timeout top tr true umount vim wget who
xargs xmllint xxd xz yes zip zstd
""".split()


@dataclass
class Run:
    """How one start ended. `status` is None where the time ran out."""

    status: int | None
    stdout: bytes
    stderr: bytes
    seconds: float


@dataclass
class Finding:
    """What came of one program with one argument."""

    words: list[str]
    verdict: str = "same"  # same, differs, crashed, hung, skipped
    what: str = ""
    remarks: list[str] = field(default_factory=list)
    plain_seconds: float = 0.0
    traced_seconds: float = 0.0
    stacks: int = 0  # verified

    def __str__(self):
        return f"{' '.join(self.words)}: {self.verdict}: {self.what}"


def is_dynamic(path: str) -> bool:
    """Whether it is an ELF program that asks for a dynamic loader."""
    try:
        with open(path, "rb") as file:
            head = file.read(4096)
    except OSError:
        return False
    if head[:5] != b"\x7fELF\x02":
        return False
    first = int.from_bytes(head[32:40], "little")
    size, count = head[54] | head[55] << 8, head[56] | head[57] << 8
    kinds = [head[at:at + 4] for at in range(first, first + size * count, size)]
    return b"\x03\0\0\0" in kinds  # PT_INTERP


def left_out(name: str) -> str | None:
    for reason, patterns in LEFT_OUT.items():
        if any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns):
            return reason
    return None


def all_programs() -> list[str]:
    found = {}
    for folder in FOLDERS:
        for name in sorted(os.listdir(folder)):
            path = os.path.join(folder, name)
            if os.access(path, os.X_OK) and os.path.isfile(path) and is_dynamic(path):
                found.setdefault(name, path)
    return list(found.values())


def environment(folder: Path, traces: Path | None, verify: bool) -> dict:
    kept = {key: os.environ[key] for key in ("PATH", "LD_LIBRARY_PATH") if key in os.environ}
    variables = dict(kept, HOME=str(folder), TMPDIR=str(folder), LC_ALL="C.UTF-8", TERM="dumb",
                     PAGER="cat", EDITOR="true", BROWSER="true")
    if traces:
        variables["LD_PRELOAD"] = preload()
        variables["MEMTRACE_OPTIONS"] = f"output={traces}/%e.%p.mtrace:quiet=1:verify={int(verify)}"
    return variables


def start(words: list[str], traces: Path | None = None, verify: bool = False, user=None) -> Run:
    """Runs it to its end, or to the end of our patience; nothing of it is left behind."""
    with tempfile.TemporaryDirectory(prefix="memtrace-sweep-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if user is not None:
            os.chmod(folder, 0o777)
        began = time.monotonic()
        with open(folder / ".out", "w+b") as out, open(folder / ".err", "w+b") as err:
            process = subprocess.Popen(words, cwd=folder, env=environment(folder, traces, verify),
                                       stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                       start_new_session=True, user=user)
            try:
                status = process.wait(TIMEOUT_SECONDS)
            except subprocess.TimeoutExpired:
                status = None
            seconds = time.monotonic() - began
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()
            out.seek(0)
            err.seek(0)
            # The scratch folder's name is new each time.
            stdout, stderr = (text.read().replace(name.encode(), b"SCRATCH") for text in (out, err))
        ours = b"".join(line for line in stderr.splitlines(True)
                        if not line.startswith(b"memtrace: "))
        return Run(status, stdout, ours, seconds)


def faded(text: bytes) -> bytes:
    """Text without its numbers: for output that is not the same twice."""
    return re.sub(rb"0x[0-9a-f]+|\d+", b"N", text)


def differs(one: bytes, other: bytes, traced: bytes) -> bool:
    """Whether `traced` is unlike two plain runs, where these are alike at all. Lines may come in
    another order: programs start programs (groff all of its filters), which write at once."""
    if one == other:
        return sorted(traced.splitlines()) != sorted(one.splitlines())
    return faded(one) == faded(other) and faded(traced) != faded(one)


def excerpt(plain: bytes, traced: bytes) -> str:
    for one, other in zip(plain.splitlines() + [b""], traced.splitlines() + [b""]):
        if one != other:
            return f"{one[:120]!r} became {other[:120]!r}"
    return f"{len(plain)} bytes became {len(traced)}"


def judge(finding: Finding, plain: list[Run], traced: Run) -> None:
    one, other = plain
    finding.plain_seconds = min(run.seconds for run in plain)
    if one.status is None:
        finding.verdict, finding.what = "skipped", "does not end by itself"
    elif traced.status is None:
        finding.verdict, finding.what = "hung", f"plain took {one.seconds:.1f} s"
    elif traced.status != one.status and one.status == other.status:
        crashed = traced.status < 0 and one.status >= 0
        finding.verdict = "crashed" if crashed else "differs"
        finding.what = f"status {one.status} became {traced.status}"
    elif differs(one.stdout, other.stdout, traced.stdout):
        finding.verdict = "differs"
        finding.what = f"stdout: {excerpt(one.stdout, traced.stdout)}"
    if differs(one.stderr, other.stderr, traced.stderr):
        finding.remarks.append(f"stderr: {excerpt(one.stderr, traced.stderr)}")


def note_time(finding: Finding, traced: Run) -> None:
    finding.traced_seconds = traced.seconds
    if traced.seconds > max(SLOW_SECONDS, SLOW_FACTOR * finding.plain_seconds):
        finding.remarks.append(f"slow: {finding.plain_seconds:.2f} s became {traced.seconds:.2f} s")


def look_at_traces(finding: Finding, traces: Path) -> None:
    """Every trace must open undamaged, with right stacks."""
    for trace in sorted(traces.glob("*")):
        found = dump(trace)
        counters = found["counters"][0]
        finding.stacks += int(counters["verified_stacks"])
        wrong = [f"{key}={counters[key]}" for key in ("wrong_stacks", "missed_frees")
                 if counters[key] != "0"]
        wrong += [f"{key}={value}" for key, value in found["damage"][0].items()
                  if value not in ("0", "")]
        if wrong and finding.verdict == "same":
            finding.verdict, finding.what = "differs", f"{trace.name}: {' '.join(wrong)}"
        trace.unlink()


def examine(words: list[str]) -> Finding:
    finding = Finding(words)
    with tempfile.TemporaryDirectory(prefix="memtrace-traces-") as name:
        traces = Path(name)
        try:
            plain = [start(words), start(words)]
            if plain[0].status is not None:
                traced = start(words, traces)
                judge(finding, plain, traced)
                note_time(finding, traced)
                look_at_traces(finding, traces)
            else:
                finding.verdict, finding.what = "skipped", "does not end by itself"
            if finding.verdict == "same":
                judge(finding, plain, start(words, traces, verify=True))
                look_at_traces(finding, traces)
        except OSError as error:
            finding.verdict, finding.what = "skipped", str(error)
    return finding


def examine_set_id(path: str) -> Finding:
    """A set-id program started by somebody else: the loader ignores the preload, and says so on
    stderr; the program does what it always does, and there is no trace."""
    words, nobody = [path, "--help"], 65534
    finding = Finding(words)
    with tempfile.TemporaryDirectory(prefix="memtrace-traces-") as name:
        os.chmod(name, 0o777)
        plain = [start(words, user=nobody) for _ in range(2)]
        judge(finding, plain, start(words, Path(name), user=nobody))
        finding.remarks.clear()
        if os.listdir(name) and finding.verdict == "same":
            finding.verdict, finding.what = "differs", "a trace was made"
    return finding


def is_set_id(path: str) -> bool:
    return bool(os.stat(path).st_mode & (stat.S_ISUID | stat.S_ISGID))


def test():
    words = sys.argv[1:]
    full = "--full" in words
    asked = [word for word in words if word != "--full"]
    programs = all_programs()
    if not full:
        names = asked or SAMPLE
        programs = [path for path in programs if os.path.basename(path) in names or path in names]
    started = [path for path in programs if asked or not left_out(os.path.basename(path))]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        findings = list(pool.map(examine,
                                 [[path, word] for path in started for word in ARGUMENTS]))
        if os.geteuid() == 0:
            set_id = [path for path in programs if is_set_id(path)]
            findings += pool.map(examine_set_id, set_id)
    for finding in findings:
        for remark in finding.remarks:
            print(f"{' '.join(finding.words)}: {remark}")
        if finding.verdict != "same":
            print(finding)
    count = {verdict: sum(finding.verdict == verdict for finding in findings)
             for verdict in ("same", "skipped", "differs", "crashed", "hung")}
    print(f"{len(started)} programs, {len(programs) - len(started)} left out, "
          f"{len(findings)} starts: " + ", ".join(f"{n} {verdict}" for verdict, n in count.items()))
    print(f"{sum(finding.stacks for finding in findings)} stacks verified; "
          f"{sum(f.plain_seconds for f in findings):.1f} s plain, "
          f"{sum(f.traced_seconds for f in findings):.1f} s traced")
    bad = [str(finding) for finding in findings
           if finding.verdict in ("differs", "crashed", "hung")]
    check(not bad, f"{len(bad)} starts are not harmless:\n" + "\n".join(bad))
    check(count["same"] > count["skipped"], "hardly a program could be started")


if __name__ == "__main__":
    main(test)
