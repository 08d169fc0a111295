/* blocks.h: the live table: one record per live block, addressed by the block's address. */
#ifndef MT_BLOCKS_H
#define MT_BLOCKS_H

#include <stddef.h>
#include <stdint.h>
#include "memtrace/trace_format.h"
#include "thread.h"

/* A record taken out of the table, so that it can be put back. word 0: there was none. */
struct mt_record {
    uint64_t *place;
    uint64_t word, next;
};

/* The block at `address` now lives. `stack` is a node id, not 0. Called after the real allocation:
 * nobody else can name the address. Does the thread's accounting. */
void mt_block_insert(struct mt_thread_state *thread, void *address, size_t size_bytes,
                     uint32_t stack);

/* Whether there is a record for the block at `address`. */
int mt_block_has_record(const void *address);

/* The block at `address` is about to be released or moved: takes its record out. Called before the
 * real release: the address is still this caller's. No accounting. */
struct mt_record mt_block_take_out(const void *address);

/* The release did not happen after all: the record stands again as it was. */
void mt_block_put_back(struct mt_record record);

/* The release happened, by a release function: accounts for the record that was taken out. */
void mt_block_released(struct mt_thread_state *thread, struct mt_record record);

/* The same for the old block of a resize. */
void mt_block_moved(struct mt_thread_state *thread, struct mt_record record);

size_t mt_record_size(struct mt_record record);

/* Bytes of blocks that live now, summed over threads; and their number. For the closing line. */
void mt_block_totals(uint64_t *ret_blocks, uint64_t *ret_bytes);

/* Once per trace, before the first insert. `shift`: log2 of the allocator's granule, as
 * trace_format.h explains. Returns 0 when there is no memory for the table. */
int mt_block_start(unsigned shift, int reads_glibc_headers);

#endif
