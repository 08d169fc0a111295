#!/usr/bin/env python3
"""install_test.py PROGRAMS BUILD: what `meson install` puts where, and that it works from there and
from anywhere it is moved to."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from call import Call, SUBJECT, Skip, check, equal, run_all

BUILD = sys.argv[2]


def installed(root):
    """The prefix that the build was installed to, below `root`."""
    if not shutil.which("meson"):
        raise Skip("needs meson")
    subprocess.run(["meson", "install", "-C", BUILD, "--no-rebuild", "--destdir", root], check=True,
                   capture_output=True)
    found = list(Path(root).rglob("bin/memtrace"))
    equal("installed memtrace", len(found), 1)
    return found[0].parent.parent


def case_everything_is_there():
    with tempfile.TemporaryDirectory() as root:
        prefix = installed(root)
        files = {path.name: path for path in prefix.rglob("*") if path.is_file()}
        for name in ("libmemtrace.so", "memtrace.1", "memtrace-run.1", "memtrace-report.1",
                     "memtrace-check.1", "memtrace-map.1", "memtrace-snapshot.1", "memtrace-top.1",
                     "memtrace-diff.1", "memtrace-dump.1", "memtrace-export.1", "memtrace-pack.1",
                     "memtrace.h.3", "memtrace.h", "memtrace_test.h",
                     "memtrace_check.h", "memtrace_gtest.h", "memtrace_catch2.h", "memtrace.pc"):
            check(name in files, f"{name} is not installed")
        check((prefix / "share/bash-completion/completions/memtrace").exists(), "no completion")


def case_a_program_builds_with_the_header_alone():
    with tempfile.TemporaryDirectory() as root:
        prefix = installed(root)
        source = Path(root) / "asks.c"
        source.write_text("#include <memtrace.h>\nint main(void) { return memtrace_is_active(); }\n")
        for compiler, flags in (("cc", []), ("cc", ["-std=c99", "-Wall", "-Wextra", "-Werror",
                                                    "-pedantic-errors"]),
                                ("cc", ["-O2", "-no-pie", "-fno-pie"]), ("c++", ["-xc++"])):
            if not shutil.which(compiler):
                raise Skip(f"needs {compiler}")
            program = Path(root) / "asks"
            subprocess.run([compiler, *flags, f"-I{prefix / 'include'}", source, "-o", program],
                           check=True)
            equal("without", subprocess.run([program], check=False).returncode, 0)
            equal("with", subprocess.run([program], check=False, env={
                "LD_PRELOAD": str(next(prefix.rglob("libmemtrace.so"))),
                "MEMTRACE_OPTIONS": f"output={root}/asks.mtrace"}).returncode, 1)


def case_it_works_there_and_elsewhere():
    with tempfile.TemporaryDirectory() as root:
        prefix = installed(f"{root}/first")
        for place in (prefix, Path(root) / "second"):
            if place != prefix:
                shutil.move(prefix, place)
            call = Call("run", SUBJECT, "show", "LD_PRELOAD", "leak", "3", "7",
                        memtrace=place / "bin" / "memtrace").says(0).has("21 bytes in 3 blocks")
            check(call.stdout.startswith(str(place.resolve())), f"preloaded: {call.stdout}")


def pkg_config(prefix, *words):
    if not shutil.which("pkg-config"):
        raise Skip("needs pkg-config")
    folder = next(prefix.rglob("memtrace.pc")).parent
    return subprocess.run(["pkg-config", *words, "memtrace"], check=True, capture_output=True,
                          text=True, env={"PKG_CONFIG_PATH": str(folder), "PATH": os.environ["PATH"]}
                          ).stdout.split()


def case_pkg_config_knows_where_it_was_moved_to():
    with tempfile.TemporaryDirectory() as root:
        first = installed(f"{root}/first")
        place = Path(root) / "second"
        shutil.move(first, place)
        flags = pkg_config(place, "--cflags")
        equal("folder of the header", [Path(flag[2:]).resolve() for flag in flags],
              [(place / "include").resolve()])
        equal("nothing to link", pkg_config(place, "--libs"), [])
        equal("library", [Path(path).resolve() for path in pkg_config(place, "--variable=preload")],
              [path.resolve() for path in place.rglob("libmemtrace.so")])
        source = Path(root) / "asks.c"
        source.write_text("#include <memtrace.h>\nint main(void) { return memtrace_is_active(); }\n")
        subprocess.run(["cc", *flags, source, "-o", Path(root) / "asks"], check=True)


def completed(prefix, *words):
    """What bash offers for the last of the words."""
    bash_completion = Path("/usr/share/bash-completion/bash_completion")
    if not bash_completion.exists():
        raise Skip("needs bash-completion")
    script = f"""
        . {bash_completion}
        . {prefix}/share/bash-completion/completions/memtrace
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*"
        COMP_POINT=${{#COMP_LINE}}
        _memtrace
        printf '%s\\n' "${{COMPREPLY[@]}}" """
    return subprocess.run(["bash", "--norc", "-c", script, "bash", *words], check=True,
                          capture_output=True, text=True,
                          env={"PATH": f"{prefix}/bin:{os.environ['PATH']}"}).stdout.split()


def case_completion_knows_commands_and_options():
    with tempfile.TemporaryDirectory() as root:
        prefix = installed(root)
        equal("commands", completed(prefix, "memtrace", "sn"), ["snapshot"])
        equal("options", completed(prefix, "memtrace", "report", "--supp"), ["--suppressions="])


run_all(globals())
