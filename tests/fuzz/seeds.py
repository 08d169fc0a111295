#!/usr/bin/env python3
"""seeds.py: writes the inputs that fuzzing starts from: sound ones of every kind, into corpus/.

    tests/fuzz/seeds.py [TRACE...]

Those of the traces are of tests/traces/, and of the traces named, which should be small. A C compiler,
objcopy and zstd make the objects and packs. What is there already stays.
"""

import io
import shutil
import struct
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
TRACES = HERE.parent / "traces"
STEP = 16  # pieces begin and end at multiples of it, as pack.c has them


def write(kind, name, content):
    folder = HERE / "corpus" / kind
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / name).exists():
        (folder / name).write_bytes(content)


def sparse(trace):
    """As sparse_input.h says."""
    out, at = [struct.pack("<I", len(trace))], 0
    while at < len(trace):
        end = at
        while end < len(trace) and any(trace[end:end + STEP]) and end - at < 65535 - STEP:
            end += STEP
        if end > at:
            piece = trace[at:end]
            out.append(struct.pack("<IH", at, len(piece)) + piece)
        at = max(end, at + STEP)
    return b"".join(out)


def traces(extra):
    for path in sorted(TRACES.glob("*.mtrace")) + [Path(name) for name in extra]:
        write("trace", path.name.split(".")[0], sparse(path.read_bytes()))


# ---- texts ----

VALGRIND = b"""{
   a cache that is kept
   Memcheck:Leak
   match-leak-kinds: definite,possible
   fun:malloc
   fun:_ZN5Cache*
   ...
   obj:*/lib*.so*
   src:main.c
}
{
   another tool's
   Helgrind:Race
   fun:*
}
"""
DOTS = b"{\n dots\n Memcheck:Leak\n" + 11 * b" ...\n fun:a\n" + b" fun:none\n}\n"


def texts():
    for name, text in {
            "both_formats": b"# mine\nleak:^std::*grow$\nleak:libfoo.so\n\n" + VALGRIND,
            "names_of_frames": VALGRIND + b"\0malloc\n_ZN5Cache6insertEv\nmain\n/usr/lib/libfoo.so.1",
            "many_dots": DOTS + b"\0a\na\na",
            "many_stars": b"{\n stars\n Memcheck:Leak\n fun:" + 12 * b"*a" + b"*b\n}\n\0" + 200 * b"a",
            "no_end": b"{\nname\nMemcheck:Leak\nfun:a",
            "operators": b"leak:x\n\0operator[]\noperator*\nf<a?b>(int)*\n\\x",
    }.items():
        write("suppressions", name, text)
    site = (b'{"fingerprint": "b1946ac92492d234", "kind": "block", "function": "main", "place": "a.c:1",'
            b' "objects": 2, "bytes": 64}')
    for name, sites in {
            "no_sites": b"", "one_site": site, "twice": site + b", " + site,
            "two_sites": site + b",\n" + site.replace(b"b194", b"\\u0061194").replace(b"block", b"mapping"),
            "steers": site.replace(b"main", b"\\u001b[31m\\u202e"),
            "negative": site.replace(b"64", b"-64")}.items():
        write("baseline", name, b'{"schema": "memtrace-baseline/1", "fingerprint_version": 1,'
              b' "sites": [' + sites + b"]}")
    write("baseline", "deep", b"[" * 3000)
    for name, text in {
            "c": b"main\n__GI_malloc\nmemcpy@@GLIBC_2.14\nread_all.constprop.0.isra.3\n",
            "cxx": b"_ZNSt6vectorINSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEESaIS5_EE9push_back"
                   b"ERKS5_\n_ZN3app5CacheIiE6insertIJdEEEvDpT_\n_Zls\noperator<<\n",
            "rust": b"_ZN5leaky5Cache6insert17h0123456789abcdefE\n_RNvMCs4fqI2P2rA04_5leakyNtB2_5Cache6insert",
            "map": b"7f0000001000 40 LazyCompile:~handle app.js:7\n0x7f0000002000 0x10 ;x\n10 20 a\n",
            "steers": b"\x1b]0;title\x07\xc2\x9b31m\n\xe2\x80\xaee\xe2\x81\xa6\xff<b>&\"'\xef\xbf\xbe",
            "brackets": b"a<b<c<d<e>>>>::f<g>\noperator<< <int>\n" + 300 * b"x<" + 300 * b">"}.items():
        write("names", name, text)
    write("starts", "three", b"+ 17 1795000000000000000 /bin/sh\0+ 17 1795000000000000009 /bin/true\0"
          b"- 17 1795000000000000010\0+ 9 1 ?\0")


# ---- cores ----

def core(pid, segments, pointers):
    """A core file of x86-64: one thread, whose registers hold pointers; (address, bytes, flags)."""
    registers = struct.pack("<27Q", *(pointers + 27 * [0])[:27])
    status = bytearray(112) + registers + bytes(8)
    struct.pack_into("<I", status, 32, pid)
    note = struct.pack("<III8s", 5, len(status), 1, b"CORE\0") + status
    count, at = len(segments) + 1, 64 + 56 * (len(segments) + 1)
    headers = struct.pack("<IIQQQQQQ", 4, 0, at, 0, 0, len(note), 0, 4)
    content = note
    for address, data, flags in segments:
        headers += struct.pack("<IIQQQQQQ", 1, flags, at + len(content), address, 0, len(data),
                               -(-len(data) // 4096) * 4096, 4096)
        content += data
    ident = b"\x7fELF\2\1\1" + bytes(9)
    return ident + struct.pack("<HHIQQQIHHHHHH", 4, 62, 1, 0, 64, 0, 0, 64, 56, count, 0, 0, 0) + \
        headers + content


def cores():
    words = lambda *values: struct.pack(f"<{len(values)}Q", *values)
    heap = bytearray(4096)
    heap[0x10:0x20] = words(0x1003ff0, 0x1000030)
    segments = [(0x1000000, bytes(heap), 6), (0x401000, words(0x1000010, 0) * 8, 6),
                (0x7ffc00000000, words(0x7f1000000018, 0x7f2000000010), 6),
                (0x7f1000000000, bytes(64), 6)]
    registers = 19 * [0x1000010] + [0x7ffc00000000]
    for name in ("sound", "verdicts", "snapshot"):
        trace = sparse((TRACES / f"{name}.mtrace").read_bytes())
        for kind, file in {"": core(4711, segments, registers), "_of_another": core(1, segments, []),
                           "_without_memory": core(4711, [], registers)}.items():
            write("core", name + kind, struct.pack("<I", len(trace)) + trace + file)


# ---- objects ----

SOURCE = """
#include <stdlib.h>
static inline void *dup_key(const char *key) { return malloc(key[0]); }
struct entry { void *key; } table[4];
__attribute__((noinline)) void cache_insert(const char *key) { table[key[0] & 3].key = dup_key(key); }
int main(int count, char **words) { cache_insert(words[count - 1]); return table[0].key != 0; }
"""


def objects():
    variants = {"dwarf5": ["-g"], "dwarf4": ["-gdwarf-4"], "dwarf2": ["-gdwarf-2", "-gstrict-dwarf"],
                "compressed": ["-g", "-gz"], "compressed_gnu": ["-g", "-gz=zlib-gnu"],
                "split": ["-g", "-gsplit-dwarf"], "no_debug": [], "types": ["-g", "-fdebug-types-section"]}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "a.c").write_text(SOURCE)
        for variant, flags in variants.items():
            subprocess.run(["cc", "-Os", *flags, "-shared", "-fPIC", "-nostdlib", "-Wl,--build-id=none",
                            "-Wl,-z,noseparate-code", "a.c", "-o", variant], cwd=folder, check=True)
            write("object", variant, (folder / variant).read_bytes())
        subprocess.run(["objcopy", "--only-keep-debug", "dwarf5", "kept"], cwd=folder, check=True)
        subprocess.run(["objcopy", "-S", "--add-gnu-debuglink=kept", "dwarf5", "linked"], cwd=folder,
                       check=True)
        write("object", "linked", (folder / "linked").read_bytes())
        write("object", "kept", (folder / "kept").read_bytes())


# ---- packs ----

def tar(*members, mark="memtrace-pack-1", form=tarfile.PAX_FORMAT):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for name, content in ((mark, b""), *members):
            info = name if isinstance(name, tarfile.TarInfo) else tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def packs():
    link = tarfile.TarInfo("root/link")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    long = tarfile.TarInfo("root/" + 60 * "long/" + "name")
    hole = tarfile.TarInfo("trace.mtrace")
    hole.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0",
                        "GNU.sparse.name": "trace.mtrace", "GNU.sparse.realsize": "1000000"}
    trace = ("trace.mtrace", b"MEMTRACE" + bytes(1000))
    for name, content in {
            "trace": tar(trace), "all": tar(trace, ("perf.map", b"10 20 a\n"), ("root/bin/a", b"\x7fELF")),
            "link": tar(trace, (link, b"")), "out": tar(trace, ("root/../../out", b"x")),
            "twice": tar(trace, trace), "long": tar((long, b"x")), "gnu": tar((long, b"x"), form=tarfile.GNU_FORMAT),
            "sparse": tar((hole, b"1\n512\n4\n" + bytes(503) + b"data")),
            "nothing": tar(), "other_version": tar(mark="memtrace-pack-2")}.items():
        write("pack", name, content)
    if shutil.which("zstd"):
        write("pack", "packed", subprocess.run(["zstd", "-c"], input=tar(trace), capture_output=True,
                                               check=True).stdout)


traces(sys.argv[1:])
texts()
cores()
objects()
packs()
