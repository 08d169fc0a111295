#!/usr/bin/env python3
"""hostile_files_test.py: small files that would have a reader fill the memory or the disk, wait for ever,
or open what it should not: programs, traces, packs, suppressions."""

import io
import os
import resource
import shutil
import struct
import subprocess
import tarfile
import time
from pathlib import Path

from call import Call, Skip, check, command, equal, run_all
from exports import Case, WIDE

SECONDS_MAX = 10 * (1 + int(os.getloadavg()[0]) // (os.cpu_count() or 1))  # for this process alone
MEMORY_MAX = 1 << 30


def bounded(*words, environment=None):
    """A call that may take so long and so much; its status, stdout and stderr."""
    begin = time.monotonic()
    with subprocess.Popen([command(), *map(str, words)], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, errors="surrogateescape", stdin=subprocess.DEVNULL,
                          env={**os.environ, **(environment or {})}) as process:
        try:
            out, err = process.communicate(timeout=6 * SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            check(False, f"{words}: waits for ever")
    took = time.monotonic() - begin
    check(took < SECONDS_MAX, f"{words}: {took:.1f} s")
    check(process.returncode >= 0, f"{words}: died of signal {-process.returncode}")
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss << 10
    check(most < MEMORY_MAX, f"{words}: {most >> 20} MiB")
    return process.returncode, out, err


def tool(*words, **options):
    if not shutil.which(words[0]):
        raise Skip(f"needs {words[0]}")
    subprocess.run([str(word) for word in words], check=True, capture_output=True, **options)


# ---- programs ----

class Program(Case):
    """A program that was traced, and is then made to do harm: its build-id stays."""

    def __init__(self, *flags, built_in="."):
        super().__init__()
        self.app = self.folder / "app"
        (self.folder / built_in).mkdir(exist_ok=True)
        tool("cc", "-g", "-O2", *flags, Path(__file__).with_name("leaky_cache.c"), "-o",
             "app" if built_in == "." else "../app", cwd=self.folder / built_in)
        self.trace = self.make("app.mtrace", program=str(self.app))

    def change(self, *words):
        tool("objcopy", *words, self.app)

    def reported(self, *words):
        status, out, err = bounded("report", *words, WIDE, self.trace)
        equal(f"status ({err})", status, 0)
        return out


def case_debuglink_to_a_pipe():
    for where in ("app.dbg", ".debug/app.dbg", "app.debug"):
        case = Program()
        (case.folder / ".debug").mkdir()
        debug = case.folder / "app.dbg"
        tool("objcopy", "--only-keep-debug", case.app, debug)
        case.change("-S", *([f"--add-gnu-debuglink={debug}"] if where != "app.debug" else []))
        debug.unlink()
        os.mkfifo(case.folder / where)
        check("app+0x" in case.reported(), where)


def case_debuglink_that_leads_elsewhere():
    case = Program()
    debug, pipe = case.folder / "dd.debug", case.folder / "p"
    tool("objcopy", "--only-keep-debug", case.app, debug)
    case.change("-S", f"--add-gnu-debuglink={debug}")
    os.mkfifo(pipe)
    content = case.app.read_bytes()
    check(content.count(b"dd.debug\0") >= 1, "the link is not where it was thought to be")
    case.app.write_bytes(content.replace(b"dd.debug\0", b".//././p\0"))
    check("app+0x" in case.reported(), "report")


def case_shared_debug_information_in_a_pipe():
    case = Program()
    pipe = case.folder / "pipe"
    os.mkfifo(pipe)
    for name in (str(pipe), "pipe"):
        (case.folder / "link").write_bytes(name.encode() + b"\0" + bytes(range(20)))
        case.change("--remove-section=.gnu_debugaltlink",
                    f"--add-section=.gnu_debugaltlink={case.folder}/link")
        check("cli" not in case.reported(), name)


def case_split_debug_information_in_a_pipe():
    for built_in in ".", "elsewhere":  # by the one the path is said from the folder of the program,
        case = Program("-gsplit-dwarf", built_in=built_in)  # by the other from that of its compiler
        (split,) = [path for path in case.folder.iterdir() if path.suffix == ".dwo"]
        check("leaky_cache.c:" in case.reported(), "split debug information is not read")
        split.unlink()
        os.mkfifo(split)
        check("leaky_cache.c:" not in case.reported(), "a pipe was read")


# ---- traces ----

def case_traces_that_claim_to_be_large():
    case = Case()
    trace = case.make("a.mtrace")
    wanted = bounded("report", WIDE, trace)[1]
    os.truncate(trace, 1 << 40)
    equal("with a hole of a TiB", bounded("report", WIDE, trace)[1], wanted)
    content = trace.open("rb").read(4096)
    used = struct.unpack_from("<Q", content, units_used_at(trace))[0]
    for claimed in (1 << 24, (1 << 40) >> 16, (1 << 64) - 1):
        with trace.open("r+b") as file:
            file.seek(units_used_at(trace))
            file.write(struct.pack("<Q", claimed))
        for words in (("report", WIDE), ("dump",), ("report", "--format=html")):
            check(bounded(*words, trace)[0] in (0, 3), f"{words}: {claimed}")
    check(used < 1000, f"{used} units")


def units_used_at(trace):
    """Where the header says how many units there are: the dump prints the number, a word has it."""
    words = dict(word.split("=", 1) for word in
                 Call("dump", trace).stdout.splitlines()[0].split() if "=" in word)
    header = trace.open("rb").read(4096)
    found = [at for at in range(0, 512, 8)
             if struct.unpack_from("<Q", header, at)[0] == int(words["units_used"])]
    check(found, "units_used is not in the header")
    return found[0]


def case_map_of_generated_code_without_end():
    case = Case()
    trace = case.make("a.mtrace")
    pid = Call("dump", trace).stdout.split(" pid=")[1].split()[0]
    path = Path(f"/tmp/perf-{pid}.map")
    try:
        path.write_text("10 20 name\n")
        os.truncate(path, 1 << 40)
        equal("status", bounded("report", WIDE, trace)[0], 0)
    finally:
        path.unlink(missing_ok=True)


# ---- packs ----

def bomb(case, plain):
    """Packs what `plain` yields, piece by piece."""
    path = case.folder / "bomb.mtpack"
    if not shutil.which("zstd"):
        raise Skip("needs zstd")
    with path.open("wb") as out, subprocess.Popen(["zstd", "-q", "-c"], stdin=subprocess.PIPE,
                                                  stdout=out) as process:
        for piece in plain:
            process.stdin.write(piece)
        process.stdin.close()
    check(path.stat().st_size < 2 << 20, f"{path.stat().st_size} bytes are no small file")
    return path


def header(name, size, kind=tarfile.REGTYPE):
    info = tarfile.TarInfo(name)
    info.size, info.type = size, kind
    return info.tobuf(tarfile.USTAR_FORMAT)


def refused(case, path, *parts):
    scratch = case.folder / "scratch"
    scratch.mkdir()
    status, out, err = bounded("report", path, environment={"TMPDIR": str(scratch)})
    equal("status", (status, out), (3, ""))
    for part in parts:
        check(part in err and err.count("\n") == 1, err)
    equal("left behind", list(scratch.iterdir()), [])


MARK = header("memtrace-pack-1", 0)
ZEROS = bytes(1 << 20)


def case_packs_whose_first_entry_has_no_end():
    case = Case()
    refused(case, bomb(case, (header("memtrace-pack-1", 400 << 20), *400 * [ZEROS])),
            "grows beyond all measure")


def case_packs_with_a_file_that_has_no_end():
    case = Case()
    refused(case, bomb(case, (MARK, header("trace.mtrace", 400 << 20), *400 * [ZEROS])),
            "grows beyond all measure")


def case_packs_with_names_without_end():
    """Long names, one after the other, for a file that never comes."""
    for kind in (tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, tarfile.XHDTYPE, tarfile.XGLTYPE):
        case = Case()
        text = b"11 path=ab\n" if kind in (tarfile.XHDTYPE, tarfile.XGLTYPE) else b"a\0"
        entry = header("long", len(text), kind) + text.ljust(512, b"\0")
        refused(case, bomb(case, (MARK, *60 * [1000 * entry])))


def case_packs_without_an_end():
    """They end where another header should come, behind one without data."""
    for entries in [MARK], [MARK, MARK]:
        case = Case()
        refused(case, bomb(case, entries), "")


def case_packs_with_holes_without_end():
    case = Case()
    pieces = 300000
    table = f"{pieces}\n".encode() + b"".join(b"%d\n1\n" % (2 * at) for at in range(pieces))
    table = table.ljust(-(-len(table) // 512) * 512, b"\0")
    info = tarfile.TarInfo("trace.mtrace")
    info.size = len(table) + pieces
    info.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0",
                        "GNU.sparse.name": "trace.mtrace", "GNU.sparse.realsize": str(1 << 40)}
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(tarfile.TarInfo("memtrace-pack-1"))
        archive.addfile(info, io.BytesIO(table + bytes(pieces)))
    refused(case, bomb(case, [out.getvalue()]))


# ---- suppressions ----

def case_suppressions_that_take_for_ever():
    case = Case()
    trace, path = case.make("a.mtrace"), case.folder / "s"
    path.write_text("{\n dots\n Memcheck:Leak\n" + 11 * " ...\n fun:*\n" + " fun:nobody\n}\n"
                    "{\n stars\n Memcheck:Leak\n fun:" + 100 * "*a" + "*b\n}\nleak:" + 500 * "*a" + "*b$\n")
    equal("status", bounded("report", WIDE, f"--suppressions={path}", trace)[0], 0)


def case_suppressions_that_are_no_text():
    case = Case()
    trace, path = case.make("a.mtrace"), case.folder / "s"
    path.write_bytes(b"leak:a\n\0leak:b\n")
    for name, part in ((path, "byte 7 is zero"), ("/dev/zero", "is too long"),
                       (case.folder, "Is a directory"), (Path("/proc/self/mem"), "/proc/self/mem: ")):
        status, _, err = bounded("report", f"--suppressions={name}", trace)
        check(status == 2 and part in err and err.count("\n") == 1, f"{status}: {err}")


run_all(globals())
