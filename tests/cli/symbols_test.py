#!/usr/bin/env python3
"""symbols_test.py: names and lines in reports of one program built in many ways, and of files that are
stripped, elsewhere, replaced or gone."""

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

from call import Call, Skip, check, equal, preload, report, run_all

HERE = Path(__file__).resolve().parent
WITH_LINES = [("dup_key", 14, True), ("cache_insert", 20, False), ("handle_request", 28, False),
              ("main", 37, False)]
WITHOUT_LINES = [("cache_insert", None, False), ("handle_request", None, False),
                 ("main", None, False)]

RUST_NAMES = ("leaky::Cache::insert", "<leaky::Cache>::insert")  # old and new mangling


def tool(*words, cwd):
    if not shutil.which(words[0]):
        raise Skip(f"no {words[0]} here")
    done = subprocess.run(words, cwd=cwd, capture_output=True, text=True)
    if done.returncode != 0:
        raise Skip(f"{' '.join(words)}: {done.stderr[:200]}")


class Program:
    """leaky_cache.c, compiled in a folder of its own and run once under the tracer."""

    def __init__(self, *flags, compiler="cc", source="leaky_cache.c", prepare=None):
        self.scratch = tempfile.TemporaryDirectory(prefix="memtrace-test-")
        self.folder = Path(self.scratch.name)
        self.path = self.folder / "app"
        shutil.copy(HERE / source, self.folder)
        tool(compiler, *flags, source, "-o", "app", cwd=self.folder)
        if prepare:
            prepare(self)
        self.trace = self.folder / "app.mtrace"
        subprocess.run([self.path], check=True, cwd=self.folder, env={
            **os.environ, "LD_PRELOAD": preload(),
            "MEMTRACE_OPTIONS": f"quiet=1:output={self.trace}"})

    def site(self, size, *options):
        """The stack of the site with blocks of that size, and what the text report says."""
        sites = [site for site in report(self.trace, *options)["sites"]
                 if site["bytes"] == size * site["objects"]]
        equal(f"sites with blocks of {size} bytes", len(sites), 1)
        return sites[0]

    def stack(self, *options):
        """(function, line, inlined) of the frames up to main."""
        stack = [(frame["function"], frame["line"], frame["inlined"])
                 for frame in self.site(32, *options)["stack"]]
        names = [name for name, _, _ in stack]
        return stack[:names.index("main") + 1] if "main" in names else stack

    def text(self, *options):
        return Call("report", *options, self.trace, folder=self.folder).says(0).stdout


def case_every_kind_of_debug_information():
    for compiler, flags in [
            ("gcc", "-g -O2"), ("gcc", "-g -O0"), ("gcc", "-g -O2 -gdwarf-4"),
            ("gcc", "-g -O2 -gsplit-dwarf"), ("gcc", "-g -O2 -no-pie"), ("gcc", "-g -O2 -gz"),
            ("gcc", "-g -O2 -flto"), ("gcc", "-g -O2 -Wl,--build-id=none"), ("gcc", "-g1 -O2"),
            ("clang", "-g -O1"), ("clang", "-g -O1 -gdwarf-5 -gsplit-dwarf")]:
        try:
            program = Program(*flags.split(), compiler=compiler)
        except Skip:
            if compiler == "gcc" and "-gz" not in flags:
                raise
            continue
        equal(f"{compiler} {flags}", program.stack(), WITH_LINES)
        equal("file", program.site(32)["stack"][0]["file"], "leaky_cache.c")


def case_symbols_alone():
    program = Program("-O2")
    equal("stack", program.stack(), WITHOUT_LINES)
    check("next: build with -g" in program.text(), "no advice")


def unnamed(program, *options):
    """The stack must be module+offset only."""
    frame = program.site(32, *options)["stack"][0]
    equal("function", frame["function"], None)
    equal("line", frame["line"], None)
    equal("module", frame["module"], str(program.path))
    check(f"\n    app+{frame['offset']}\n" in program.text(*options), "no module+offset")


def case_nothing_at_all():
    unnamed(Program("-O2", "-s"))


def case_exported_names_of_a_stripped_program():
    program = Program("-O2", "-s", "-rdynamic")
    names = [name for name, _, _ in program.stack()]
    equal("names", names[:3], [None, "handle_request", "main"])


def separate(program):
    tool("objcopy", "--only-keep-debug", "app", "symbols", cwd=program.folder)
    tool("strip", "app", cwd=program.folder)


def link(program):
    separate(program)
    (program.folder / "symbols").rename(program.folder / "app.debug")
    tool("objcopy", "--add-gnu-debuglink=app.debug", "app", cwd=program.folder)


def case_debug_file_by_link():
    program = Program("-g", "-O2", prepare=link)
    equal("beside", program.stack(), WITH_LINES)
    (program.folder / ".debug").mkdir()
    (program.folder / "app.debug").rename(program.folder / ".debug" / "app.debug")
    equal("in .debug", program.stack(), WITH_LINES)
    tool("objcopy", "--strip-debug", ".debug/app.debug", cwd=program.folder)
    equal("without lines", program.stack(), WITHOUT_LINES)


def case_debug_file_by_link_without_build_id():
    program = Program("-g", "-O2", "-Wl,--build-id=none", prepare=link)
    equal("beside", program.stack(), WITH_LINES)
    with open(program.folder / "app.debug", "ab") as debug:
        debug.write(b"x")  # its checksum is another now
    unnamed(program)


def case_sysroot():
    program = Program("-g", "-O2", prepare=separate)
    unnamed(program)
    build_id = program.site(32)["stack"][0]["build_id"]
    root = program.folder / "root"
    by_id = root / "usr/lib/debug/.build-id" / build_id[:2]
    by_id.mkdir(parents=True)
    (program.folder / "symbols").rename(by_id / f"{build_id[2:]}.debug")
    equal("debug file in sysroot", program.stack(f"--sysroot={root}"), WITH_LINES)
    check("leaky_cache.c:14" in program.text("--sysroot=root"), "a relative sysroot")

    moved = root / str(program.path).lstrip("/")
    moved.parent.mkdir(parents=True)
    program.path.rename(moved)
    equal("program in sysroot", program.stack(f"--sysroot={root}"), WITH_LINES)
    moved.unlink()
    equal("debug file alone", program.stack(f"--sysroot={root}"), WITH_LINES)


def case_file_gone_or_replaced():
    program = Program("-g", "-O2")
    program.path.rename(program.folder / "elsewhere")
    unnamed(program)
    equal("notes", program.text().count(f"note: {program.path} is not on this machine"), 1)
    shutil.copy("/bin/true", program.path)
    unnamed(program)
    equal("notes", program.text().count(f"note: {program.path} is not the file that ran"), 1)
    os.unlink(program.path)
    os.mkfifo(program.path)
    unnamed(program)


def case_no_network():
    program = Program("-g", "-O2", prepare=separate)
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        urls = f"http://127.0.0.1:{server.getsockname()[1]}"
        call = Call("report", program.trace, environment={"DEBUGINFOD_URLS": urls}).says(0)
        equal("stderr", call.stderr, "")
        try:
            server.accept()
        except TimeoutError:
            return
    check(False, "a debuginfod server was asked")


def case_names_of_cxx():
    for flags in (["-g", "-O2"], ["-g", "-O0"], ["-O0"]):
        program = Program(*flags, compiler="c++", source="leaky_names.cc")
        text = program.text()
        rows = {line.split("  ")[-1] for line in text.splitlines() if " in " in line and "%" in line}
        wanted = {"app::(anonymous namespace)::hidden", "app::make<std::string>", "main"}
        if flags != ["-g", "-O2"]:
            wanted |= {"main::{lambda(unsigned long)#1}::operator()", "app::Cache::insert"}
        check(wanted <= rows, f"{flags}: {wanted - rows} not in {rows}")
        names = [frame["function"] for frame in program.site(2003)["stack"]]
        equal("full name", names[0], "app::(anonymous namespace)::hidden(unsigned long)")


def case_fingerprints_survive_another_build():
    prints = set()
    for flags in ("-g -O2", "-g -O1", "-g -O2 -no-pie", "-g -O3 -fno-plt"):
        prints.add(Program(*flags.split()).site(32)["fingerprint"])
    equal("fingerprints", len(prints), 1)


def case_names_of_rust():
    with tempfile.TemporaryDirectory(prefix="memtrace-test-") as folder:
        source = Path(folder) / "leaky.rs"
        source.write_text("struct Cache { keys: Vec<Vec<u8>> }\n"
                          "impl Cache {\n"
                          "    #[inline(never)] fn insert(&mut self) { self.keys.push(vec![7; 1009]) }\n"
                          "}\n"
                          "fn main() {\n"
                          "    let mut cache = Cache { keys: Vec::new() };\n"
                          "    cache.insert();\n"
                          "    std::mem::forget(cache);\n"
                          "}\n")
        tool("rustc", "-g", "-O", str(source), cwd=folder)
        trace = Path(folder) / "a.mtrace"
        subprocess.run([Path(folder) / "leaky"], check=True, env={
            **os.environ, "LD_PRELOAD": preload(), "MEMTRACE_OPTIONS": f"quiet=1:output={trace}"})
        site = [site for site in report(trace)["sites"] if site["bytes"] == 1009][0]
        lines = {frame["function"]: frame["line"] for frame in site["stack"]}
        name = next((name for name in lines if name in RUST_NAMES), None)
        check(name, f"neither of {RUST_NAMES} in {lines}")
        equal("line", lines[name], 3)
        check(not any("17h" in (known or "") for known in lines), f"a hash in {lines}")
        rows = Call("report", trace).says(0).stdout
        check(f"  {name}  definite\n" in rows, rows)


run_all(globals())
