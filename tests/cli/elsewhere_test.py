#!/usr/bin/env python3
"""elsewhere_test.py: symbols that are not where the program was: on a debuginfod server, in a map
that a runtime wrote, in a pack. And packs that somebody made to do harm."""

import http.server
import io
import os
import random
import re
import shutil
import socket
import struct
import subprocess
import tarfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path

from call import Call, PROGRAMS, Skip, check, equal, run_all
from exports import Case, WIDE, export, sites_of

GENERATED = PROGRAMS / "cli_generated"
LINES = [("dup_key", 14), ("cache_insert", 20), ("handle_request", 28), ("main", 37)]


def tool(*words, **options):
    if not shutil.which(words[0]):
        raise Skip(f"needs {words[0]}")
    subprocess.run([str(word) for word in words], check=True, capture_output=True, **options)


class Moved(Case):
    """leaky_cache.c, compiled and traced in a folder; its debug information is taken out of it."""

    def __init__(self):
        super().__init__()
        self.app, self.debug = self.folder / "app", self.folder / "kept"
        tool("cc", "-g", "-O2", Path(__file__).with_name("leaky_cache.c"), "-o", self.app)
        tool("objcopy", "--only-keep-debug", self.app, self.debug)
        tool("strip", self.app)
        self.trace = self.make("app.mtrace", program=str(self.app))
        notes = subprocess.run(["readelf", "-n", self.app], capture_output=True, text=True,
                               check=True).stdout
        self.build_id = re.search("Build ID: ([0-9a-f]+)", notes)[1]

    def lines(self, *words, trace=None, environment=None):
        """Functions and lines of the 16 blocks, up to main."""
        return lines_of(self.app, *words, trace or self.trace, environment=environment)


def lines_of(app, *words, environment=None):
    (site,) = [site for site in sites_of(WIDE, *words, environment=environment)
               if site["objects"] == 16]
    return [(frame["function"], frame["line"]) for frame in site["stack"]
            if frame["module"] == str(app) and frame["line"]]


# ---- debuginfod ----

@contextmanager
def server(files):
    """What debuginfod serves, from a table of paths; yields its environment and what was asked."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):  # pylint: disable=invalid-name
            asked.append(self.path)
            content = files.get(self.path)
            if content is None:
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):  # pylint: disable=arguments-differ
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http_server:
        threading.Thread(target=http_server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{http_server.server_port}", asked
        http_server.shutdown()


def environment_of(case, url):
    return {"DEBUGINFOD_URLS": url, "DEBUGINFOD_CACHE_PATH": str(case.folder / "cache")}


def need_library():
    done = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=False)
    if "libdebuginfod.so.1" not in done.stdout:
        raise Skip("needs libdebuginfod")


def case_debuginfod_is_asked_where_it_is_allowed():
    need_library()
    case = Moved()
    with server({f"/buildid/{case.build_id}/debuginfo": case.debug.read_bytes()}) as (url, asked):
        environment = environment_of(case, url)
        equal("without it", case.lines(environment=environment), [])
        equal("asked", asked, [])
        equal("with it", case.lines("--debuginfod", environment=environment), LINES)
        equal("asked", asked[0], f"/buildid/{case.build_id}/debuginfo")
        del asked[:]
        equal("from its cache", case.lines("--debuginfod", environment=environment), LINES)
        check(f"/buildid/{case.build_id}/debuginfo" not in asked, str(asked))


def case_debuginfod_of_a_program_that_is_gone():
    need_library()
    case = Moved()
    case.app.unlink()
    with server({f"/buildid/{case.build_id}/debuginfo": case.debug.read_bytes()}) as (url, _):
        equal("lines", case.lines("--debuginfod", environment=environment_of(case, url)), LINES)


def case_debuginfod_that_sends_another_file():
    need_library()
    case = Moved()
    wrong = Path("/bin/true").read_bytes()
    with server({f"/buildid/{case.build_id}/debuginfo": wrong}) as (url, asked):
        equal("lines", case.lines("--debuginfod", environment=environment_of(case, url)), [])
        check(asked, "the server was not asked")


def folded(case):
    """Its debug information with compressed sections."""
    path = case.folder / "folded"
    tool("objcopy", "--compress-debug-sections=zlib-gabi", case.debug, path)
    return path.read_bytes()


def bloated(content):
    """Compressed sections that claim to unfold to 2^44 bytes."""
    content = bytearray(content)
    first, = struct.unpack_from("<Q", content, 0x28)  # e_shoff
    for at in range(first, first + 64 * struct.unpack_from("<H", content, 0x3c)[0], 64):
        flags, _, offset = struct.unpack_from("<QQQ", content, at + 8)
        if flags & 0x800:  # SHF_COMPRESSED: its header's second word is the size
            struct.pack_into("<Q", content, offset + 8, 1 << 44)
    return bytes(content)


def damaged(content, chance):
    """The notes at its beginning stay, so that it is taken for the file that was asked for."""
    content = bytearray(content)
    for _ in range(200):
        content[chance.randrange(0x400, len(content))] = chance.randrange(256)
    return bytes(content)


def case_debuginfod_that_sends_rubbish():
    need_library()
    case = Moved()
    true, chance = case.debug.read_bytes(), random.Random(1)
    sent = {"nothing": b"", "a page": b"<html>out of order</html>" * 50,
            "noise": b"\x7fELF" + chance.randbytes(5000), "a half": true[:len(true) // 2],
            "a bomb": bloated(folded(case)), "folded": folded(case),
            **{f"damaged {number}": damaged(true, chance) for number in range(6)}}
    for name, content in sent.items():
        cache = case.folder / f"cache of {name}"
        with server({f"/buildid/{case.build_id}/debuginfo": content}) as (url, asked):
            lines = case.lines("--debuginfod", "--debuginfod-timeout=50", environment={
                "DEBUGINFOD_URLS": url, "DEBUGINFOD_CACHE_PATH": str(cache)})
            check(asked, f"{name}: the server was not asked")
        if not name.startswith("damaged"):  # what of it can be read may be right, or not
            equal(name, lines, LINES if name == "folded" else [])


def case_debuginfod_that_does_not_answer():
    need_library()
    case = Moved()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        environment = environment_of(case, f"http://127.0.0.1:{silent.getsockname()[1]}")
        begin = time.monotonic()
        equal("lines", case.lines("--debuginfod-timeout=1", environment=environment), [])
        check(time.monotonic() - begin < 15, "it was waited for too long")


def case_debuginfod_without_a_server():
    case = Moved()
    Call("report", "--debuginfod", case.trace, environment={"DEBUGINFOD_URLS": ""}).says(2) \
        .one_line("DEBUGINFOD_URLS names no server", "(try: ")
    Call("report", "--debuginfod-timeout=0", case.trace).says(2).one_line("too short")


# ---- code that was made at run time ----

def names_of_generated(trace, *words):
    (site,) = [site for site in sites_of(WIDE, *words, trace) if site["bytes"] == 3 * 1009]
    return site["stack"][0]["function"]


@contextmanager
def perf_map(case):
    """A trace of the program, and the map that it left in /tmp."""
    trace = case.make("g.mtrace", program=str(GENERATED))
    pid = re.search(r" pid=(\d+)", Call("dump", trace).says(0).stdout)[1]
    path = Path(f"/tmp/perf-{pid}.map")
    try:
        yield trace, path
    finally:
        path.unlink(missing_ok=True)


def case_generated_code_has_names():
    case = Case()
    with perf_map(case) as (trace, _):
        equal("name", names_of_generated(trace), "LazyCompile:~handle app.js:7")
        check("LazyCompile:~handle" in Call("report", WIDE, trace).says(0).stdout, "text")


def case_maps_that_may_be_planted():
    case = Case()
    with perf_map(case) as (trace, path):
        def nameless(why):
            equal(why, names_of_generated(trace), None)
        written = path.stat().st_mtime
        path.chmod(0o666)
        nameless("anyone could have written it")
        path.chmod(0o644)
        os.utime(path, (1, 1))
        nameless("it is older than the process")
        os.utime(path, (time.time() + 3600, time.time() + 3600))
        nameless("it is of a later process")
        os.utime(path, (written, written))
        equal("as it was", names_of_generated(trace), "LazyCompile:~handle app.js:7")
        if os.geteuid() == 0:
            os.chown(path, 12345, 12345)
            nameless("it is somebody else's")
            os.chown(path, 0, 0)
        path.rename(case.folder / "map")
        path.symlink_to(case.folder / "map")
        nameless("it is a link")
        path.unlink()
        os.mkfifo(path)
        nameless("it is a pipe")
        path.unlink()
        path.write_text("zz zz zz\n" * 3 + "1 2\n\nffffffffffffffff 10 end\n10 0 empty\n1 ")
        nameless("it says nothing")


def case_names_of_generated_code_are_made_printable():
    case = Case()
    with perf_map(case) as (trace, path):
        path.write_bytes(path.read_bytes().replace(b"~handle", b"\x1b[31m\xff;~handle"))
        for words in (("report", WIDE), ("export", "--format=folded", WIDE),
                      ("export", "--format=massif", WIDE)):
            text = Call(*words, trace).says(0).stdout
            check("\x1b" not in text and "~handle" in text, f"{words}: {text!r}")
        check(";~handle" not in export("folded", WIDE, trace).stdout, "a name ends a frame")


# ---- packs ----

def case_pack():
    case = Moved()
    home = Path("/usr/lib/debug/.build-id") / case.build_id[:2]
    root = case.folder / "sysroot"
    debug = Path(f"{root}{home}") / f"{case.build_id[2:]}.debug"
    debug.parent.mkdir(parents=True)
    shutil.copy(case.debug, debug)
    said = Call("pack", f"--sysroot={root}", case.trace, folder=case.folder).says(0).stdout
    check(re.fullmatch(r"memtrace: packed the trace and \d+ files with symbols into app.mtpack\n",
                       said), said)
    before = Call("report", WIDE, f"--sysroot={root}", case.trace).says(0).stdout
    shutil.rmtree(root)
    case.app.unlink()
    pack = case.folder / "app.mtpack"
    equal("lines", case.lines(trace=pack), LINES)
    equal("text", Call("report", WIDE, "--sysroot=/", pack).says(0).stdout, before)
    scratch = case.folder / "scratch"
    scratch.mkdir()
    for words in (("dump",), ("map",), ("check", "--leaks=unfreed", "--exit-code=0"),
                  ("export", "--format=folded")):
        Call(*words, pack, environment={"TMPDIR": str(scratch)}).says(0)
    equal("left behind", list(scratch.iterdir()), [])
    Call("diff", WIDE, pack, pack).says(0)


def case_pack_takes_generated_names_along():
    case = Case()
    with perf_map(case) as (trace, _):
        Call("pack", trace, folder=case.folder).says(0)
    equal("here", names_of_generated(trace), None)
    equal("packed", names_of_generated(case.folder / "g.mtpack"), "LazyCompile:~handle app.js:7")


def case_pack_through_a_pipe():
    case = Case()
    trace, pack = case.make("c.mtrace"), case.folder / "piped"
    with open(pack, "wb") as file:
        subprocess.run([*Call("--version").words[:1], "pack", "-o", "-", trace], stdout=file,
                       check=True)
    equal("sites", sites_of(WIDE, pack), sites_of(WIDE, trace))


def case_pack_of_a_trace_with_holes():
    case = Case()
    trace, pack = case.make("c.mtrace"), case.folder / "c.mtpack"
    wanted = sites_of(WIDE, trace)
    with open(trace, "r+b") as file:
        file.truncate(8 << 30)
    begin = time.monotonic()
    Call("pack", "-o", pack, trace).says(0)
    scratch = case.folder / "scratch"
    scratch.mkdir()
    check(pack.stat().st_size < 20 << 20, f"{pack.stat().st_size} bytes of hole in the pack")
    equal("sites", sites_of(WIDE, pack, environment={"TMPDIR": str(scratch)}), wanted)
    check(time.monotonic() - begin < 60, "holes take too long")


def case_pack_says_what_it_lacks():
    case = Moved()
    case.app.unlink()
    said = Call("pack", case.trace, folder=case.folder).says(0).stdout
    check(f"note: {case.app} is not on this machine: its frames will have no names" in said, said)


def case_pack_of_a_module_by_a_crooked_path():
    """A program says how a library is called; in a pack such names have no place."""
    for crooked in ".", "/", "../{}":
        case = Case()
        source, app = case.folder / "app.c", case.folder / "app"
        source.write_text("""#include <dlfcn.h>
            #include <stdlib.h>
            int main(int count, char **words)
            {
                void *library = dlopen(words[1], RTLD_NOW);
                void *(*make)(void) = (void *(*)(void))dlsym(library, "make");
                return count != 2 || !make();
            }""")
        tool("cc", "-g", source, "-o", app, "-ldl")
        source.write_text("#include <stdlib.h>\nvoid *make(void)\n{\n    return malloc(77);\n}\n")
        tool("cc", "-g", "-shared", "-fPIC", source, "-o", case.folder / "made.so")
        name = f"{case.folder}/{crooked.format(case.folder.name)}/made.so"
        trace, pack = case.make("c.mtrace", name, program=app), case.folder / "c.mtpack"
        check(name in Call("dump", trace).says(0).stdout, f"the trace says nothing of {name}")
        Call("pack", "-o", pack, trace).says(0)
        (site,) = [site for site in sites_of(WIDE, pack) if site["bytes"] == 77]
        check("main" in [frame["function"] for frame in site["stack"]], f"{crooked}: {site['stack']}")


def case_pack_that_cannot_be_written():
    case = Case()
    trace = case.make("c.mtrace")
    Call("pack", "-o", case.folder / "no" / "such", trace).says(2).one_line("cannot be written")
    Call("pack", "-o", "/dev/full", trace).says(2).one_line("cannot be written")
    Call("pack", case.folder / "none.mtrace").says(3).one_line("No such file")
    Call("pack", "-o", case.folder / "p", trace).says(0)
    Call("pack", "-o", case.folder / "q", case.folder / "p").says(2).one_line("is a pack already")


# ---- packs that do harm ----

def packed(case, *members, mark="memtrace-pack-1"):
    """A pack with these members: names and contents, or whole tarfile.TarInfo."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, content in ((mark, b""), *members):
            info = name if isinstance(name, tarfile.TarInfo) else tarfile.TarInfo(name)
            if not isinstance(name, tarfile.TarInfo):
                info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return compressed(case, plain.getvalue())


def compressed(case, plain):
    path = case.folder / "bad.mtpack"
    if not shutil.which("zstd"):
        raise Skip("needs zstd")
    path.write_bytes(subprocess.run(["zstd", "-c"], input=plain, capture_output=True,
                                    check=True).stdout)
    return path


def refused(case, path, *parts, commands=("report", "dump")):
    scratch = case.folder / "scratch"
    scratch.mkdir(exist_ok=True)
    for command in commands:
        Call(command, path, environment={"TMPDIR": str(scratch)}).says(3, "").one_line(*parts)
    equal("left behind", list(scratch.iterdir()), [])


def link(name, kind, to, size=0):
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, to, size
    return info


def case_packs_with_names_that_lead_out():
    case = Case()
    trace = ("trace.mtrace", case.make("c.mtrace").read_bytes())
    for name in ("../escaped", "/tmp/escaped", "root/../../escaped", "root//x", "root/./x",
                 "root/", "other", "trace.mtrace/x", "root/a/.."):
        refused(case, packed(case, trace, (name, b"x")), "bad.mtpack: ")
    refused(case, packed(case, trace, trace), "trace.mtrace cannot be unpacked: File exists")
    for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE,
                 tarfile.CHRTYPE):
        refused(case, packed(case, trace, (link("root/x", kind, "trace.mtrace"), b"")),
                "holds root/x", "which has no place in a pack")
    check(not Path("/tmp/escaped").exists(), "a file came out where it should not")


def case_packs_by_other_writers():
    """What a header says of the next one may be more than its size, and counts more than what that
    says itself; a file may be said to lie in one piece."""
    case = Case()
    trace = case.make("c.mtrace")
    content, other = trace.read_bytes(), tarfile.TarInfo("root/x")
    other.pax_headers = {"comment": "by another", "size": "512"}
    plain = (tarfile.TarInfo("memtrace-pack-1").tobuf() + other.tobuf(tarfile.PAX_FORMAT) +
             512 * b"z" + link("trace.mtrace", tarfile.CONTTYPE, "", len(content)).tobuf() +
             content + bytes(-len(content) % 512 + 1024))
    equal("sites", sites_of(WIDE, compressed(case, plain)), sites_of(WIDE, trace))


def case_packs_that_grow_beyond_measure():
    case = Case()
    refused(case, packed(case, ("trace.mtrace", bytes(300 << 20))), "grows beyond all measure",
            commands=["report"])


def case_packs_with_too_many_files():
    case = Case()
    refused(case, packed(case, *((f"root/{number}", b"") for number in range(10001))),
            "has more than 10000 files")


def case_packs_that_are_none():
    case = Case()
    trace = ("trace.mtrace", case.make("c.mtrace").read_bytes())
    refused(case, packed(case, trace, mark="readme"), "is compressed, but not a pack")
    refused(case, packed(case, trace, mark="memtrace-pack-2"), "(update memtrace)")
    refused(case, packed(case), "holds no trace")
    refused(case, packed(case, ("root/x", b"x")), "holds no trace")
    refused(case, packed(case, ("trace.mtrace", b"none" * 999)), "not a trace")
    whole = packed(case, trace).read_bytes()
    path = case.folder / "bad.mtpack"
    for bytes_kept in (4, 100, len(whole) // 2, len(whole) - 10):
        path.write_bytes(whole[:bytes_kept])
        refused(case, path, "bad.mtpack: ")
    path.write_bytes(whole[:200] + bytes(100) + whole[300:])
    refused(case, path, "bad.mtpack: ")


run_all(globals())
