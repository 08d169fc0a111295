/* urgent.h: SIGURG, the one signal that the tracer takes: to have threads stand still, and to be
 * woken where the program sleeps and somebody asks for a snapshot. Its default is to be ignored.
 * The program never finds it taken: hooks_signal.c tells it what it has set itself. */
#ifndef MT_URGENT_H
#define MT_URGENT_H

#include <signal.h>
#include <stdint.h>

/* A disposition in the kernel's form. */
struct mt_disposition {
    void *handler;
    unsigned long flags;
    void *restorer;
    uint64_t mask;
};

/* With this handler and all signals blocked in it, on the stack for signals where there is one. */
struct mt_disposition mt_urgent_disposition(void *handler);

/* Takes the signal where the program leaves it at its default; what the program has set itself
 * stays, and so does a process that asked for none (option scan=none), has put itself into a
 * sandbox or is not the trace's own. Any thread, any time. */
void mt_urgent_stand_by(void);

/* Takes it whatever the program has set, which is handed on from then on. 0 where that fails. */
int mt_urgent_take(void);

/* The kernel is told again what the program has set: for a sandbox, which may not even let a
 * handler return. */
void mt_urgent_give_back(void);

/* What the program has set, where `handler` is the tracer's; else NULL. */
const struct mt_disposition *mt_urgent_behind(const void *handler);

#endif
