/* mappings.h: the program's own mappings: which ranges of addresses it obtained, split and merged
 * as the kernel does it. A record of trace_format.h each; here they are kept in order.
 *
 * As with blocks, a range is taken out before the real call releases it and put in after the real
 * call gave it. What was taken out hangs together as a chain, which one of drop and put_back ends.
 * All functions: any thread, any time, also in signal handlers. */
#ifndef MT_MAPPINGS_H
#define MT_MAPPINGS_H

#include <stdint.h>
#include "intervals.h"
#include "lock.h"
#include "memtrace/trace_format.h"

/* In wiped memory. */
struct mt_mappings {
    struct mt_lock lock;
    uint32_t free;    /* slots not in use, linked by `left` */
    uint32_t retired; /* the same, given back without the lock; atomic */
    uint32_t slots;   /* given out so far */
    uint32_t live;    /* records in the set; read without the lock to see that there is none */
    uint64_t bytes;   /* of those, the stacks of threads that run included; atomic */
    uint64_t births;
    uint64_t sequence;
    struct mt_intervals set;
    struct mt_extent *extents[MT_INTERVAL_CHUNKS];
};

/* What was taken out; 0 nothing. */
typedef uint32_t mt_taken;

/* Records a range that now is the program's: address, bytes, and all that is known of it, but not
 * sequence. `birth` 0: it is a mapping of its own, else a further piece of that one. What the table
 * has of the same addresses has gone unseen and is dropped. A brk mapping that begins where another
 * of the same stack ends continues it. Returns its birth; 0 when there is no room (counted). */
uint64_t mt_mapping_insert(const struct mt_mapping *mapping);

/* Takes out what lies in [start, end), splitting what lies across its ends. */
mt_taken mt_mapping_take(uint64_t start, uint64_t end);

/* The call succeeded: the ranges are gone. */
void mt_mapping_drop(mt_taken taken);

/* The call failed: those ranges that are still mapped stand again as they were. */
void mt_mapping_put_back(mt_taken taken);

/* The first piece that was taken, and the one after `piece`; NULL at the end. */
const struct mt_mapping *mt_mapping_taken(mt_taken taken);
mt_taken mt_mapping_next_taken(mt_taken taken);

/* The lowest record that ends beyond `address`, as a copy. Returns 0 when there is none. */
int mt_mapping_find(uint64_t address, struct mt_mapping *ret_mapping);

/* Several steps with nothing between them: the table is held, NULL where it cannot be, and let
 * go. The holder has all signals blocked and calls nothing else that takes a lock. */
struct mt_mappings *mt_mappings_hold(uint64_t *ret_signals);
void mt_mappings_let_go(struct mt_mappings *mappings, uint64_t signals);
uint64_t mt_mapping_insert_held(struct mt_mappings *mappings, const struct mt_mapping *mapping);
int mt_mapping_find_held(const struct mt_mappings *mappings, uint64_t address,
                         struct mt_mapping *ret_mapping);

/* The mappings that stand, and their bytes, but for the stacks of threads that run. */
void mt_mapping_totals(uint64_t *ret_count, uint64_t *ret_bytes);

/* mprotect: all of [start, end) has this protection now, or one that is not known. */
void mt_mapping_protect(uint64_t start, uint64_t end, unsigned protection, int is_known);

/* Drops the record that begins at `address` if it is still the mapping of that birth. */
void mt_mapping_forget(uint64_t address, uint64_t birth);

/* Marks it as a stack whose thread has ended, if it is still the mapping of that birth. */
void mt_mapping_thread_ended(uint64_t address, uint64_t birth);

#endif
