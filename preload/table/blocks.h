/* blocks.h: the live table: one record per live block, addressed by the block's address. */
#ifndef MT_BLOCKS_H
#define MT_BLOCKS_H

#include <stddef.h>
#include <stdint.h>
#include "memtrace/trace_format.h"
#include "thread.h"

/* log2 of the granule, the smallest distance of two live blocks: glibc's, and everybody else's. */
enum { MT_GLIBC_SHIFT = 5, MT_OTHER_SHIFT = 4 };

/* A record taken out of the table, so that it can be put back. word 0: there was none. */
struct mt_record {
    uint64_t *place;
    uint64_t word;
};

/* Where the record of the new block at `address` will stand, NULL when there is no room for it
 * (then counted). Called after the real allocation: nobody else can name the address. Apart from
 * the insert, so that the place is on its way from memory while the stack is taken. */
uint64_t *mt_block_place(struct mt_thread_state *thread, const void *address);

/* Blocks at addresses that are set apart (leaves.h, for guard.h) are in the table like others, but are not found
 * by `place` and `release`, which are on the way of every allocation. They have their own place; who
 * takes one out finds both sorts. */
uint64_t *mt_block_place_apart(struct mt_thread_state *thread, const void *address);
void mt_block_insert_apart(struct mt_thread_state *thread, uint64_t *place, const void *address,
                           size_t size_bytes, uint32_t stack);

/* The block at `address` now lives. `stack` is a node id, not 0. Does the thread's accounting. */
void mt_block_insert(struct mt_thread_state *thread, uint64_t *place, const void *address,
                     size_t size_bytes, uint32_t stack);

/* The block at `address` is about to be released by a release function: ends its record and does
 * the accounting. Called before the real release: the address is still this caller's. Returns 0
 * when there was no record, and nothing is done; if that is to be counted, call `unknown`. */
int mt_block_release(struct mt_thread_state *thread, const void *address);
/* The same for one that is taken out already. */
void mt_block_end(struct mt_thread_state *thread, struct mt_record record, const void *address);
void mt_block_unknown(struct mt_thread_state *thread);

/* The block at `address` is about to be resized: takes its record out, without accounting. Then
 * either it did not happen after all, and the record stands again as it was, or it did. */
struct mt_record mt_block_take_out(const void *address);
void mt_block_put_back(struct mt_record record);
void mt_block_moved(struct mt_thread_state *thread, struct mt_record record, const void *address);

/* The first word of the record of the block at `address`, by which it is told from a later one at
 * the same address; 0 where there is none. */
uint64_t mt_block_word(const void *address);

/* What a first word says, and where words lie: for who looks at them himself (block_search.h). The
 * leaf that covers `address`, which with MT_BASE_ODD is that of the addresses 8 above a multiple of
 * 16; NULL where there is none. */
size_t mt_block_size(uint64_t word);
unsigned mt_block_shift(void);
const uint64_t *mt_block_leaf(uintptr_t address);

/* Looks at the clock, as each new block does. */
void mt_block_tick(struct mt_thread_state *thread);

/* Bytes of blocks that live now, summed over threads; and their number. For the closing line. */
void mt_block_totals(uint64_t *ret_blocks, uint64_t *ret_bytes);

/* Once per trace, before the first thread state. Returns 0 when there is no memory for the table.
 */
int mt_block_start(int allocator_is_glibc);

#endif
