#!/usr/bin/env python3
"""sample_test.py: option sample: what a sampled trace counts exactly, that its estimates are right
for every size and every way to allocate, that they are marked, and that check takes them for no
proof. Samples are drawn anew in each run: limits are such that chance passes them less often than
once in a million runs."""

import json
import math

from call import Call, PROGRAMS, check, equal, run_all
from harness import dump, memtrace, run, scratch

SUBJECT = PROGRAMS / "cli_sampled"
SIZES = {"calloc": 500, "aligned": 700, "grown": 1500, "shrunk": 300}
SMALL = {"1": 300_000, "24": 60_000, "200": 20_000, "1000": 6_000, "4096": 2_000, "30000": 300,
         "calloc": 9_000, "aligned": 8_000, "grown": 6_000, "shrunk": 15_000}
LARGE = {"4096": 30_000, "30000": 9_000, "262144": 1_000, "1048576": 300, "4194304": 100}


def words(counts):
    return [f"{what}:{count}" for what, count in counts.items()]


def read(trace):
    done = memtrace("report", "--format=json", "--group-by=function", "--verdict=all", trace)
    return json.loads(done.stdout)


def estimates(report):
    """Blocks and bytes by the function that leaked them."""
    found = {}
    for site in report["sites"]:
        name = site["stack"][0]["function"].removeprefix("leak_")
        blocks, size = found.get(name, (0, 0))
        found[name] = (blocks + site["objects"], size + site["bytes"])
    return found


def hold(report, counts, mean):
    """Each estimate is within 6 standard errors, and all together are no stranger than their number
    allows. A block that is sampled with chance p counts 1/p: variance (1 - p) / p each."""
    found, strangeness = estimates(report), []
    for what, count in counts.items():
        size = SIZES.get(what) or int(what)
        chance = -math.expm1(-size / mean)
        error = math.sqrt(count * (1 - chance) / chance)
        blocks, bytes_ = found.get(what, (0, 0))
        check(abs(blocks - count) <= 6 * error + 0.5,
              f"{what}: about {blocks} blocks of {count}, standard error {error:.0f}")
        check(abs(bytes_ - size * blocks) <= size / 2 + 1, f"{what}: {bytes_} bytes in {blocks} blocks")
        if error >= 1:
            strangeness.append(((blocks - count) / error) ** 2)
    degrees = len(strangeness)
    check(sum(strangeness) <= degrees + 8 * math.sqrt(2 * degrees),
          f"chi-square {sum(strangeness):.1f} of {degrees} degrees")


def traces(folder, *program, sample):
    done = run([SUBJECT, *program], folder, options={"sample": sample})
    equal("status", done.status, 0)
    return done.traces


def case_estimates_are_right_for_every_size_and_function():
    for counts, sample, mean in ((SMALL, "4K", 4096), (LARGE, "1M", 1 << 20)):
        for way in ("alone", "thread"):
            with scratch() as folder:
                trace, = traces(folder, way, *words(counts), sample=sample)
                report = read(trace)
                hold(report, counts, mean)
                equal("sampled", report["trace"]["sampled"], True)
                equal("sample_bytes", report["trace"]["sample_bytes"], mean)


def case_calls_are_counted_exactly():
    with scratch() as folder:
        plain, = traces(folder, "alone", *words(SMALL), sample="0")
        exact, sampled = read(plain), read(*traces(folder, "alone", *words(SMALL), sample="4K"))
        for key in ("allocations", "frees"):
            equal(key, sampled["totals"][key], exact["totals"][key])
        peak = exact["totals"]["peak_bytes"]
        check(abs(sampled["totals"]["peak_bytes"] - peak) < peak / 5, f"peak {sampled['totals']}")


def case_off_is_exact():
    with scratch() as folder:
        trace, = traces(folder, "alone", *words(SMALL), sample="0")
        report = read(trace)
        equal("sampled", report["trace"]["sampled"], False)
        equal("sample_bytes", report["trace"]["sample_bytes"], None)
        check("sample_bytes" not in dump(trace)["trace"][0], "dump: sample_bytes")
        found = estimates(report)
        for what, count in SMALL.items():
            equal(what, found[what], (count, count * (SIZES.get(what) or int(what))))


def case_forked_children_sample_for_themselves():
    with scratch() as folder:
        one, other = sorted(traces(folder, "fork", *words(SMALL), sample="4K"),
                            key=lambda path: len(dump(path)["block"]))[-2:]
        for trace in (one, other):
            hold(read(trace), SMALL, 4096)
        addresses = [{block["address"] for block in dump(trace)["block"]} for trace in (one, other)]
        common = len(addresses[0] & addresses[1]) / len(addresses[0])
        check(common < 0.5, f"{common:.0%} of the blocks are in both samples")


def case_dump_shows_what_was_recorded():
    with scratch() as folder:
        trace, = traces(folder, "alone", *words(SMALL), sample="4K")
        records = dump(trace)
        equal("sample_bytes", records["trace"][0]["sample_bytes"], "4096")
        check(len(records["block"]) < sum(SMALL.values()) / 20, f"{len(records['block'])} blocks")


def case_estimates_are_marked():
    sampled = {"MEMTRACE_OPTIONS": "sample=4K"}
    call = Call("run", "--top=1", SUBJECT, "alone", "24:60000", environment=sampled).says(0, "")
    call.has("sampled: one block in about every 4.0 KiB was recorded, ~ marks estimates\n",
             " freed \N{MIDDLE DOT} peak ~")
    row = call.stderr.splitlines()[4]
    check(row.startswith("~") and " in ~" in row, call.stderr)
    exact = Call("run", "--top=1", SUBJECT, "alone", "24:60000").says(0, "")
    exact.has_not("~", "sampled:")


def case_nothing_in_the_sample_is_not_nothing_unfreed():
    call = Call("run", SUBJECT, "alone", "24:3", environment={"MEMTRACE_OPTIONS": "sample=1024G"})
    call.says(0, "").has("nothing unfreed in the sample: 6 allocations, 3 freed\n")


def case_check_is_inconclusive():
    for words_ in (("24:60000",), ()):
        call = Call("check", "--leaks=unfreed", "--", SUBJECT, "alone", *words_,
                    environment={"MEMTRACE_OPTIONS": "sample=4K"}).says(24)
        call.has("holds a sample, so what it counts are estimates (record it without sample in "
                 "MEMTRACE_OPTIONS)\n")


def case_a_bad_value_is_said_and_off():
    with scratch() as folder:
        for value in ("x", "1T", "-1", "1025G", "K", ""):
            done = run([SUBJECT, "alone", "24:7"], folder, options={"sample": value})
            equal("lines", done.ours[0], f"memtrace: MEMTRACE_OPTIONS: sample={value}: bad value, the "
                  "default is used (wanted: bytes, as 512K; 0: off)")
            equal("sampled", read(done.traces[0])["trace"]["sampled"], False)


run_all(globals())
