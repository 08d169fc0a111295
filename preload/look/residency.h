/* residency.h: which pages of this process are in RAM, in swap, or nowhere. */
#ifndef MT_RESIDENCY_H
#define MT_RESIDENCY_H

/* Says each area of the address space and the states of its pages into the snapshot that is being
 * made, and in its head how they were found and in what time. Returns 1; 0 where the areas could
 * not be read or there was no room for all: the head then says MT_RESIDENCY_NONE and is all
 * that the snapshot has. To be said first. Needs 24 KiB of stack. */
int mt_residency_say(void);

#endif
