#!/usr/bin/env python3
"""baseline_test.py: what memtrace check and report leave out because it is known: baselines and
suppressions, read and written."""

import json
import re
from pathlib import Path

from call import Call, PROGRAMS, check, equal, run_all
from diff_test import LEAKY_CACHE, Traces

WIDE = "--leaks=unfreed"
TWO_PATHS = str(PROGRAMS / "cli_two_paths")


class Case(Traces):
    def write(self, name, text) -> Path:
        path = self.folder / name
        path.write_text(text)
        return path


def verdict(call):
    return call.stdout.splitlines()[-1]


def case_a_baseline_knows_the_sites_it_was_written_of():
    case = Case()
    cache, baseline = case.make("c.mtrace", program=LEAKY_CACHE), case.folder / "known.json"
    Call("check", WIDE, f"--write-baseline={baseline}", cache).says(23)
    document = json.loads(baseline.read_text())
    equal("schema", (document["schema"], document["fingerprint_version"]),
          ("memtrace-baseline/1", 1))
    equal("sites", sorted((site["function"], site["objects"], site["bytes"])
                          for site in document["sites"]), [("dup_key", 16, 512), ("main", 1, 808)])
    known = Call("check", WIDE, f"--baseline={baseline}", cache).says(0)
    check("in the baseline: 1,320 bytes in 17 objects" in known.stdout, known.stdout)
    subject = case.make("s.mtrace", "leak", "2", "50")
    new = Call("check", WIDE, f"--baseline={baseline}", cache, subject).says(23)
    check("100 bytes in 2 blocks" in verdict(new), verdict(new))
    check("dup_key" not in new.stdout, new.stdout)


def case_a_baseline_is_the_same_however_often_it_is_written():
    case = Case()
    cache = case.make("c.mtrace", program=LEAKY_CACHE)
    written = []
    for name in ("a.json", "b.json"):
        path = case.folder / name
        known = [f"--baseline={case.folder / 'a.json'}"] if written else []
        Call("check", WIDE, f"--write-baseline={path}", *known, cache).says(0 if known else 23)
        written.append(path.read_text())
    equal("baselines", written[1], written[0])


def case_wrong_baselines():
    case = Case()
    trace = case.make("c.mtrace")
    for name, text, said in (
            ("missing.json", None, "No such file"),
            ("torn.json", '{"schema": "memtrace-baseline/1", "sites": [', "torn.json:1: "),
            ("other.json", '{"schema": "something"}', "not a baseline"),
            ("older.json", '{"schema": "memtrace-baseline/0", "sites": []}', "another version"),
            ("other_prints.json", '{"schema": "memtrace-baseline/1", "fingerprint_version": 7, '
             '"sites": []}', "fingerprints are of version 7, those of this memtrace of version 1"),
            ("odd.json", '{"schema": "memtrace-baseline/1", "sites": [{"fingerprint": "12"}]}',
             "16 hexadecimal digits")):
        path = case.write(name, text) if text else case.folder / name
        Call("check", f"--baseline={path}", trace).says(2, "").one_line(name, said)


def case_suppressions_in_both_formats():
    case = Case()
    cache = case.make("c.mtrace", program=LEAKY_CACHE)
    lsan = case.write("lsan.supp", "# ours\nleak:cache_insert\nleak:not_there\n")
    valgrind = case.write("vg.supp", "{\n   the cache itself\n   Memcheck:Leak\n   fun:malloc\n"
                                     "   fun:main\n}\n")
    some = Call("check", WIDE, f"--suppressions={lsan}", cache).says(23)
    check("808 bytes in 1 block" in verdict(some), verdict(some))
    check(f"suppressed: 16 objects (512 bytes) by {lsan}:2: leak:cache_insert\n" in some.stdout,
          some.stdout)
    check(f"suppressed nothing: {lsan}:3: leak:not_there\n" in some.stdout, some.stdout)
    Call("check", WIDE, f"--suppressions={lsan}", f"--suppressions={valgrind}", cache).says(0)
    found = json.loads(Call("report", "--format=json", "--verdict=all",
                            f"--suppressions={valgrind}", cache).says(0).stdout)
    equal("suppressed_by", [(site["bytes"], site["suppressed_by"]) for site in found["sites"]],
          [(808, "the cache itself"), (512, None)])
    bad = case.write("bad.supp", "leak:a\nlaek:b\n")
    Call("check", f"--suppressions={bad}", cache) \
        .says(2, "").one_line("bad.supp:2", "laek:b", "expected leak:PATTERN")


def case_operators_bear_the_names_of_the_linker():
    case = Case()
    trace = case.make("new.mtrace", program=str(PROGRAMS / "cli_freed_cxx"))
    for symbol, function, other in (("_Znwm", "make_session", "make_array"),
                                    ("_Znam", "make_array", "make_session")):
        supp = case.write("new.supp", f"{{\n   x\n   Memcheck:Leak\n   fun:{symbol}\n"
                                      f"   fun:*{function}*\n   ...\n}}\n")
        call = Call("check", WIDE, f"--suppressions={supp}", trace).says(23)
        check("suppressed: 3 objects (" in call.stdout, call.stdout)
        check(f"{other} " in call.stdout and f"{function} " not in call.stdout, call.stdout)


def case_suppressions_that_were_written_hide_what_they_were_written_of():
    case = Case()
    cache, subject = case.make("c.mtrace", program=LEAKY_CACHE), case.make("s.mtrace", "leak", "2",
                                                                           "50")
    written = case.folder / "new.supp"
    Call("check", WIDE, f"--write-suppressions={written}", cache).says(23)
    check("# 512 bytes in 16 objects\n" in written.read_text(), written.read_text())
    Call("check", WIDE, f"--suppressions={written}", cache).says(0)
    Call("check", WIDE, f"--suppressions={written}", subject).says(23)


def case_written_suppressions_hide_no_other_site():
    case = Case()
    trace, written = case.make("t.mtrace", program=TWO_PATHS), case.folder / "all.supp"
    Call("check", f"--write-suppressions={written}", trace).says(23)
    blocks = re.findall(r"# [^\n]*\n\{.*?\n\}\n", written.read_text(), re.S)
    equal("suppressions", len(blocks), 10)
    for block in blocks:
        one = case.write("one.supp", block)
        call = Call("check", f"--suppressions={one}", trace).says(23)
        check("suppressed: 1 object (" in call.stdout, block + call.stdout)
        check(re.match(r"leaks: \d+ bytes in 9 blocks leaked", verdict(call)[len("memtrace: "):]),
              verdict(call))
    Call("check", f"--suppressions={written}", trace).says(0)


def case_broad_suppressions_are_named():
    case = Case()
    trace = case.make("t.mtrace", program=TWO_PATHS)
    broad, tight = case.write("broad.supp", "leak:main\n"), case.write("tight.supp", "leak:left\n")
    call = Call("check", f"--suppressions={broad}", trace).says(0)
    check("too broad? it hides what many functions allocate: " in call.stdout, call.stdout)
    call = Call("check", f"--suppressions={tight}", trace).says(23)
    check("too broad" not in call.stdout, call.stdout)


def case_built_in_suppressions():
    case = Case()
    trace = case.make("t.mtrace", program=str(PROGRAMS / "cli_prints"))
    call = Call("check", WIDE, trace).says(0)
    check(re.search(r"suppressed: 1 object \(\d[\d,]* bytes\) by built-in:\d+: glibc: buffers of streams",
                    call.stdout), call.stdout)
    check("suppressed nothing" not in call.stdout, call.stdout)
    call = Call("check", WIDE, "--no-builtin-suppressions", trace).says(23)
    check("built-in" not in call.stdout, call.stdout)
    text = Call("report", "--verdict=all", trace).says(0).stdout
    check("by built-in:" in text, text)


def case_wrong_suppressions():
    case = Case()
    trace = case.make("c.mtrace")
    for text, said in (("leak:\n", ':1: "leak:": expected leak:PATTERN'),
                       ("# c\n\nrace:x\n", ':3: "race:x": expected leak:PATTERN'),
                       ("{\n a\n Memcheck:Leak\n fun:f\n", ':4: "end of file": expected }'),
                       ("{\n a\n Memcheck:Leak\n}\n", ':4: "}": expected fun:, obj:, src: or ...'),
                       ("{\n a\n Memcheck:Leak\n fnu:f\n}\n", ':4: "fnu:f": expected fun:, obj:'),
                       ("{\n a\n Memcheck:Leak\n match-leak-kinds: lost\n fun:f\n}\n",
                        ":4: \"match-leak-kinds: lost\": expected definite, indirect"),
                       ("{\n a\n Leak\n fun:f\n}\n", ':3: "Leak": expected Memcheck:Leak')):
        path = case.write("bad.supp", text)
        for command in ("check", "report"):
            Call(command, f"--suppressions={path}", trace).says(2, "").one_line(f"bad.supp{said}")
    Call("check", f"--suppressions={case.folder}/none", trace).says(2, "").one_line("none: No such")
    Call("check", f"--suppressions={case.folder}", trace).says(2, "").one_line("directory")


if __name__ == "__main__":
    run_all(globals())
