#!/usr/bin/env python3
"""check.py LIBRARY HOOK_NAMES: the library exports the hooks of the one list and nothing else, and
needs nothing but libc; its thread-local storage is one initial-exec word or two."""

import re
import subprocess
import sys

OLDEST_GLIBC = (2, 17)  # the first on aarch64; what x86-64 has had for longer is older


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def exported(library):
    lines = output("nm", "-D", "--defined-only", library).splitlines()
    return {line.split()[2].split("@")[0] for line in lines}


def main(library, hook_names):
    wrong = []
    hooks, symbols = set(output(hook_names).split()), exported(library)
    wrong += [f"{name}: in the list, not exported" for name in sorted(hooks - symbols)]
    wrong += [f"{name}: exported, not in the list" for name in sorted(symbols - hooks)]

    # A newer one would keep programs from starting where libc is older (loader.h).
    undefined = output("nm", "-D", "--undefined-only", library)
    wrong += [f"{name}: needs glibc {version}"
              for name, version in re.findall(r"(\S+)@GLIBC_([\d.]+)", undefined)
              if tuple(map(int, version.split("."))) > OLDEST_GLIBC]

    dynamic = output("readelf", "-dW", library)
    needed = re.findall(r"NEEDED.*\[(.*)\]", dynamic)
    wrong += [f"needs {name}" for name in needed if not re.match(r"libc\.so|ld-linux", name)]
    if "STATIC_TLS" not in dynamic:
        wrong.append("thread-local storage is not initial-exec")
    tls = re.search(r"^ +TLS +(?:0x\w+ +){4}(0x\w+)", output("readelf", "-lW", library), re.M)
    if not tls or int(tls[1], 16) > 64:
        wrong.append(f"thread-local storage: {tls and tls[1]} bytes, 64 are allowed")
    for line in wrong:
        print(line)
    return 1 if wrong else 0


sys.exit(main(*sys.argv[1:]))
