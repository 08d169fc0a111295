#!/usr/bin/env python3
"""refused_test.py: programs in which a preload sees nothing: one line, status 24, and they are not
started; programs that cannot be started: 126 and 127, as from a shell. For run and check alike."""

import os
import shutil
import tempfile
from pathlib import Path

from call import Call, PROGRAMS, SUBJECT, Skip, check, command, equal, preload, run_all


def refused(program, status, *parts, **keywords):
    for words in (("run",), ("check", "--leaks=unfreed", "--")):
        call = Call(*words, program, **keywords).says(status, "").one_line(*parts)
        equal("files", [name for name in call.files() if "mtrace" in name], [])


def need(name):
    if not (PROGRAMS / name).exists():
        raise Skip(f"{name} could not be built here")
    return PROGRAMS / name


def case_static():
    refused(need("cli_static"), 24, "statically linked")


def case_static_pie():
    refused(need("cli_static_pie"), 24, "statically linked")


def case_own_malloc():
    refused(need("cli_own_malloc"), 24, "defines malloc itself")


def case_address_sanitizer():
    refused(need("cli_asan"), 24, "AddressSanitizer", "-fsanitize")


def case_static_sanitizer():
    refused(need("cli_static_asan"), 24, "AddressSanitizer")


def case_leak_sanitizer():
    refused(need("cli_lsan"), 24, "LeakSanitizer")


def case_thread_sanitizer():
    refused(need("cli_tsan"), 24, "ThreadSanitizer")


def case_undefined_behaviour_sanitizer_does_not_matter():
    Call("run", need("cli_ubsan")).says(0, "started\n")


def changed(folder, offset, value):
    """A copy of the subject with bytes of its ELF header changed."""
    path = Path(folder) / "changed"
    shutil.copy(SUBJECT, path)
    with open(path, "r+b") as file:
        file.seek(offset)
        file.write(value)
    return path


def case_other_machine():
    with tempfile.TemporaryDirectory() as folder:
        refused(changed(folder, 18, b"\x16\x00"), 24, "64-bit s390", "this memtrace is 64-bit")
        refused(changed(folder, 18, b"\x28\x00"), 24, "64-bit arm")


def case_other_c_library():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "musl"
        content = Path(SUBJECT).read_bytes()
        loader = b"/lib64/ld-linux-x86-64.so.2"
        if loader not in content:
            raise Skip("another loader than that of x86-64")
        path.write_bytes(content.replace(loader, b"/lib64/ld-musl-x86_64.so.1\0", 1))
        path.chmod(0o755)
        refused(path, 24, "ld-musl-x86_64.so.1", "C library")


def privileged(folder, mode, owner, group):
    """A copy of the subject with these rights, where this file system grants them."""
    path = Path(folder) / "privileged"
    shutil.copy(SUBJECT, path)
    if os.geteuid() != 0:
        raise Skip("needs root")
    if os.statvfs(folder).f_flag & os.ST_NOSUID:
        raise Skip("no setuid here")
    os.chown(path, owner, group)
    path.chmod(mode)
    return path


def case_setuid():
    with tempfile.TemporaryDirectory() as folder:
        refused(privileged(folder, 0o4755, 65534, 0), 24, "setuid")


def case_setgid():
    with tempfile.TemporaryDirectory() as folder:
        refused(privileged(folder, 0o2755, 0, 65534), 24, "setgid")


def case_setuid_of_oneself_gains_nothing():
    with tempfile.TemporaryDirectory() as folder:
        path = privileged(folder, 0o4755, 0, 0)
        Call("run", path, "leak", "1", "9").says(0).has("9 bytes in 1 block")


def script(folder, text):
    path = Path(folder) / "script"
    path.write_text(text)
    path.chmod(0o755)
    return path


def case_scripts():
    with tempfile.TemporaryDirectory() as folder:
        path = script(folder, f"#!{SUBJECT} say\n")
        Call("run", path).says(0, f"{path}\n")
        refused(script(folder, f"#! {need('cli_static')}\n"), 24, "cli_static", "statically linked")
        refused(script(folder, "#!/no/such/interpreter -x\n"), 127, "/no/such/interpreter")
        refused(script(folder, "echo started\n"), 126, "#! line", "sh ")
        loop = script(folder, f"#!{folder}/script\n")
        refused(loop, 126, "symbolic links")


def case_not_there():
    refused("nosuch-program", 127, "not found in PATH")
    refused("./nosuch", 127, "no such program")
    refused("", 127, "not found")
    refused(f"{SUBJECT}/x", 127, "no such program")


def case_not_executable():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_text("text")
        refused(path, 126, "Permission denied")
        refused(folder, 126, "Is a directory")
        path.chmod(0o755)
        refused(path, 126, "neither a whole ELF program")


def case_found_as_the_shell_does():
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "first").mkdir()
        (Path(folder) / "first" / "prog").write_text("not executable")
        (Path(folder) / "second").mkdir()
        shutil.copy(SUBJECT, Path(folder) / "second" / "prog")
        path = f"{folder}/nosuch:{folder}/first:{folder}/second"
        Call("run", "prog", "say", "found", environment={"PATH": path}).says(0, "found\n")
        Call("run", "prog", environment={"PATH": f"{folder}/first"}).says(126).one_line("Permission")
        Call("run", "prog", "say", "here", folder=f"{folder}/second",
             environment={"PATH": f":{folder}"}).says(0, "here\n")


# ---- the library ----

def installation(folder, library="lib"):
    """memtrace and its library, as if installed under `folder`."""
    for name in ("bin", library):
        (Path(folder) / name).mkdir(parents=True)
    shutil.copy(command(), Path(folder) / "bin" / "memtrace")
    shutil.copy(preload(), Path(folder) / library / "libmemtrace.so")
    return Path(folder) / "bin" / "memtrace", Path(folder) / library / "libmemtrace.so"


def case_installed_anywhere():
    for library in ("lib", "lib64", "bin"):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "bin").mkdir()
            shutil.copy(command(), Path(folder) / "bin" / "memtrace")
            (Path(folder) / library).mkdir(exist_ok=True)
            copy = shutil.copy(preload(), Path(folder) / library / "libmemtrace.so")
            call = Call("run", SUBJECT, "show", "LD_PRELOAD", "leak", "1", "9",
                        memtrace=f"{folder}/bin/memtrace").says(0, f"{os.path.realpath(copy)}\n")
            call.has("9 bytes in 1 block")


def case_called_through_a_symbolic_link():
    with tempfile.TemporaryDirectory() as folder:
        link = Path(folder) / "memtrace"
        link.symlink_to(command())
        Call("run", SUBJECT, "leak", "1", "9", memtrace=link).says(0).has("9 bytes in 1 block")


def case_library_missing_or_wrong():
    with tempfile.TemporaryDirectory() as folder:
        program, library = installation(folder)
        os.truncate(library, 100)
        refused(SUBJECT, 24, "libmemtrace.so", "not a whole ELF library", memtrace=program)
        shutil.copy(preload(), library)
        with open(library, "r+b") as file:
            file.seek(18)
            file.write(b"\x28\x00")
        refused(SUBJECT, 24, "libmemtrace.so", "64-bit arm", memtrace=program)
        library.unlink()
        refused(SUBJECT, 24, "libmemtrace.so", "not found", memtrace=program)


def case_library_in_a_folder_that_cannot_be_preloaded():
    with tempfile.TemporaryDirectory() as folder:
        program, _ = installation(f"{folder}/with space")
        refused(SUBJECT, 24, "LD_PRELOAD cannot hold", memtrace=program)


def case_program_that_loads_no_preload():
    """Known only afterwards: env -i takes the preload away."""
    Call("run", "env", "-i", SUBJECT, "say", "hello").says(24, "hello\n").one_line("left no trace")
    Call("run", "env", "-i", SUBJECT, "exit", "3").says(3).one_line("left no trace")


run_all(globals())
