#!/usr/bin/env python3
"""hardened.py LIBRARY MEMTRACE: what is installed has the protections that the compiler and linker
were asked for (meson.build, at the top): one that is dropped on the way is missed by no other test."""

import re
import subprocess
import sys


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def lacking(binary):
    dynamic, segments = output("readelf", "-dW", binary), output("readelf", "-lW", binary)
    stack = re.search(r"GNU_STACK +(?:0x\w+ +){5}(\w+)", segments)
    symbols = output("nm", "-D", "--undefined-only", binary)
    return [what for what, is_there in {
        "RELRO": "GNU_RELRO" in segments,
        "binding at the start": re.search(r"FLAGS.*NOW", dynamic),
        "a stack that is not executable": stack and stack[1] == "RW",
        "an address that is not fixed": re.search(r"file type is DYN", segments),
        "a stack protector": "__stack_chk_fail" in symbols,
    }.items() if not is_there]


def main(library, memtrace):
    wrong = [f"{binary}: lacks {what}" for binary in (library, memtrace) for what in lacking(binary)]
    if "X86-64" in output("readelf", "-hW", library) and \
            not re.search(r"x86 feature:.*SHSTK", output("readelf", "-nW", library)):
        wrong.append(f"{library}: switches shadow stacks off for the program")
    for line in wrong:
        print(line)
    return 1 if wrong else 0


sys.exit(main(*sys.argv[1:]))
