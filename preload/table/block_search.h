/* block_search.h: which live block an address lies in. For what is rare: each call looks at as many
 * leaves as there are in between. */
#ifndef MT_BLOCK_SEARCH_H
#define MT_BLOCK_SEARCH_H

#include <stdint.h>

/* A block found in the table. */
struct mt_found_block {
    uintptr_t address; /* 0: none */
    uint64_t size_bytes;
    uint32_t stack; /* node id of its allocation */
};

/* The live block that holds the byte at `address`, or begins there. Blocks that begin more than a
 * few GiB below it are not found. */
struct mt_found_block mt_block_around(uintptr_t address);

/* The lowest live block that begins in [start, end). */
struct mt_found_block mt_block_within(uintptr_t start, uintptr_t end);

/* Whether blocks have ever lived in the same 16 KiB. */
int mt_block_are_near(uintptr_t address);

#endif
