/* counters.c: keeps the counters that clang adds to code (-fprofile-instr-generate) in a file from
 * the first constructor on, so that they outlive _exit, exec, SIGKILL and a crash, and so that all
 * processes that run the code add to one file. compiler links it into what is measured, in two
 * parts: BEGIN before all other objects and END after them, which give the section of counters
 * pages of its own. The file, COUNTERS_FILE, is as long as that section (compiler makes it so).
 *
 * LLVM's own runtime, which this stands in for, writes at exit with malloc and stdio: inside of a
 * preload these would be the program's, and be recorded. This one makes three system calls.
 *
 * Threads and processes count without locks; a count may be lost, but never becomes 0 again. */
#include <stdint.h>

#define PAGE 4096
#define OF_COUNTERS(name)                                                                          \
    __attribute__((visibility("hidden"), used, aligned(PAGE), section("__llvm_prf_cnts")))         \
    uint64_t name[PAGE / sizeof(uint64_t)] = {1}

#ifdef END
OF_COUNTERS(mt_coverage_end);
#else
OF_COUNTERS(mt_coverage_begin);

#include <fcntl.h>
#include <sys/mman.h>
#include "../../preload/ground/sys.h"

extern uint64_t first[] __asm__("__start___llvm_prf_cnts") __attribute__((visibility("hidden")));
extern uint64_t last[] __asm__("__stop___llvm_prf_cnts") __attribute__((visibility("hidden")));

/* What has been counted before goes along: hooks run before every constructor. Where the file
 * cannot be had (another root, no descriptor) this process counts for itself alone. */
__attribute__((constructor(101))) static void keep_counters(void)
{
    const uintptr_t bytes = (uintptr_t)last - (uintptr_t)first;
    const long fd =
        mt_syscall6(SYS_openat, AT_FDCWD, (long)COUNTERS_FILE, O_RDWR | O_CLOEXEC, 0, 0, 0);
    if (fd < 0)
        return;
    const long at =
        mt_syscall6(SYS_mmap, 0, (long)bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    mt_syscall6(SYS_close, fd, 0, 0, 0, 0, 0);
    if (mt_sys_failed(at))
        return;
    uint64_t *kept = (uint64_t *)at;
    for (uintptr_t i = 0; i < bytes / sizeof *kept; i++)
        if (first[i])
            kept[i] += first[i];
    mt_syscall6(SYS_mremap, at, (long)bytes, (long)bytes, MREMAP_MAYMOVE | MREMAP_FIXED,
                (long)first, 0);
}
#endif
