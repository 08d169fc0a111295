/* look.h: the process looks at itself and leaves what it finds in the trace, as a snapshot. */
#ifndef MT_LOOK_H
#define MT_LOOK_H

/* The snapshot at the end of the process, by exit or quick_exit, in forked children as well: they
 * have traces of their own. On a stack of the tracer's, with all signals blocked; `registers` is a
 * struct mt_registers on the program's stack, from where on that stack is one of its roots.
 *
 * None is taken by _exit, which a signal handler may call in any state, or a child that is about to
 * tell its parent that exec failed; none before exec, which may fail, whereupon the process goes on;
 * and none in a sandbox (sandbox.h), for files of /proc are opened. */
void mt_look_at_exit(void *registers);

#endif
