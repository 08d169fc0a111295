"""mutants.py: what can be changed in a C file, one small change at a time: a condition negated, an
operator replaced by its neighbour, a call dropped, a constant moved by one, a value returned as 0.

Works on text: comments, literals and preprocessor lines are left alone, and so are declarations and
tables outside of functions. What does not compile is not a mutant; the caller finds out."""

import re
from dataclasses import dataclass

LITERALS = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'|'
                      r'^[ \t]*#(?:[^\n\\]|\\\n|\\.)*', re.S | re.M)

# kind -> (pattern, what it becomes); group 0 is replaced.
OPERATORS = [
    ("border", r"(?<= )<(?= )", "<="), ("border", r"(?<= )<=(?= )", "<"),
    ("border", r"(?<= )>(?= )", ">="), ("border", r"(?<= )>=(?= )", ">"),
    ("equality", r"(?<= )==(?= )", "!="), ("equality", r"(?<= )!=(?= )", "=="),
    ("sum", r"(?<= )\+(?= )", "-"), ("sum", r"(?<= )-(?= )", "+"),
    ("sum", r"(?<= )\+=(?= )", "-="),
    ("logic", r"(?<= )&&(?= )", "||"), ("logic", r"\|\|(?= )", "&&"),
    ("constant", r"(?<=[-+<>=(,] )0(?=[;,) ])", "1"), ("constant", r"(?<=[-+<>=(,] )1(?=[;,) ])", "2"),
    ("return", r"(?<=\breturn )(?!0;|\(struct|NULL;)[^;\n]+(?=;)", "0"),
    ("call", r"(?m)^( +)[a-z_]\w*\([^;{}]*\);$", r"\1;"),
]


@dataclass(frozen=True)
class Mutant:
    file: str  # within the tree
    kind: str
    line: int
    start: int
    end: int
    text: str  # what stands at start to end instead

    def apply(self, source: str) -> str:
        return source[:self.start] + self.text + source[self.end:]

    def diff(self, source: str) -> str:
        """The changed line, or lines as one, before and after."""
        begin = source.rfind("\n", 0, self.start) + 1
        end = source.find("\n", self.end)
        after = source[begin:self.start] + self.text + source[self.end:end]
        return "\n".join(f"{sign} {' '.join(text.split())}"
                         for sign, text in (("-", source[begin:end]), ("+", after)))


def blank(source: str) -> str:
    """The same length, with all that is no code as spaces."""
    return LITERALS.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), source)


def bodies(code: str):
    """The ranges of text inside of functions."""
    for match in re.finditer(r"^[^\s#}][^;{}]*\)[^;{}=]*\n\{\n(.*?)^\}", code, re.S | re.M):
        yield match.span(1)


def closing(code: str, opening: int) -> int:
    """The place of the parenthesis that closes the one at `opening`."""
    depth = 0
    for place in range(opening, len(code)):
        depth += {"(": 1, ")": -1}.get(code[place], 0)
        if depth == 0:
            return place
    return -1


def mutants(file: str, source: str) -> list[Mutant]:
    """All of a file, in the order of its text."""
    code = blank(source)
    found = []

    def add(kind, start, end, text):
        found.append(Mutant(file, kind, source.count("\n", 0, start) + 1, start, end, text))

    for begin, end in bodies(code):
        for match in re.compile(r"\bif \(").finditer(code, begin, end):
            close = closing(code, match.end() - 1)
            add("condition", match.end(), close, f"!({source[match.end():close]})")
        for kind, pattern, text in OPERATORS:
            for match in re.compile(pattern).finditer(code, begin, end):
                add(kind, *match.span(), match.expand(text))
    return sorted(found, key=lambda mutant: (mutant.start, mutant.kind, mutant.text))
