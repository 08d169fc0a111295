#!/usr/bin/env python3
"""export_readers_test.py: what memtrace export writes is read by the programs that it is meant for,
and they find the figures of the report. Those that this machine lacks are said to be left out."""

import base64
import json
import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path

from call import Call, PROGRAMS, Skip, check, equal, run_all
from exports import Case, WIDE, export, sites_of, sums

FREED_CXX = str(PROGRAMS / "cli_freed_cxx")
PYTHON = ["-c", "import json, os, re"]


def need(program):
    if not shutil.which(program):
        raise Skip(f"needs {program}")


def run(*words, **options):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True,
                          check=False, **options)
    check(done.returncode == 0, f"{words}: status {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout


def traces():
    """A case and traces of a small program, of one in C++, and of a large one."""
    case = Case()
    yield case, case.make("c.mtrace")
    yield case, case.make("cxx.mtrace", program=FREED_CXX, options=":freed_by=on")
    python = shutil.which("python3.11", path="/usr/bin")
    if python:
        yield case, case.make("python.mtrace", *PYTHON, program=python,
                              environment={"PYTHONMALLOC": "malloc"})


# ---- pprof ----

class Pprof:
    """What `go tool pprof -raw` shows of a file."""

    def __init__(self, path):
        text = run("go", "tool", "pprof", "-symbolize=none", "-raw", path)
        head, rest = text.split("Samples:\n")
        samples, rest = rest.split("Locations\n")
        locations, self.mappings = rest.split("Mappings\n")
        self.head = head
        self.types = [word.split("/")[0] for word in samples.splitlines()[0].split()]
        self.functions = {}
        for line in locations.splitlines():
            new = re.match(r" +(\d+): (0x[0-9a-f]+ (M=\d+ ?)?)?(.*)", line)
            names = self.functions.setdefault(int(new[1]), []) if new else names
            where = (new[4] if new else line.strip()).rsplit(" s=", 1)[0]
            if where:
                names.append(where.rsplit(" ", 1)[0].split("(")[0])
        self.samples = re.findall(r"^ +([\d ]+): ?([\d ]*)$", samples, re.MULTILINE)

    def sums(self, kind):
        """A type's figures, by stack, outermost first."""
        found = Counter()
        for values, ids in self.samples:
            stack = [name for one in map(int, ids.split()) for name in self.functions[one]]
            found[tuple(reversed(stack))] += int(values.split()[self.types.index(kind)])
        return found


def bare(name):
    """The last part of a name, without templates: "assign" of "std::string::assign"."""
    while "<" in name and name != (shorter := re.sub("<[^<>]*>", "", name)):
        name = shorter
    return name.split("::")[-1]


def named(found):
    """By bare names, and without frames that have none: tools show these in ways of their own."""
    result = Counter()
    for stack, value in found.items():
        result[tuple(bare(name) for name in stack if name and "+0x" not in name)] += value
    return result


def case_pprof():
    need("go")
    for case, trace in traces():
        path = case.folder / "p.pb.gz"
        export("pprof", WIDE, "-o", path, trace)
        seen, sites = Pprof(path), sites_of(WIDE, trace)
        for kind, figure in (("inuse_objects", "objects"), ("inuse_space", "bytes"),
                             ("resident_space", "resident_bytes")):
            if any(site[figure] is None for site in sites):
                check(kind not in seen.types, f"{kind} of sites of which it is not known")
            else:
                equal(f"{trace.name}: {kind}", named(seen.sums(kind)), named(sums(sites, figure)))
        for site in sites:
            for frame in site["stack"]:
                check(not frame["build_id"] or frame["build_id"] in seen.mappings,
                      f"{frame['module']}: no mapping with its build-id")
        program = run("go", "tool", "pprof", "-symbolize=none", "-top", path)
        check("Type: inuse_space" in program and "main" in program, program)


def case_pprof_all_time():
    need("go")
    for case, trace in traces():
        path = case.folder / "p.pb.gz"
        export("pprof", WIDE, "--kind=block", "-o", path, trace)
        seen = Pprof(path)
        totals = json.loads(Call("report", "--format=json", trace).says(0).stdout)["totals"]
        for kind, figure in (("alloc_objects", "allocations"), ("alloc_space", "allocated_bytes")):
            equal(f"{trace.name}: {kind}", sum(seen.sums(kind).values()), totals[figure])
        equal("in use", sum(seen.sums("inuse_objects").values()), totals["unfreed_blocks"])
    case = Case()
    path = case.folder / "p.pb.gz"
    export("pprof", WIDE, "-o", path, case.make("c.mtrace", options=":sample=64"))
    check("alloc_objects" not in Pprof(path).types, "all-time figures that nobody counted")


def case_pprof_of_the_peak():
    need("go")
    for case, trace in traces():
        path = case.folder / "p.pb.gz"
        export("pprof", "--at=peak", "-o", path, trace)
        peak = json.loads(Call("report", "--format=json", "--no-builtin-suppressions", "--at=peak",
                               trace).says(0).stdout)
        equal(trace.name, sum(Pprof(path).sums("peak_space").values()),
              sum(site["bytes"] for site in peak["sites"]))


def case_pprof_of_several_processes():
    need("go")
    case = Case()
    for name in ("a.mtrace", "b.mtrace"):
        case.make(name)
    path = case.folder / "p.pb.gz"
    export("pprof", WIDE, "-o", path, case.folder)
    equal("bytes", sum(Pprof(path).sums("inuse_space").values()), 2 * (808 + 512))
    tags = run("go", "tool", "pprof", "-symbolize=none", "-tags", path)
    check(tags.count("cli_leaky_cache (") == 2 and "definite" in tags, tags)


# ---- speedscope ----

def speedscope_page(case, path):
    """The sandwich view of the file, as the browser has it."""
    need("chromium")
    need("speedscope")
    release = Path(shutil.which("speedscope")).resolve().parent.parent / "dist" / "release"
    script = case.folder / "profile.js"
    packed = base64.b64encode(path.read_bytes()).decode()
    script.write_text(f'speedscope.loadFileFromBase64("leaks.json", "{packed}")')
    return run("timeout", "100", "chromium", "--headless", "--no-sandbox", "--disable-gpu",
               "--allow-file-access-from-files", "--virtual-time-budget=20000",
               f"--user-data-dir={case.folder}/chromium", "--dump-dom",
               f"file://{release}/index.html#localProfilePath={script}&view=sandwich")


def case_speedscope():
    for case, trace in traces():
        path = case.folder / "leaks.json"
        export("speedscope", WIDE, "-o", path, trace)
        document, sites = json.loads(path.read_text()), sites_of(WIDE, trace)
        names = [frame["name"] for frame in document["shared"]["frames"]]
        for profile, figure in zip(document["profiles"], ("bytes", "objects", "resident_bytes")):
            found = Counter()
            for stack, weight in zip(profile["samples"], profile["weights"]):
                found[tuple(names[frame].split("(")[0] for frame in stack)] += weight
            equal(f"{trace.name}: {profile['name']}", named(found), named(sums(sites, figure)))
            equal("end", profile["endValue"], sum(profile["weights"]))


def case_speedscope_importer():
    case = Case()
    path = case.folder / "leaks.json"
    export("speedscope", WIDE, "-o", path, case.make("c.mtrace"))
    page = speedscope_page(case, path)
    for part in ("cli_leaky_cache (", "): bytes", "): objects", "1.29 KB", "dup_key",
                 "handle_request"):
        check(part in page, f"no {part!r} in the page: {page[-3000:]}")


# ---- massif ----

def case_massif():
    need("ms_print")
    for case, trace in traces():
        path = case.folder / "massif.out"
        export("massif", WIDE, "-o", path, trace)
        text, sites = run("ms_print", path), sites_of(WIDE, trace)
        total = sum(site["bytes"] for site in sites)
        check(f"100.00% ({total:,}B) (heap allocation functions)" in text, text[-3000:])
        innermost = Counter()
        for site in sites:
            frame = site["stack"][0]
            innermost[int(frame["address"], 16)] += site["bytes"]
        found = {int(address, 16): int(value.replace(",", "")) for value, address in
                 re.findall(r"^->\d\d\.\d\d% \(([\d,]+)B\) (0x[0-9A-F]+):", text, re.MULTILINE)}
        equal(trace.name, found, {address: value for address, value in innermost.items()
                                  if value * 100 >= total})
        others = re.search(r"^->\S+ \(([\d,]+)B\) in \d+ places?, all below", text, re.MULTILINE)
        equal("the others", int(others[1].replace(",", "")) if others else 0,
              total - sum(found.values()))


def case_massif_over_time():
    need("ms_print")
    case = Case()
    path = case.folder / "massif.out"
    export("massif", WIDE, "-o", path, case.make("c.mtrace"))
    times = [int(time) for time in re.findall(r"^time=(\d+)", path.read_text(), re.MULTILINE)]
    equal("order", times, sorted(times))
    check(len(times) >= 2 and "Detailed snapshots: [" in run("ms_print", path), path.read_text())


# ---- heaptrack ----

def case_heaptrack():
    need("heaptrack_print")
    for case, trace in traces():
        sites = sites_of(WIDE, trace)
        for ending in ("", ".gz", ".zst"):
            path = case.folder / f"heaptrack{ending}"
            export("heaptrack", WIDE, "-o", path, trace)
            stacks = case.folder / "stacks"
            text = run("heaptrack_print", "-f", path, "-F", stacks, "--flamegraph-cost-type",
                       "leaked", "--disable-builtin-suppressions")
            equal("failures", re.findall("failed to parse.*", text), [])
            equal(f"{path.name}: bytes", sum(int(line.rpartition(" ")[2]) for line in
                                             stacks.read_text().splitlines()),
                  sum(site["bytes"] for site in sites))
            calls = re.search(r"calls to allocation functions: (\d+)", text)[1]
            equal(f"{path.name}: calls", int(calls), sum(site["objects"] for site in sites))


def case_heaptrack_names_and_lines():
    need("heaptrack_print")
    case = Case()
    path = case.folder / "heaptrack.gz"
    export("heaptrack", WIDE, "-o", path, case.make("c.mtrace"))
    text = run("heaptrack_print", "-f", path, "-l", "1")
    for part in ("512B leaked over 16 calls from", "dup_key\n  at ", "leaky_cache.c:28\n",
                 "cache_insert\n  at ", "cli_leaky_cache\n", "total memory leaked: 1.32K"):
        check(part in text, f"no {part!r} in: {text}")


run_all(globals())
