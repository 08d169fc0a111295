"""filters.py: seccomp filters as container runtimes and service managers set them before a program
begins. `docker` refuses what its default profile refuses, with EPERM (clone3 with ENOSYS, so that
libc takes clone); `system_service` kills for what systemd's SystemCallFilter=@system-service does
not have; both by the documentation of these projects, calls of other machines left out."""

import ctypes
import re
import struct
from pathlib import Path

KILL, ERRNO, ALLOW = 0x80000000, 0x00050000, 0x7fff0000
LOAD, JEQ, JSET, RETURN = 0x20, 0x15, 0x45, 0x06
X86_64 = 0xC000003E
EPERM, ENOSYS = 1, 38
NEW_NAMESPACES = 0x7E020000

CLOCK = "adjtimex clock_adjtime clock_settime settimeofday"
MODULES = "create_module delete_module finit_module get_kernel_syms init_module query_module"
MOUNTS = ("chroot fsconfig fsmount fsopen fspick mount mount_setattr move_mount open_tree pivot_root "
          "umount2")
RAW = "ioperm iopl kexec_file_load kexec_load reboot swapon swapoff"
OLD = "_sysctl afs_syscall getpmsg lookup_dcookie nfsservctl putpmsg security sysfs tuxcall uselib ustat vserver"
REFUSED_BY_DOCKER = " ".join([
    MODULES, MOUNTS, RAW, OLD, "acct add_key bpf clock_adjtime clock_settime settimeofday get_mempolicy "
    "kcmp keyctl mbind migrate_pages move_pages open_by_handle_at perf_event_open process_vm_readv "
    "process_vm_writev ptrace quotactl request_key set_mempolicy setns unshare userfaultfd "
    "io_uring_setup io_uring_enter io_uring_register"])
NO_SYSTEM_SERVICE = " ".join([
    CLOCK, MODULES, MOUNTS, RAW, OLD, "acct bpf fanotify_init fanotify_mark landlock_add_rule "
    "landlock_create_ruleset landlock_restrict_self memfd_secret mincore modify_ldt open_by_handle_at "
    "perf_event_open pidfd_getfd pkey_alloc pkey_free pkey_mprotect ptrace quotactl seccomp "
    "setdomainname sethostname syslog vhangup"])


def numbers() -> dict:
    """System calls of x86-64 by name."""
    for path in Path("/usr/include").rglob("asm/unistd_64.h"):
        return {name: int(number) for name, number in
                re.findall(r"#define __NR_(\w+)\s+(\d+)", path.read_text())}
    return {}


def steps(refused, answer, special=()):
    """A program that gives `answer` for the calls that are refused, and lets the others pass."""
    program = [(LOAD, 0, 0, 4), (JEQ, 1, 0, X86_64), (RETURN, 0, 0, KILL), (LOAD, 0, 0, 0)]
    program += special
    known = numbers()
    for name in refused.split():
        if name in known:
            program += [(JEQ, 0, 1, known[name]), (RETURN, 0, 0, answer)]
    return program + [(RETURN, 0, 0, ALLOW)]


def docker():
    known = numbers()
    clone = [(JEQ, 0, 1, known["clone3"]), (RETURN, 0, 0, ERRNO | ENOSYS),
             (JEQ, 0, 4, known["clone"]), (LOAD, 0, 0, 16),
             (JSET, 0, 1, NEW_NAMESPACES), (RETURN, 0, 0, ERRNO | EPERM), (LOAD, 0, 0, 0)]
    return steps(REFUSED_BY_DOCKER, ERRNO | EPERM, clone)


def system_service():
    return steps(NO_SYSTEM_SERVICE, KILL)


def install(program):
    """In the process that is to become the program."""
    code = b"".join(struct.pack("<HBBI", *step) for step in program)
    buffer = ctypes.create_string_buffer(code)
    given = struct.pack("<HxxxxxxQ", len(program), ctypes.addressof(buffer))
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    number = [ctypes.c_ulong] * 4
    prctl.argtypes = [ctypes.c_int, *number]
    header = ctypes.create_string_buffer(given)
    if prctl(38, 1, 0, 0, 0) != 0 or prctl(22, 2, ctypes.addressof(header), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "no seccomp filter may be installed")
