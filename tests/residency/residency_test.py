#!/usr/bin/env python3
"""residency_test.py TOUCHES WITHIN: what memtrace says is resident, swapped, never touched or in huge
pages is what was touched, to the byte, and what the process's own /proc/self/smaps says, to the page.
By each way of asking the kernel, the ones after the first forced; and not known where it cannot be."""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from harness import SKIPPED, Skip, check, dump, equal, main, memtrace, report, run, scratch

TOUCHES, WITHIN = (Path(word).resolve() for word in sys.argv[1:3])
PAGE, MIB = 4096, 1 << 20
HEAD = PAGE - 16  # of a block that is a mapping of its own, in the page that malloc's head is in

# (resident, never touched) by PAGEMAP_SCAN; what is left is in swap.
EXACT = {
    "touches_half": (32 * MIB + HEAD, 32 * MIB - HEAD),
    "touches_nothing": (HEAD, 16 * MIB - HEAD),
    "touches_small_blocks": (1009 * 100, 0),
    "touches_sparsely": (100 * PAGE, 32 * MIB - 100 * PAGE),
    "touches_by_reading": (0, MIB),
    "touches_and_gives_back": (5 * MIB, 3 * MIB),
    "touches_shared": (64 * PAGE, MIB - 64 * PAGE),
}


def has_swap():
    return len(Path("/proc/swaps").read_text().splitlines()) > 1


def areas_of_kernel(text):
    """smaps as {(start, end): {field: bytes}}."""
    areas = {}
    for line in text.splitlines():
        head = re.match(r"([0-9a-f]+)-([0-9a-f]+) ", line)
        if head:
            fields = areas[tuple(int(word, 16) for word in head.groups())] = {}
        elif value := re.match(r"(\w+): +(\d+) kB", line):
            fields[value[1]] = int(value[2]) * 1024
    return areas


def areas_of_dump(trace):
    """The same of a dump, with the area's own line under "line"."""
    areas = {}
    for line in memtrace("dump", trace).stdout.splitlines():
        kind, _, rest = line.partition(" ")
        pairs = dict(re.findall(r'(\w+)=("[^"]*"|\S+)', rest))
        if kind == "area":
            key = int(pairs["start"], 16), int(pairs["end"], 16)
            fields = areas[key] = {"line": line, "flags": pairs["flags"], "name": pairs["name"],
                                   "Rss": 0, "Swap": 0, "Huge": 0}
        elif kind == "pages":
            states, size = pairs["state"].split(","), int(pairs["count"]) * PAGE
            if "present" in states and "zero" not in states:
                fields["Rss"] += size
                fields["Huge"] += size if "huge" in states else 0
            fields["Swap"] += size if "swapped" in states else 0
    return areas


def compare_areas(smaps, trace, method):
    """Areas whose pages do not change between the program's look and the tracer's: all but the
    stack, the tracer's own, and what the way to exit touches of programs and libraries."""
    kernel, ours = areas_of_kernel(smaps), areas_of_dump(trace)
    compared, difference, zeros = 0, 0, 0
    for key, area in ours.items():
        if key not in kernel or area["flags"] not in ("-", "shared"):
            continue
        wanted = kernel[key]
        if re.search(r'\.so|/touches"|"\[(stack|vdso)\]"', area["name"]):
            difference += abs(area["Rss"] - wanted["Rss"])
            continue
        if method != "pagemap_scan" and not wanted["Rss"] and area["Rss"] == wanted["Size"] == MIB:
            zeros += 1  # the page of zeros again and again, which only PAGEMAP_SCAN can tell
            continue
        compared += 1
        equal(f"resident by {method}: {area['line']}", area["Rss"], wanted["Rss"])
        if method != "mincore":
            equal(f"swapped by {method}: {area['line']}", area["Swap"], wanted["Swap"])
        if method == "pagemap_scan":
            equal(f"huge by {method}: {area['line']}", area["Huge"],
                  wanted["AnonHugePages"] + wanted["ShmemPmdMapped"])
    equal("areas of zeros", zeros, 0 if method == "pagemap_scan" else 1)
    check(compared >= 12, f"only {compared} areas are comparable")
    check(difference <= 1 * MIB, f"libraries and stack differ by {difference} bytes")


def sites_by_function(found):
    sites = {}
    for site in found["sites"]:
        for frame in site["stack"]:
            if (frame["function"] or "").startswith("touches_"):
                sites[frame["function"]] = site
                break
    check(len(sites) == 10, f"sites of {sorted(sites)}")
    return sites


def check_site(name, site, method):
    found = site["resident_bytes"], site["never_touched_bytes"]
    if method == "pagemap_scan":
        equal(f"{name} by {method}", found, EXACT[name])
        equal(f"{name}: sum", sum(found) + site["swapped_bytes"], site["bytes"])
        return
    resident = MIB if name == "touches_by_reading" else EXACT[name][0]  # the page of zeros
    never = None if method == "mincore" else site["bytes"] - resident
    equal(f"{name} by {method}", found, (resident, never))
    equal(f"{name}: huge", site["huge_bytes"], None)
    equal(f"{name}: swapped", site["swapped_bytes"], None if method == "mincore" else 0)


def check_report(trace, smaps, method):
    found = report(trace)
    equal("method", found["trace"]["residency"], method)
    sites = sites_by_function(found)
    for name in EXACT:
        check_site(name, sites[name], method)
    paged_out = sites["touches_and_pages_out"]
    if method == "pagemap_scan":
        check(bool(paged_out["swapped_bytes"]) == has_swap(), f"swapped: {paged_out}")
    storage = found["storage"]
    equal("resident of own mappings", storage["mmap"]["resident_bytes"],
          sum(sites[name]["resident_bytes"] for name in ("touches_half", "touches_nothing")))
    check(1009 * 100 <= storage["brk"]["resident_bytes"] <= storage["brk"]["bytes"], "brk heap")
    compare_areas(smaps, trace, method)
    return found


def run_touches(folder, end, *before):
    """Runs it, returns the finished run and the smaps it has written."""
    smaps, file = Path(folder) / "smaps", Path(folder) / "file"
    file.write_bytes(b"x" * MIB)
    smaps.write_text("")
    smaps.chmod(0o666)
    done = run([*before, TOUCHES, smaps, file, end], folder)
    return done, smaps.read_text()


def traced(folder, end, *before):
    done, smaps = run_touches(folder, end, *before)
    if before and done.status == SKIPPED:
        return None, smaps
    equal(f"status at {end}", done.status, 137 if end == "kill" else 0)
    return [trace for trace in done.traces if dump(trace)["end"][0]["state"] != "exec"], smaps


def has_scan():
    release = [int(part) for part in re.findall(r"\d+", Path("/proc/version").read_text())[:2]]
    return release >= [6, 7]


def by_best_way():
    with scratch() as folder:
        traces, smaps = traced(folder, "exit")
        found = check_report(traces[0], smaps, "pagemap_scan" if has_scan() else "pagemap")
        huge = sites_by_function(found)["touches_huge"]
        area = next(a for a in areas_of_kernel(smaps).values()
                    if a["Size"] == 8 * MIB and a.get("AnonHugePages"))
        equal("huge", huge["huge_bytes"], area["AnonHugePages"])
        by_resident = report(traces[0], "--sort=resident")["sites"]
        order = [site["resident_bytes"] for site in by_resident]
        equal("order by resident", order, sorted(order, reverse=True))
        text = memtrace("report", "--verdict=all", traces[0]).stdout
        check("\n    33,558,512 bytes resident, 33,550,352 never touched\n" in text, text)
        check("(by pagemap_scan)\n" in text or not has_scan(), text)


def by_other_ways():
    with scratch() as folder:
        traces, smaps = traced(folder, "exit", WITHIN, "no-scan")
        if traces:
            check_report(traces[0], smaps, "pagemap")
    with scratch() as folder:
        traces, smaps = traced(folder, "nobody")
        check_report(traces[0], smaps, "mincore")


def not_at_all():
    for end, before in (("_exit", ()), ("kill", ()), ("exit", (WITHIN, "no-proc"))):
        with scratch() as folder:
            traces, _ = traced(folder, end, *before)
            if not traces:
                continue
            found = report(traces[0])
            equal(f"method at {end}", found["trace"]["residency"], None)
            for site in found["sites"]:
                for key in ("resident", "swapped", "never_touched", "huge"):
                    equal(f"{key} at {end}", site[f"{key}_bytes"], None)
            for storage in found["storage"].values():
                equal(f"storage at {end}", storage["resident_bytes"], None)
            note = "\nnote: what is resident is not known (no snapshot was taken): sorted by bytes\n"
            check(note in memtrace("report", "--sort=resident", traces[0]).stdout, f"note at {end}")


def in_forked_children():
    with scratch() as folder:
        traces, _ = traced(folder, "fork")
        equal("traces", len(traces), 2)
        found = [report(trace) for trace in traces]
        child = next(f for f in found if f["process"]["ppid"] in [g["process"]["pid"] for g in found])
        sites = [site for site in child["sites"] if site["bytes"] == 64 * MIB]
        equal("the child's own block", [site["resident_bytes"] for site in sites],
              [EXACT["touches_half"][0]])


def test():
    if not Path("/proc/self/smaps").exists():
        raise Skip("no /proc/self/smaps to compare with")
    by_best_way()
    by_other_ways()
    not_at_all()
    in_forked_children()


main(test)
