#!/usr/bin/env python3
"""disk_test.py CREW: the file system of the trace is full at any point: from no page on, in small
steps, on tmpfs and on ext4 in a file. The program runs as without the tracer; a trace from which
something is missing is inconclusive, and where there is none at all it is said in one line.
MEMTRACE_DISKS sets the sizes tried of each (500 for the long run)."""

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from harness import Skip, check, equal, main, memtrace, run, same_behaviour, scratch

KIB = 1024
LARGEST = 3 << 20
ENOUGH = 16 << 20
EXT4_BYTES = 24 << 20


@contextmanager
def mounted(what, *options):
    """`what` at the folder that traces go to."""
    with scratch() as name:
        traces = Path(name) / "traces"
        traces.mkdir()
        done = subprocess.run(["mount", *options, what, traces], capture_output=True, text=True)
        if done.returncode != 0:
            raise Skip(f"nothing can be mounted here: {done.stderr.strip()}")
        try:
            yield Path(name)
        finally:
            subprocess.run(["umount", traces], check=True)


def hold(crew, folder, plain, words):
    """Returns what check says; None: there is no trace."""
    result = run([crew, *words], folder, stdin=b"x")
    same_behaviour(plain, result)
    check(len(result.ours) <= 1, f"{len(result.ours)} lines: {result.ours}")
    traces = [path for path in result.traces if f".{result.pid}." in path.name]
    if not traces:
        check(result.ours and "untraced" in result.ours[0], f"not traced, and not said: {result.ours}")
        return None
    status = memtrace("check", traces[0], statuses=(3, 23, 24)).returncode
    for path in result.traces:
        path.unlink()
    return status


def on_tmpfs(crew, plain, sizes):
    found = []
    for size in sizes:
        with mounted("memtrace-test", "-t", "tmpfs", "-o", f"size={size}") as folder:
            found.append(hold(crew, folder, plain, []))
    return found


def on_ext4(crew, plain, sizes):
    if not shutil.which("mkfs.ext4"):
        return []
    found = []
    with scratch() as name:
        image = Path(name) / "image"
        image.write_bytes(b"")
        os.truncate(image, EXT4_BYTES)
        subprocess.run(["mkfs.ext4", "-q", "-m", "0", "-O", "^has_journal", image], check=True,
                       capture_output=True)
        try:
            with mounted(image, "-o", "loop") as folder:
                for size in sizes:
                    found.append(fill_and_hold(crew, folder, plain, size))
        except Skip as why:
            print(f"without ext4: {why}")
    return found


def fill_and_hold(crew, folder, plain, size):
    filler = folder / "traces/filler"
    status = os.statvfs(folder / "traces")
    with open(filler, "wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(4096, status.f_bavail * status.f_frsize - size))
    try:
        return hold(crew, folder, plain, [])
    finally:
        filler.unlink()


def hold_order(found, where):
    """With room enough the trace is whole; before, never."""
    check(not found or found[-1] == 23, f"{where}: no trace was whole: {found}")
    check(not found or None in found or 24 in found, f"{where}: none was full: {found}")


def test():
    if os.geteuid() != 0:
        raise Skip("needs root, to mount file systems")
    crew = Path(sys.argv[1]).resolve()
    steps = int(os.environ.get("MEMTRACE_DISKS", 9))
    sizes = [4 * KIB, 8 * KIB] + [LARGEST * i // steps & -4096 for i in range(1, steps + 1)]
    sizes.append(ENOUGH)
    with scratch() as folder:
        plain = run([crew], folder, traced=False, stdin=b"x")
    equal("status alone", plain.status, 7)
    tmpfs, ext4 = on_tmpfs(crew, plain, sizes), on_ext4(crew, plain, sizes)
    hold_order(tmpfs, "tmpfs")
    hold_order(ext4, "ext4")
    print(f"tmpfs: {tmpfs}, ext4: {ext4}")


main(test)
