"""cases.py: what the comment at the top of a case says: the lines of victims (expectations.py), and

    EXPECT [PROCESS] VERDICT under=FUNCTION blocks=N bytes=N|any
    EXPECT [PROCESS] VERDICT under=FUNCTION mappings=N bytes=N
    DIFFERS TOOL[,TOOL] FUNCTION: VERDICT N[, VERDICT N]: reason
    EXPECT or unclassified                      memtrace may give no verdict at all
    EXPECT rest as valgrind                     of all else as much is lost as Valgrind says
    RUN lsan=no                                 LeakSanitizer cannot be asked
    RUN env=NAME=VALUE

An object is all that was allocated under the function of that name; it can have several lines, one
for each verdict. A reference may see it otherwise only where a DIFFERS line says how and why; `*`
is each object of the case, and the verdict `nothing` says that the tool gives none."""

import re
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "victims"))
from expectations import Expectations  # noqa: E402
from harness import Failure, check  # noqa: E402

VERDICTS = ("definite", "indirect", "possible", "reachable", "unclassified")
CASE_FLAGS = ("or unclassified", "rest as valgrind")
TOOLS = ("valgrind", "lsan-clang", "lsan-gcc")


def in_words(counts: dict) -> str:
    """`definite 1, indirect 6` of {verdict: (objects, bytes)}."""
    return ", ".join(f"{verdict} {objects}" for verdict, (objects, _) in counts.items()
                     if objects) or "nothing"


@dataclass
class Wanted:
    """An object of a case: `counts` is {verdict: (objects, bytes or None for any)}, in the order of
    VERDICTS."""

    process: str
    function: str
    kind: str
    counts: dict


class Case(Expectations):
    """What the comment at the top of a case says."""

    def __init__(self, source: Path):
        self.source = source
        self.verdicts = defaultdict(lambda: defaultdict(dict))  # process -> (function, kind)
        self.lsan, self.environment = True, {}
        super().__init__(source)
        self.differs = dict(self.differences(source.read_text().split("*/")[0]))

    def set_run(self, text):
        if text == "lsan=no":
            self.lsan = False
        elif text.startswith("env="):
            name, value = text.split("=", 2)[1:]
            self.environment[name] = value
        else:
            super().set_run(text)

    def expect(self, text):
        words = text.split()
        process = words.pop(0) if words[0].split(":")[0] in ("child", "exec") else "main"
        if text in CASE_FLAGS:
            self.flags.add(text)
            return
        if words[0] not in VERDICTS:
            super().expect(text)
            return
        values = dict(word.split("=", 1) for word in words[1:])
        kind = "mapping" if "mappings" in values else "block"
        counts = self.verdicts[process][values["under"], kind]
        size = None if values["bytes"] == "any" else int(values["bytes"])
        counts[words[0]] = int(values[kind + "s"]), size

    def differences(self, comment):
        """((tool, function), (what it says, why)) of each DIFFERS line."""
        for text in re.findall(r"^ \* DIFFERS +(.*)$", comment, re.M):
            found = re.fullmatch(r"([\w,-]+) (\S+): ([\w ,]+): (.+)", text)
            check(found, f"{self.source.name}: cannot be read: DIFFERS {text}")
            tools, function, said, why = found.groups()
            for tool in tools.split(","):
                for tool in ([tool] if tool in TOOLS else
                             [name for name in TOOLS if name.startswith(tool)]):
                    yield (tool, function), (said, why)

    def objects(self):
        """Each Wanted of each process."""
        for process, objects in self.verdicts.items():
            for (function, kind), counts in objects.items():
                ordered = {verdict: counts[verdict] for verdict in VERDICTS if verdict in counts}
                yield Wanted(process, function, kind, ordered)

    def said_by(self, tool: str, wanted: Wanted):
        """(what the tool must say of it, why it differs from us or None). LeakSanitizer reports
        what is lost, takes every pointer into a block for one to it, and is silent on the rest."""
        exception = self.differs.get((tool, wanted.function)) or self.differs.get((tool, "*"))
        if exception:
            return exception
        if tool == "valgrind":
            return in_words(wanted.counts), None
        said = {verdict: wanted.counts[verdict] for verdict in ("definite", "indirect")
                if verdict in wanted.counts}
        silent = sum(objects for verdict, (objects, _) in wanted.counts.items()
                     if verdict not in said)
        return in_words({**said, "silent": (silent, 0)}), None


def table_of_differences(sources) -> str:
    """The page's table, from what the cases declare; compare.py holds each line to be so."""
    lines = ["| case | object | memtrace | the other | says | because |",
             "|---|---|---|---|---|---|"]
    for source in sorted(sources):
        case = Case(source)
        reasons = defaultdict(list)
        for (tool, function), (said, why) in case.differs.items():
            reasons[function, said, why].append(tool)
        for (function, said, why), tools in reasons.items():
            counts = [in_words(wanted.counts) for wanted in case.objects()
                      if function in ("*", wanted.function)]
            if not counts:
                raise Failure(f"{source.name}: DIFFERS {function}, which no EXPECT line names")
            ours = counts[0] if len(set(counts)) == 1 else "as expected"
            lines.append(f"| {source.stem} | {'all' if function == '*' else function} | {ours} | "
                         f"{', '.join(tools)} | {said} | {why} |")
    return "\n".join(lines) + "\n"
