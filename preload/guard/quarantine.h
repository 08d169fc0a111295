/* quarantine.h: a bounded queue of numbers, first in, first out: slots of freed blocks wait in it
 * until they are used again. No lock: nobody waits, and a thread that is stopped, or a fork that
 * leaves it behind, in the middle of a step costs the queue what it was about to move. */
#ifndef MT_QUARANTINE_H
#define MT_QUARANTINE_H

#include <stdint.h>

struct mt_quarantine_cell {
    uint32_t turn;   /* atomic; see quarantine.c */
    uint32_t number; /* what waits here */
};

struct mt_quarantine {
    struct mt_quarantine_cell *cells; /* zeroed when it begins */
    uint32_t room;                    /* how many: a power of two */
    uint32_t in, out;                 /* numbers put in and taken out so far; atomic */
};

/* Any thread, any time. Returns 0 where there is no room: the number is then not in the queue. */
int mt_quarantine_put(struct mt_quarantine *queue, uint32_t number);

/* The number that has waited longest; -1 where there is none. */
int64_t mt_quarantine_take(struct mt_quarantine *queue);

#endif
