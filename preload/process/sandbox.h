/* sandbox.h: whether the program has put itself under a seccomp filter. Such a filter may answer a
 * system call that the program itself never makes with death, so from then on the tracer opens no
 * file, and makes no call that the filter does not let pass (filters.h). The kernel cannot be asked
 * for it safely: what asks may be forbidden too. So the two ways in which libc installs a filter,
 * prctl and syscall, are hooks (hooks_sandbox.c).
 *
 * A filter that was there before the program began counts for little: it has let the trace be made.
 * Containers and services have one all their life. */
#ifndef MT_SANDBOX_H
#define MT_SANDBOX_H

/* Looks for a filter that was there before. Once per image, while the process has one thread. */
void mt_sandbox_start(void);

/* Set in forked children too. */
int mt_sandbox_is_on(void);

/* A filter is about to be installed: a struct sock_fprog of the program's, or NULL for strict mode. On
 * return no other thread opens a file any more. What is returned goes to mt_sandbox_end when it is
 * known what came of it. */
struct mt_sandbox_step {
    int is_first;
    int filter; /* -1: it is not this process's */
};
struct mt_sandbox_step mt_sandbox_begin(const void *program);
void mt_sandbox_end(struct mt_sandbox_step step, int is_installed);

#endif
