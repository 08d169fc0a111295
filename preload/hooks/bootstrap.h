/* bootstrap.h: a small arena for what is allocated before the real functions are known (by ld.so
 * and IFUNC resolvers, while libraries are still being relocated). Blocks are never reused. */
#ifndef MT_BOOTSTRAP_H
#define MT_BOOTSTRAP_H

#include <stddef.h>
#include <stdint.h>

/* Zeroed, aligned to `alignment` (a power of two, at least 16). NULL when the arena is full. */
void *mt_bootstrap_alloc(size_t bytes, size_t alignment);

/* The size asked for, of a block that mt_bootstrap_owns. */
size_t mt_bootstrap_size(const void *block);

/* Calls `visit` for every block given so far, with the return address of its caller. */
void mt_bootstrap_each(void (*visit)(void *block, size_t bytes, uintptr_t caller));
void mt_bootstrap_note_caller(void *block, uintptr_t caller);

enum { MT_BOOTSTRAP_BYTES = 256 * 1024 };
extern char mt_bootstrap_arena[MT_BOOTSTRAP_BYTES];

static inline int mt_bootstrap_owns(const void *block)
{
    return (uintptr_t)block - (uintptr_t)mt_bootstrap_arena < MT_BOOTSTRAP_BYTES;
}

#endif
