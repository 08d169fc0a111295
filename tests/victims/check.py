#!/usr/bin/env python3
"""check.py BINARY SOURCE [verify]: runs a victim and holds what memtrace reports against the EXPECT
lines of the comment at the top of its source (expectations.py says what they can be).

Always: stdout, stderr and status are the same with and without the preload; nothing is lost, no
stack is cut; each block a victim's own code made and left is in an EXPECT line. `verify` has the
preload compare each stack with libunwind's own walk."""

import ctypes.util
import os
import re
import signal
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from expectations import Expectations
from harness import (Failure, Skip, check, dump, equal, main, report, run, same_behaviour, scratch)

# Modules that stand between a victim's line and the function that gave the block.
WRAPPERS = re.compile(r"lib(stdc\+\+|jemalloc|tcmalloc|mimalloc)|vgpreload")
ALLOCATORS = {"jemalloc": "jemalloc", "tcmalloc": "tcmalloc_minimal", "mimalloc": "mimalloc"}
COMPARE = {"=": lambda a, b: a == b, ">=": lambda a, b: a >= b, "<=": lambda a, b: a <= b}


def function_name(frame) -> str:
    """`leak` of "leak(unsigned long)"; a frame without a name is its module."""
    return re.sub(r"\(.*", "", frame["function"] or Path(frame["module"] or "?").name)


def own_sites(sites, folder):
    """The sites whose block a victim's own code asked for, wrappers skipped; each with the frames
    from that code on."""
    for site in sites:
        for depth, frame in enumerate(site["stack"]):
            module = frame["module"] or ""
            if Path(module).parent == folder:
                yield site, site["stack"][depth:]
            if not WRAPPERS.search(module):
                break


def matches(wanted, site, frames) -> bool:
    names = [function_name(frame) for frame in frames]
    return (wanted.get("function", site["function"]).replace("_", " ") ==
            site["function"].replace("_", " ") and
            wanted["in"].replace("_", " ") == names[0].replace("_", " ") and
            ("thread" not in wanted or site["threads"] == [wanted["thread"]]) and
            ("kind" not in wanted or site["mapping_kind"] == wanted["kind"]) and
            ("storage" not in wanted or list(site["storage"]) == [wanted["storage"]]) and
            ("via" not in wanted or names[:wanted["via"].count("<") + 1] == wanted["via"].split("<")))


def line_of(site, frames) -> str:
    chain = "<".join(function_name(frame) for frame in frames)
    return (f"function={site['function']} {site['kind']}s={site['objects']} bytes={site['bytes']} "
            f"threads={site['threads']} storage={site['storage']} kind={site['mapping_kind']} "
            f"via={chain}")


def hold(process, wanted, sites, folder, kind="block"):
    """Every EXPECT line has its objects and bytes, and every site of the victim's own its line."""
    left = list(own_sites([site for site in sites if site["kind"] == kind], folder))
    everything = "\n  ".join(["of these sites:"] + [line_of(*site) for site in left])
    for line in wanted:
        found = [site for site in left if matches(line, *site)]
        left = [site for site in left if not matches(line, *site)]
        counts = {f"{kind}s": sum(site["objects"] for site, _ in found),
                  "bytes": sum(site["bytes"] for site, _ in found)}
        for key, count in counts.items():
            check(line[key] in (str(count), "any"),
                  f"{process}: {count} {key} of {line}\n  {everything}")
    check(not left, "\n  ".join([f"{process}: unfreed, but in no EXPECT line:"] +
                                [line_of(*site) for site in left]))


def value_at(found, path):
    for key in path.split("."):
        found = found[key]
    return found


def hold_values(process, wanted, found):
    defaults = [("trace.lost_blocks", "=", "0"), ("trace.lost_stacks", "=", "0"),
                ("trace.truncated_stacks", "=", "0"), ("process.end", "=", "exited")]
    said = {path for path, _, _ in wanted}
    for path, operator, text in wanted + [d for d in defaults if d[0] not in said]:
        if text == "any":
            continue
        value = value_at(found, path)
        number = text.lstrip("-").isdigit()
        check(COMPARE[operator](value, int(text)) if number and value is not None
              else COMPARE[operator](str(value), text),
              f"{process}: {path} is {value!r}, wanted {operator}{text}")


def storage_of(stdout) -> dict:
    return {name: (int(blocks), int(size)) for name, blocks, size in
            re.findall(r"^storage (\w+) (\d+) (\d+)$", stdout.decode(), re.M)}


def hold_storage(truth, sites, folder):
    """The victim has asked the kernel where its blocks are; the report says the same."""
    found = defaultdict(int)
    for site, _ in own_sites(sites, folder):
        for name, blocks in site["storage"].items():
            found[name] += blocks
    for name, (blocks, _) in truth.items():
        equal(f"blocks in {name}", found[name], blocks)


def process_name(found, pid, names) -> str:
    """main, exec, child or child:NAME, whichever the victim has EXPECT lines for."""
    name = Path(found["process"]["executable"] or "unknown").name
    kind = ("child" if found["process"]["pid"] != pid else
            "main" if name in (names[0], "unknown") else "exec")
    return f"{kind}:{name}" if f"{kind}:{name}" in names else kind


def hold_closing_lines(lines, reports):
    """What the preload says at the end of a process that left something: the report agrees."""
    keys = "unfreed_blocks", "unfreed_bytes", "unfreed_mappings", "unfreed_mapping_bytes"
    counts = {str(path): tuple(found["totals"][key] for key in keys) for path, found in reports}
    leaks = {str(path): (found["totals"]["leaked_objects"], found["totals"]["leaked_bytes"])
             for path, found in reports}
    for line in lines:
        said = re.fullmatch(r"memtrace: ([\d,]+) leaks? \(([\d,]+) bytes?\); "
                            r"to see them: memtrace report (.*)", line)
        if said:
            equal("closing line", tuple(int(said[i].replace(",", "")) for i in (1, 2)),
                  leaks.get(said[3]))
            continue
        said = re.fullmatch(r"memtrace: (?:([\d,]+) blocks? \(([\d,]+) bytes?\))?(?: and )?"
                            r"(?:([\d,]+) mappings? \(([\d,]+) bytes?\))? not freed; "
                            r"to see them: memtrace report (.*)", line)
        check(said, f"unexpected on stderr: {line}")
        equal("closing line", tuple(int((said[i] or "0").replace(",", "")) for i in range(1, 5)),
              counts.get(said[5]))


def hold_reports(expect, result, binary, folder):
    if "no trace" in expect.flags or "trace optional" in expect.flags and not result.traces:
        equal("traces", result.traces, [])
        equal("number of memtrace's lines on stderr", len(result.ours), 1)
        return
    at_rest = "calls in flight" not in expect.flags
    reports = [(path, report(path, at_rest=at_rest)) for path in result.traces]
    if not expect.flags & {"stderr any", "calls in flight"}:
        hold_closing_lines(result.ours, reports)
    operator, children = expect.children
    check(COMPARE[operator](len(reports) - 1, children),
          f"traces: {[path.name for path, _ in reports]}, wanted {operator}{children} besides the first")
    names = [binary.name, *expect.unfreed, *expect.mapped, *expect.values]
    for path, found in reports:
        process = process_name(found, result.pid, names)
        hold_values(process, expect.values[process], found)
        if process not in expect.any:
            hold(process, expect.unfreed[process], found["sites"], folder)
            hold(process, expect.mapped[process], found["sites"], folder, "mapping")
        if process == "main" and (expect.calls or expect.counters):
            hold_counts(expect, dump(path))
        if process == "main" and "storage from stdout" in expect.flags:
            hold_storage(storage_of(result.stdout), found["sites"], folder)
        if process == "main" and expect.trace_bytes is not None:
            on_disk = path.stat().st_blocks * 512
            check(on_disk <= expect.trace_bytes, f"the trace takes {on_disk} bytes on disk")


def hold_counts(expect, records):
    """Calls by function, over all threads, and the counters of the whole process."""
    found = defaultdict(int)
    for thread in records["thread"]:
        for name, count in re.findall(r"([^:,]+):(\d+)", thread["calls"]):
            found[name] += int(count)
    for name, count in expect.calls.items():
        equal(f"calls of {name}", found[name], int(count))
    for name, count in expect.counters.items():
        equal(name, records["counters"][0][name], count)


def hold_verified(traces):
    """Each stack was compared with libunwind's own walk and none was different."""
    for trace in traces:
        counters = dump(trace)["counters"][0]
        equal(f"{trace.name}: wrong_stacks", counters["wrong_stacks"], "0")
        check(int(counters["verified_stacks"]) > 0 or int(counters["allocations"]) < 2,
              f"{trace.name}: no stack was compared")


def allocator_runs(expect):
    """The runs of a victim: with the C library's allocator, then with others this machine has.
    Each is the list of libraries to preload after ours."""
    only = expect.run.get("only")
    if not only:
        yield []
    for name in [only] if only else expect.run.get("with", "").split(","):
        library = name and ctypes.util.find_library(ALLOCATORS[name])
        if library:
            yield [library]
        elif only:
            raise Skip(f"{only} is not installed")


def prepare(expect, folder):
    """What RUN lines ask of the machine; returns the keyword arguments of harness.run."""
    if ("tmpfs" in expect.run or expect.run.get("needs") == "root") and os.geteuid() != 0:
        raise Skip("needs root")
    if "tmpfs" in expect.run:
        (folder / "traces").mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={expect.run['tmpfs']}",
                                  "memtrace-test", folder / "traces"], capture_output=True)
        if mounted.returncode != 0:
            raise Skip("no tmpfs may be mounted here")
    options = dict(pair.split("=", 1) for pair in expect.run.get("options", "").split(":") if pair)
    limits = {key[len("limit."):]: int(value) for key, value in expect.run.items()
              if key.startswith("limit.")}
    return {"limits": limits}, options


def check_victim(binary: Path, source: Path, verify: bool):
    expect = Expectations(source)
    if verify and expect.run.get("verify") == "no":
        raise Skip("not with verify=1")
    program = [binary, *expect.run.get("args", "").split()]
    for libraries in allocator_runs(expect):
        with scratch() as name:
            folder = Path(name)
            keywords, options = prepare(expect, folder)
            try:
                plain = run(program, folder, traced=False, libraries=libraries, **keywords)
                if expect.run.get("needs") == "early_malloc" and plain.status == 128 + signal.SIGSEGV:
                    raise Skip("this libc has no malloc as early")
                equal("exit status without the preload", plain.status, expect.status)
                options.update({"verify": 1} if verify else {})
                traced = run(program, folder, libraries=libraries, options=options, **keywords)
                same_behaviour(plain, traced)
                hold_reports(expect, traced, binary, binary.parent)
                if verify:
                    hold_verified(traced.traces)
            except Failure as what:
                with_library = f" (with {libraries[0]})" if libraries else ""
                raise Failure(f"{source.name}{with_library}: {what}") from None
            finally:
                if "tmpfs" in expect.run:
                    subprocess.run(["umount", folder / "traces"], check=True)


if __name__ == "__main__":
    victim, its_source = (Path(word).resolve() for word in sys.argv[1:3])
    main(lambda: check_victim(victim, its_source, verify=sys.argv[3:] == ["verify"]))
