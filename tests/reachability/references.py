"""references.py: runs a program under memtrace, Valgrind or LeakSanitizer and gives what each says
of every unfreed object, in one shape: by process (its pid), a list of Seen. The references see
blocks alone."""

import re
import shutil
import sys
import xml.etree.ElementTree as xml
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "victims"))
from check import function_name  # noqa: E402
from harness import report, run  # noqa: E402

VALGRIND_KINDS = {"Leak_DefinitelyLost": "definite", "Leak_IndirectlyLost": "indirect",
                  "Leak_PossiblyLost": "possible", "Leak_StillReachable": "reachable"}
# The leak check and nothing else, of all that is there: without libc's own cleaning up.
VALGRIND = ["valgrind", "-q", "--leak-check=full", "--show-leak-kinds=all",
            "--errors-for-leak-kinds=none", "--undef-value-errors=no", "--num-callers=60",
            "--leak-resolution=high", "--run-libc-freeres=no", "--run-cxx-freeres=no",
            "--trace-children=yes", "--xml=yes"]


@dataclass
class Seen:
    """Objects of one stack with one verdict; `names` are its functions, innermost first."""

    verdict: str
    kind: str
    objects: int
    size: int
    names: list


def plain_name(name) -> str:
    """Without parameters and without what a compiler appends to the name of a copy."""
    return re.sub(r"\(.*|\.(constprop|isra|part|cold)\b.*", "", name or "?")


# ---- memtrace ----

def seen_in(trace):
    """(report, [Seen]) of a trace."""
    found = report(trace, at_rest=False)
    return found, [Seen(site["verdict"], site["kind"], site["objects"], site["bytes"],
                        [plain_name(function_name(frame)) for frame in site["stack"]])
                   for site in found["sites"]]


def ask_memtrace(program, folder, **keywords):
    """(the run, {pid: (report, [Seen])}), of the last image of each process."""
    result = run(program, folder, **keywords)
    answers = map(seen_in, result.traces)
    return result, {found["process"]["pid"]: (found, seen) for found, seen in answers
                    if found["process"]["end"] != "exec"}


# ---- Valgrind ----

def own_bytes(error) -> int:
    """Without the indirect ones, which it adds to those of a head."""
    direct = re.search(r"\(([\d,]+) direct,", error.findtext("xwhat/text"))
    return int(direct[1].replace(",", "") if direct else error.findtext("xwhat/leakedbytes"))


def read_valgrind(log: Path):
    """The leak records of one process; None where it ended without its leak check."""
    try:
        root = xml.parse(log).getroot()
    except xml.ParseError:
        return None
    if not any(status.findtext("state") == "FINISHED" for status in root.iter("status")):
        return None
    return [Seen(VALGRIND_KINDS[error.findtext("kind")], "block",
                 int(error.findtext("xwhat/leakedblocks")), own_bytes(error),
                 [plain_name(frame.findtext("fn")) for frame in error.find("stack").iter("frame")])
            for error in root.iter("error") if error.findtext("kind") in VALGRIND_KINDS]


def ask_valgrind(program, folder, **keywords):
    """(the run, {pid: [Seen]}). What it says of a process is in its last image's file."""
    result = run([*VALGRIND, f"--xml-file={folder}/%p.xml", *program], folder, traced=False,
                 **keywords)
    answers = {int(log.stem): read_valgrind(log) for log in Path(folder).glob("[0-9]*.xml")}
    return result, {pid: seen for pid, seen in answers.items() if seen is not None}


# ---- LeakSanitizer ----

def read_lsan(log: str):
    for verdict, size, objects, frames in re.findall(
            r"^(Direct|Indirect) leak of (\d+) byte\(s\) in (\d+) object\(s\).*\n((?: +#.*\n)*)",
            log, re.M):
        names = re.findall(r"^ +#\d+ 0x[0-9a-f]+ in (.*?)(?: \S+:\d+| \(/.*)?$", frames, re.M)
        yield Seen("definite" if verdict == "Direct" else "indirect", "block", int(objects),
                   int(size), [plain_name(name) for name in names])


def ask_lsan(program, folder, **keywords):
    """(the run, {pid: [Seen]}) of a program that has a LeakSanitizer linked in: what it reports,
    None where it could not look; a process it has nothing to say of is not in it."""
    options = ("fast_unwind_on_malloc=0:exitcode=23:malloc_context_size=60:"
               f"log_path={folder}/lsan:log_exe_name=0")
    result = run(program, folder, traced=False, environment={
        "LSAN_OPTIONS": options, **keywords.pop("environment", {})}, **keywords)
    answers = {}
    for log in Path(folder).glob("lsan.*"):
        text = log.read_text(errors="replace")
        answers[int(log.suffix[1:])] = None if "fatal error" in text else list(read_lsan(text))
        log.unlink()
    return result, answers


def has_valgrind() -> bool:
    return shutil.which("valgrind") is not None

