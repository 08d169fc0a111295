/* hook_list.h: every function the preload takes over, once. Expanded for the pointers to the real
 * functions (real.h), their lookup (real.c), and by the test that compares the list with the
 * symbols the library exports.
 *
 * X(name, return type, parameters): the C family, exported; jemalloc's extensions, which take the
 * place of the allocator's own (rebind.c).
 * X(name, symbol, function, parameters as declared, parameters as passed): C++; symbols are the
 * Itanium ABI's mangled names of operator new and delete in all their standard forms. */
#ifndef MT_HOOK_LIST_H
#define MT_HOOK_LIST_H

#include <spawn.h>
#include <sys/resource.h>

struct sigaction;
typedef void (*mt_signal_handler)(int);

#define MT_HOOKS_C(X) \
    X(malloc, void *, (size_t)) \
    X(calloc, void *, (size_t, size_t)) \
    X(realloc, void *, (void *, size_t)) \
    X(reallocarray, void *, (void *, size_t, size_t)) \
    X(posix_memalign, int, (void **, size_t, size_t)) \
    X(aligned_alloc, void *, (size_t, size_t)) \
    X(memalign, void *, (size_t, size_t)) \
    X(valloc, void *, (size_t)) \
    X(pvalloc, void *, (size_t)) \
    X(free, void, (void *)) \
    X(cfree, void, (void *)) \
    X(free_sized, void, (void *, size_t)) \
    X(free_aligned_sized, void, (void *, size_t, size_t)) \
    X(malloc_usable_size, size_t, (void *))

#define MT_HOOKS_JEMALLOC(X) \
    X(mallocx, void *, (size_t, int)) \
    X(rallocx, void *, (void *, size_t, int)) \
    X(xallocx, size_t, (void *, size_t, size_t, int)) \
    X(sallocx, size_t, (const void *, int)) \
    X(dallocx, void, (void *, int)) \
    X(sdallocx, void, (void *, size_t, int))

/* `nothrow` and `alignment` stand for std::nothrow_t const& and std::align_val_t. */
#define MT_HOOKS_NEW(X) \
    X(new_plain, _Znwm, NEW, (size_t size), (size)) \
    X(new_array, _Znam, NEW_ARRAY, (size_t size), (size)) \
    X(new_nothrow, _ZnwmRKSt9nothrow_t, NEW, (size_t size, const void *nothrow), (size, nothrow)) \
    X(new_array_nothrow, _ZnamRKSt9nothrow_t, NEW_ARRAY, (size_t size, const void *nothrow), \
      (size, nothrow)) \
    X(new_aligned, _ZnwmSt11align_val_t, NEW, (size_t size, size_t alignment), (size, alignment)) \
    X(new_array_aligned, _ZnamSt11align_val_t, NEW_ARRAY, (size_t size, size_t alignment), \
      (size, alignment)) \
    X(new_aligned_nothrow, _ZnwmSt11align_val_tRKSt9nothrow_t, NEW, \
      (size_t size, size_t alignment, const void *nothrow), (size, alignment, nothrow)) \
    X(new_array_aligned_nothrow, _ZnamSt11align_val_tRKSt9nothrow_t, NEW_ARRAY, \
      (size_t size, size_t alignment, const void *nothrow), (size, alignment, nothrow))

#define MT_HOOKS_DELETE(X) \
    X(delete_plain, _ZdlPv, DELETE, (void *block), (block)) \
    X(delete_array, _ZdaPv, DELETE_ARRAY, (void *block), (block)) \
    X(delete_sized, _ZdlPvm, DELETE, (void *block, size_t size), (block, size)) \
    X(delete_array_sized, _ZdaPvm, DELETE_ARRAY, (void *block, size_t size), (block, size)) \
    X(delete_nothrow, _ZdlPvRKSt9nothrow_t, DELETE, (void *block, const void *nothrow), \
      (block, nothrow)) \
    X(delete_array_nothrow, _ZdaPvRKSt9nothrow_t, DELETE_ARRAY, \
      (void *block, const void *nothrow), (block, nothrow)) \
    X(delete_aligned, _ZdlPvSt11align_val_t, DELETE, (void *block, size_t alignment), \
      (block, alignment)) \
    X(delete_array_aligned, _ZdaPvSt11align_val_t, DELETE_ARRAY, (void *block, size_t alignment), \
      (block, alignment)) \
    X(delete_sized_aligned, _ZdlPvmSt11align_val_t, DELETE, \
      (void *block, size_t size, size_t alignment), (block, size, alignment)) \
    X(delete_array_sized_aligned, _ZdaPvmSt11align_val_t, DELETE_ARRAY, \
      (void *block, size_t size, size_t alignment), (block, size, alignment)) \
    X(delete_aligned_nothrow, _ZdlPvSt11align_val_tRKSt9nothrow_t, DELETE, \
      (void *block, size_t alignment, const void *nothrow), (block, alignment, nothrow)) \
    X(delete_array_aligned_nothrow, _ZdaPvSt11align_val_tRKSt9nothrow_t, DELETE_ARRAY, \
      (void *block, size_t alignment, const void *nothrow), (block, alignment, nothrow))

/* Process functions: they change what the trace says of the process, or what it may take, and not
 * of its memory. */
#define MT_HOOKS_PROCESS(X) \
    X(_exit, void, (int)) \
    X(_Exit, void, (int)) \
    X(execve, int, (const char *, char *const *, char *const *)) \
    X(execv, int, (const char *, char *const *)) \
    X(execvp, int, (const char *, char *const *)) \
    X(execvpe, int, (const char *, char *const *, char *const *)) \
    X(execveat, int, (int, const char *, char *const *, char *const *, int)) \
    X(fexecve, int, (int, char *const *, char *const *)) \
    X(posix_spawn, int, \
      (pid_t *, const char *, const posix_spawn_file_actions_t *, const posix_spawnattr_t *, \
       char *const *, char *const *)) \
    X(posix_spawnp, int, \
      (pid_t *, const char *, const posix_spawn_file_actions_t *, const posix_spawnattr_t *, \
       char *const *, char *const *)) \
    X(prctl, int, (int, ...)) \
    X(syscall, long, (long, ...)) \
    X(setrlimit, int, (__rlimit_resource_t, const struct rlimit *)) \
    X(setrlimit64, int, (__rlimit_resource_t, const struct rlimit64 *)) \
    X(prlimit, int, (pid_t, enum __rlimit_resource, const struct rlimit *, struct rlimit *)) \
    X(prlimit64, int, (pid_t, enum __rlimit_resource, const struct rlimit64 *, struct rlimit64 *))

/* Their variadic forms, which gather the arguments and go on as the ones above. */
#define MT_HOOKS_PROCESS_VARIADIC(X) X(execl) X(execlp) X(execle)

/* Functions by which a program obtains, changes and releases address space itself. */
#define MT_HOOKS_MAPPING(X) \
    X(mmap, void *, (void *, size_t, int, int, int, off_t)) \
    X(mmap64, void *, (void *, size_t, int, int, int, off_t)) \
    X(munmap, int, (void *, size_t)) \
    X(mremap, void *, (void *, size_t, size_t, int, ...)) \
    X(mprotect, int, (void *, size_t, int)) \
    X(pkey_mprotect, int, (void *, size_t, int, int)) \
    X(madvise, int, (void *, size_t, int)) \
    X(shmat, void *, (int, const void *, int)) \
    X(shmdt, int, (const void *)) \
    X(brk, int, (void *)) \
    X(sbrk, void *, (intptr_t))

/* Functions that make a thread, or make its stack libc's again. They note it and call through. */
#define MT_HOOKS_THREAD(X) \
    X(pthread_create, int, (pthread_t *, const pthread_attr_t *, void *(*)(void *), void *)) \
    X(pthread_join, int, (pthread_t, void **)) \
    X(pthread_tryjoin_np, int, (pthread_t, void **)) \
    X(pthread_timedjoin_np, int, (pthread_t, void **, const struct timespec *)) \
    X(pthread_clockjoin_np, int, (pthread_t, void **, clockid_t, const struct timespec *)) \
    X(pthread_detach, int, (pthread_t))

/* Functions that set a signal's disposition, or tell what it is. */
#define MT_HOOKS_SIGNAL(X) \
    X(sigaction, int, (int, const struct sigaction *, struct sigaction *)) \
    X(__sigaction, int, (int, const struct sigaction *, struct sigaction *)) \
    X(signal, mt_signal_handler, (int, mt_signal_handler)) \
    X(bsd_signal, mt_signal_handler, (int, mt_signal_handler)) \
    X(ssignal, mt_signal_handler, (int, mt_signal_handler)) \
    X(sysv_signal, mt_signal_handler, (int, mt_signal_handler)) \
    X(__sysv_signal, mt_signal_handler, (int, mt_signal_handler)) \
    X(sigset, mt_signal_handler, (int, mt_signal_handler)) \
    X(siginterrupt, int, (int, int))

/* Not hooks, but exported as well: what programs call by memtrace.h, and LeakSanitizer's interface. */
#define MT_API(X) \
    X(__memtrace_is_active) \
    X(__memtrace_check) \
    X(__memtrace_checkpoint) \
    X(__memtrace_leaks_since) \
    X(__memtrace_leaks_between) \
    X(__memtrace_scope_begin) \
    X(__memtrace_scope_end) \
    X(__memtrace_phase) \
    X(__memtrace_ignore) \
    X(__memtrace_ignore_begin) \
    X(__memtrace_ignore_end) \
    X(__memtrace_root_add) \
    X(__memtrace_root_remove) \
    X(__memtrace_thread_name) \
    X(__lsan_disable) \
    X(__lsan_enable) \
    X(__lsan_ignore_object) \
    X(__lsan_register_root_region) \
    X(__lsan_unregister_root_region) \
    X(__lsan_do_leak_check) \
    X(__lsan_do_recoverable_leak_check)

#endif
