#!/usr/bin/env python3
"""embed.py PAGE.html STYLE.css... SCRIPT.js... OUT.c: the page's frame with its style and scripts
in it, as arrays of bytes for the executable: the parts before the title, before the processes and
after them. The page's policy names style and script by their hashes, so that no other runs."""

import base64
import hashlib
import sys
from pathlib import Path


def hash_of(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def assemble(page: str, style: str, script: str) -> list[str]:
    script = f'"use strict";\n(() => {{\n{script}}})();\n'
    policy = ("default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; "
              f"style-src {hash_of(style)}; script-src {hash_of(script)}")
    for name, text in (("policy", policy), ("style", style), ("script", script)):
        marker = "{{" + name + "}}"
        if page.count(marker) != 1 or "</script" in script or "</style" in style:
            sys.exit(f"{marker}: must be in the page once, and end nothing")
        page = page.replace(marker, text)
    before, rest = page.split("{{title}}")
    return [before, *rest.split("{{processes}}")]


def as_c(parts: list[str]) -> str:
    lines = ['#include "page.h"']
    for index, part in enumerate(parts):
        numbers = ",".join(map(str, part.encode()))
        lines.append(f"static const unsigned char part_{index}[] = {{{numbers}}};")
    rows = ",".join(f"{{part_{index}, sizeof part_{index}}}" for index in range(len(parts)))
    lines.append(f"const struct mt_page_part mt_page_parts[MT_PAGE_PARTS] = {{{rows}}};\n")
    return "\n".join(lines)


def main() -> None:
    *inputs, out = map(Path, sys.argv[1:])
    texts = {kind: "\n".join(path.read_text(encoding="utf-8") for path in inputs
                             if path.suffix == kind) for kind in (".html", ".css", ".js")}
    out.write_text(as_c(assemble(texts[".html"], texts[".css"], texts[".js"])), encoding="ascii")


main()
