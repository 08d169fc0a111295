/* taken.h: signals that an instruction causes, SIGBUS and with option guard SIGSEGV, taken in front
 * of what the program has set, so that what is the tracer's own affair is seen to before the
 * program hears of it. The program never finds them taken: hooks_signal.c tells it what it has set
 * itself. Where it has the signal ignored, or blocked when it comes, the kernel kills it at once,
 * as it does without us. */
#ifndef MT_TAKEN_H
#define MT_TAKEN_H

#include "urgent.h"

/* Looks at a signal that an instruction has caused. Returns 1 where it was the tracer's affair and
 * the instruction can be made again, 0 where the program is to have it. */
typedef int mt_taken_look(const siginfo_t *info, void *context);

/* Standing by has a purpose from now on. Once for each number, while the process has one thread. */
void mt_taken_start(int number, mt_taken_look *look);

/* Takes the signal, in front of what the program has set. Any thread, any time. */
void mt_taken_stand_by(int number);
void mt_taken_stand_by_all(void);

/* The kernel is told again what the program has set: for a sandbox, and for calls that change it.
 */
void mt_taken_give_back(int number);
void mt_taken_give_back_all(void);

/* Whether it is a signal that may be taken. */
int mt_taken_is(int number);

/* What the program has set, where `handler` is the tracer's; else NULL. */
const struct mt_disposition *mt_taken_behind(int number, const void *handler);

#endif
