/* sandbox.h: whether the program has put itself under a seccomp filter. Such a filter may answer a
 * system call that the program itself never makes with death, so from then on the tracer opens no
 * file. There is no safe way to ask: what asks may be forbidden too. So the two ways in which libc
 * installs a filter, prctl and syscall, are hooks (hooks_sandbox.c).
 *
 * A filter that was there before the program began counts for nothing: it has let the trace be
 * made. Containers and services have one all their life. */
#ifndef MT_SANDBOX_H
#define MT_SANDBOX_H

/* Set in forked children too. */
int mt_sandbox_is_on(void);

/* A filter is about to be installed. On return no other thread opens a file any more. Returns what
 * mt_sandbox_refused takes when no filter came of it. */
int mt_sandbox_begin(void);
void mt_sandbox_refused(int begun);

#endif
