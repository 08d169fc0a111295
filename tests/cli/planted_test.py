#!/usr/bin/env python3
"""planted_test.py: folders that others may write to, and traces that they left there. What is planted is
not followed, written to or waited for, and a report tells nobody what its reader alone may read."""

import os
import shutil
import socket
import stat
import subprocess
import time
from pathlib import Path

from call import Call, PROGRAMS, Skip, check, equal, preload, run_all
from exports import Case, LEAKY_CACHE, WIDE

STRANGER = 12345
SECRET = "the_key_is_31337"


def need_root():
    if os.geteuid() != 0:
        raise Skip("needs root")


def soon(begin, seconds=10):
    check(time.monotonic() - begin < seconds, "it took too long")


# ---- reading ----

def case_folder_with_all_sorts_of_files():
    case = Case()
    case.make("good.mtrace")
    secret = case.folder / "secret"
    secret.write_text(SECRET)
    secret.chmod(0o600)
    (case.folder / "link.mtrace").symlink_to(secret)
    (case.folder / "gone.mtrace").symlink_to(case.folder / "nowhere")
    (case.folder / "loop.mtrace").symlink_to(case.folder / "loop.mtrace")
    (case.folder / "zero.mtrace").symlink_to("/dev/zero")
    (case.folder / "memory.mtrace").symlink_to("/proc/self/mem")
    (case.folder / "folder.mtrace").mkdir()
    os.mkfifo(case.folder / "pipe.mtrace")
    with socket.socket(socket.AF_UNIX) as listening:
        here = os.getcwd()
        os.chdir(case.folder)
        listening.bind("socket.mtrace")
        os.chdir(here)
    begin = time.monotonic()
    for words in (("report", WIDE), ("report", "--format=json"), ("report", "--format=html")):
        call = Call(*words, case.folder).says(3)
        check(SECRET not in call.stdout + call.stderr, "the secret was told")
        check("leaky_cache" in call.stdout, f"the good one is not reported: {call.stdout}")
    for name in ("link", "gone", "loop", "zero", "memory", "folder", "pipe", "socket"):
        for command in ("report", "dump", "check", "map"):
            call = Call(command, case.folder / f"{name}.mtrace")
            check(call.status in (3, 24), f"{command} {name}: status {call.status}")
            check(SECRET not in call.stdout + call.stderr, "the secret was told")
            call.one_line(f"{name}.mtrace")
    soon(begin, 60)


class Planted(Case):
    """A trace of somebody else's, whose program says that it was made of a file that only we may
    read."""

    def __init__(self, **modes):
        super().__init__()
        self.folder.chmod(0o755)
        self.hidden = self.folder / "hidden"
        self.hidden.mkdir()
        self.source = self.hidden / "key"
        self.source.write_text(f"#include <stdlib.h>\nint main(void) {{ return !malloc(97); }} // {SECRET}\n")
        self.app = self.folder / "app"
        if not shutil.which("cc"):
            raise Skip("needs cc")
        subprocess.run(["cc", "-g", "-x", "c", self.source, "-o", self.app], check=True)
        os.utime(self.source, (1, 1))
        self.hidden.chmod(modes.get("folder", 0o700))
        self.source.chmod(modes.get("source", 0o644))
        self.trace = self.make("app.mtrace", program=str(self.app))

    def quotes(self, trace, *words):
        told = {SECRET in Call("report", *words, WIDE, trace).says(0).stdout
                for words in (words, (*words, "--format=html"))}
        equal("text and page say the same", len(told), 1)
        return told.pop()


def case_lines_of_sources_are_for_who_may_read_them():
    need_root()
    case = Planted()
    equal("own trace", case.quotes(case.trace), True)
    os.chown(case.trace, STRANGER, STRANGER)
    equal("a stranger's", case.quotes(case.trace), False)
    said = Call("report", WIDE, case.trace).says(0).stdout
    check("note: 1 source file not quoted: " in said, said)
    equal("it is asked for", case.quotes(case.trace, "--sysroot=/"), True)
    case.hidden.chmod(0o711)
    equal("a folder that all may pass", case.quotes(case.trace), True)
    case.source.chmod(0o600)
    equal("a file of ours", case.quotes(case.trace), False)
    os.chown(case.source, STRANGER, 0)
    equal("a file of the stranger's", case.quotes(case.trace), True)
    os.chown(case.source, 0, STRANGER)
    case.source.chmod(0o640)
    equal("a group that nobody knows him to be in", case.quotes(case.trace), False)


def case_lines_of_sources_in_reports_of_packs():
    case = Planted()
    pack = case.folder / "app.mtpack"
    Call("pack", "-o", pack, case.trace).says(0)
    equal("anybody's", case.quotes(pack), False)
    equal("it is asked for", case.quotes(pack, "--sysroot=/"), True)
    case.hidden.chmod(0o755)
    equal("all may read it", case.quotes(pack), shared(case.source))
    case.source.chmod(0o600)
    equal("one may read it", case.quotes(pack), False)


def shared(path):
    """Whether everybody may go where the tests' folders are."""
    return all(folder.stat().st_mode & 0o001 for folder in path.parents)


def case_packs_hold_nothing_that_the_stranger_may_not_read():
    need_root()
    case = Planted()
    pack = case.folder / "app.mtpack"
    os.chown(case.trace, STRANGER, STRANGER)
    case.app.chmod(0o711)
    said = Call("pack", "-o", pack, case.trace).says(0).stdout
    check(f"{case.app} may not be read by the owner of the trace" in said, said)
    listed = subprocess.run(["tar", "--zstd", "-tf", pack], capture_output=True, text=True, check=False)
    if listed.returncode == 0:
        check(f"root{case.app}" not in listed.stdout.split(), listed.stdout)
    case.app.chmod(0o755)
    said = Call("pack", "-o", pack, case.trace).says(0).stdout
    check("may not be read" not in said, said)


# ---- writing ----

def traced(folder, output, umask=0o022, program=LEAKY_CACHE):
    def set_umask():
        os.umask(umask)
    done = subprocess.run([program], cwd=folder, check=False, capture_output=True, text=True,
                          preexec_fn=set_umask, env={
                              **os.environ, "LD_PRELOAD": preload(),
                              "MEMTRACE_OPTIONS": f"quiet=1:output={output}"})
    equal("status", done.returncode, 0)


def mode_of(path):
    return stat.S_IMODE(path.lstat().st_mode)


def case_planted_names_are_not_written_to():
    for plant in ("file", "link", "dangling", "pipe", "folder"):
        case = Case()
        target, name = case.folder / "target", case.folder / "a.mtrace"
        target.write_text("kept")
        if plant == "file":
            name.write_text("kept")
        elif plant == "link":
            name.symlink_to(target)
        elif plant == "dangling":
            name.symlink_to(case.folder / "made")
        elif plant == "pipe":
            os.mkfifo(name)
        else:
            name.mkdir()
        before = name.lstat()
        traced(case.folder, name)
        equal(f"{plant}: target", target.read_text(), "kept")
        check(not (case.folder / "made").exists(), f"{plant}: the link was followed")
        equal(f"{plant}: inode", name.lstat().st_ino, before.st_ino)
        other = case.folder / "a.mtrace.1"
        check(stat.S_ISREG(other.lstat().st_mode), f"{plant}: no trace beside it")
        Call("report", other).says(0)


def case_traces_are_for_their_owner():
    for umask in (0, 0o077):
        case = Case()
        traced(case.folder, "new/deep/%e.mtrace", umask)
        made = case.folder / "new"
        equal("folder", [mode_of(made), mode_of(made / "deep")], [0o700, 0o700])
        (trace,) = (made / "deep").iterdir()
        equal("trace", mode_of(trace), 0o600)
        equal("all that is there", list(case.folder.iterdir()), [made])


def case_run_keeps_to_its_folder():
    case = Case()
    before = os.umask(0)
    try:
        call = Call("run", "--keep=all", "-o", "out/deep", LEAKY_CACHE, folder=case.folder)
    finally:
        os.umask(before)
    equal("status", call.status, 0)
    equal("all that is there", [path.name for path in case.folder.iterdir()], ["out"])
    equal("folder", mode_of(case.folder / "out"), 0o700)
    for path in (case.folder / "out/deep").iterdir():
        equal(path.name, mode_of(path), 0o600)


def case_reports_and_packs_follow_the_umask():
    case = Case()
    trace = case.make("a.mtrace")
    before = os.umask(0o027)
    try:
        for name, words in {"pack": ("pack", "-o"), "page": ("export", "--format=html", WIDE, "-o")}.items():
            Call(*words, case.folder / name, trace).says(0)
            equal(name, mode_of(case.folder / name), 0o640)
    finally:
        os.umask(before)


# ---- privileges ----

def case_privileged_programs_are_left_alone():
    """Even one that is linked against the library, as all are where /etc/ld.so.preload names it."""
    need_root()
    case = Case()
    if not shutil.which("cc"):
        raise Skip("needs cc")
    if case.folder.stat().st_dev and os.statvfs(case.folder).f_flag & os.ST_NOSUID:
        raise Skip("the tests' folder is mounted nosuid")
    case.folder.chmod(0o755)
    source, library = case.folder / "a.c", case.folder / "libmemtrace.so"
    source.write_text("#include <stdio.h>\n#include <stdlib.h>\n#include <sys/auxv.h>\n"
                      "#include <unistd.h>\n"
                      "int main(void)\n{\n"
                      "    printf(\"%d %lu\", geteuid(), getauxval(AT_SECURE));\n"
                      "    return !malloc(97);\n}\n")
    shutil.copy(preload(), library)
    app = case.folder / "app"
    subprocess.run(["cc", source, "-o", app, "-Wl,--no-as-needed", library, f"-Wl,-rpath,{case.folder}"],
                   check=True)
    for mode, wanted, traces in ((0o755, f"{STRANGER} 0", 1), (0o4755, "0 1", 0)):
        out = case.folder / f"out{mode}"
        out.mkdir()
        os.chown(out, STRANGER, STRANGER)
        os.chown(app, 0, 0)
        app.chmod(mode)
        done = subprocess.run([app], check=True, capture_output=True, text=True, user=STRANGER,
                              group=STRANGER, extra_groups=[], env={
                                  "MEMTRACE_OPTIONS": f"output={out}/a.mtrace"})
        equal("effective user, AT_SECURE", done.stdout, wanted)
        equal("traces", len(list(out.iterdir())), traces)
        if not traces:
            equal("stderr", done.stderr, "")


def case_privileged_programs_by_preload():
    need_root()
    case = Case()
    if os.statvfs(case.folder).f_flag & os.ST_NOSUID:
        raise Skip("the tests' folder is mounted nosuid")
    case.folder.chmod(0o777)
    app = case.folder / "app"
    shutil.copy(LEAKY_CACHE, app)
    app.chmod(0o4755)
    done = subprocess.run([app], check=False, capture_output=True, text=True, user=STRANGER,
                          group=STRANGER, extra_groups=[], cwd=case.folder, env={
                              "LD_PRELOAD": preload(), "MEMTRACE_OPTIONS": "output=x.mtrace"})
    equal("status and stderr", (done.returncode, done.stderr), (0, ""))
    equal("files", [path.name for path in case.folder.iterdir()], ["app"])


run_all(globals())
