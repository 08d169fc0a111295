/* serial.h: the one lock for what is rare and needs a stack: asking the oracle once per return
 * address, learning modules, taking a sample. One thread at a time, on a private stack, with all signals blocked.
 *
 * Whoever holds it waits for nothing that belongs to the program: no loader lock, no allocator. No
 * signal handler can interrupt the holder, so none can leave by longjmp and take the lock along. */
#ifndef MT_SERIAL_H
#define MT_SERIAL_H

/* Waits for the lock and runs work(argument). Not to be called from inside work. */
void mt_serial_run(void (*work)(void *), void *argument);

/* The same, but returns 0 at once and does nothing when the lock is held, by this thread or any
 * other; 1 when the work was done. */
int mt_serial_try(void (*work)(void *), void *argument);

/* In a forked child, which has one thread. Frees the lock; returns 1 when it was held by a thread
 * that does not exist here: what that thread was changing inside libunwind is then half done. */
int mt_serial_restart(void);

#endif
