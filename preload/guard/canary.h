/* canary.h: a pattern in bytes that nobody was given: where it has changed, somebody has written
 * beyond a block. In the pages of a guarded block (guard.h), and, with option canary, behind each
 * block that the allocator gives:
 *
 *   | the block, as asked for | pattern, 8 to 64 bytes | (slack) | trailer |
 *                                                                 ^ the last 8 bytes that the
 *                                                                   allocator says are usable
 *
 * That a block has a canary is noted aside (one bit for each 16 bytes of address), so that what
 * passes the hooks by is never mistaken for a block whose canary was overwritten. The trailer says
 * how long the block is. */
#ifndef MT_CANARY_H
#define MT_CANARY_H

#include <stddef.h>
#include <stdint.h>

/* So many bytes more than the program asked for are asked of the allocator. */
enum { MT_CANARY_BYTES = 16 };

/* Bytes around a block that were written: relative to its first byte. */
struct mt_damage {
    int64_t offset;  /* of the first */
    uint64_t bytes;  /* from the first to the last */
    size_t of_bytes; /* size of the block */
};

/* Fills [start, end) with the pattern. */
void mt_pattern_fill(uintptr_t start, uintptr_t end);

/* Whether [start, end) is as it was filled; else *ret_damage says where not, relative to `block`;
 * `of_bytes` is left alone. */
int mt_pattern_is_whole(uintptr_t start, uintptr_t end, uintptr_t block,
                        struct mt_damage *ret_damage);

/* A block of `bytes` that the allocator gave, with MT_CANARY_BYTES more, has a canary now, unless
 * there is no memory for the note. */
void mt_canary_set(void *block, size_t bytes);

/* It is about to be released, or resized, and has none any more. Returns whether it had one. */
int mt_canary_clear(void *block);

/* The other way, where the resize has failed. */
void mt_canary_restore(void *block);

/* What the program was told the block's size is; SIZE_MAX where it has no canary, or a spoiled one.
 */
size_t mt_canary_size(const void *block);

/* Looks at the canary; 1 where it has changed. `known_bytes` is the size of the block as recorded,
 * SIZE_MAX unknown: for a trailer that was overwritten too. Reads nothing but memory: also in a
 * child that scans. */
int mt_canary_is_damaged(const void *block, size_t known_bytes, struct mt_damage *ret_damage);

#endif
