/* kill_log.h: what kill_log.c writes down of itself into a shared file, and kill.py reads after its
 * death. All fields are 64-bit little endian. One struct kill_thread per thread, one after another:
 * first what is in flight, then the slots.
 *
 * A thread says which slot it will work on, makes its call, writes the slot, and says "nothing in
 * flight". Whenever it is killed, every other slot is exactly what the trace must hold. */
#ifndef KILL_LOG_H
#define KILL_LOG_H

#include <stdint.h>

enum { KILL_THREADS = 3, KILL_SLOTS = 251 };

struct kill_slot {
    uint64_t address; /* 0: empty */
    uint64_t size;    /* 5 more than a multiple of 16: no other block of the process is */
};

struct kill_thread {
    uint64_t in_flight; /* slot + 1; 0: none */
    uint64_t calls;     /* finished */
    struct kill_slot slots[KILL_SLOTS];
};

#endif
