/* misuse.h: option errors: whether a call of the allocator is one that it should never see. Asked
 * before the real call, which then goes on as it is (or never, with errors=stop). */
#ifndef MT_MISUSE_H
#define MT_MISUSE_H

#include <stddef.h>
#include <stdint.h>
#include "memtrace/trace_format.h"
#include "thread.h"

/* A size that a release does not say. */
#define MT_NOT_SAID SIZE_MAX

/* A call that releases a block, or gives it another size. */
struct mt_release {
    uintptr_t block;
    enum mt_function function;
    size_t said_bytes;     /* MT_NOT_SAID: it takes no size */
    size_t said_alignment; /* 0: it takes none */
    uintptr_t caller_pc;
};

/* Begins, once per trace; whether calls are checked then. Not where only a sample of the blocks is
 * recorded, nor where the program's own malloc passes us by. */
int mt_misuse_start(void);
int mt_misuse_is_on(void);

/* Whether this is how a block is released whose record's first word is `word`, not 0. */
int mt_misuse_is_right(const struct mt_release *release, uint64_t word);

/* It is not, or there is no record (`word` 0): says what is wrong, if anything is. `stack`: of the
 * call; 0: it could not be taken. */
void mt_misuse_of_release(struct mt_thread_state *thread, const struct mt_release *release,
                          uint64_t word, uint32_t stack);

/* The thread's slot as records have it: 0 beyond those that they can name. */
static inline uint32_t mt_misuse_slot(const struct mt_thread_state *thread)
{
    return thread->slot < 1u << MT_THREAD_BITS ? thread->slot : 0;
}

/* A block was given that has no record, and is not counted as lost. */
void mt_misuse_table_has_gaps(void);

/* A resize to nothing; a size that no block can have: `block` as given to the call, 0 none. */
void mt_misuse_zero_size(struct mt_thread_state *thread, enum mt_function function, uintptr_t block,
                         uint64_t word, uint32_t stack);
void mt_misuse_impossible_size(struct mt_thread_state *thread, enum mt_function function,
                               size_t size_bytes, uint32_t stack);
static inline int mt_misuse_is_impossible(size_t size_bytes)
{
    return size_bytes >> 47 != 0; /* as much as all the addresses of a process */
}

/* The program is about to unmap [start, start + bytes). Returns whether a block lies there. */
int mt_misuse_unmaps_block(uintptr_t start, size_t bytes);
void mt_misuse_unmapped(struct mt_thread_state *thread, uintptr_t start, size_t bytes,
                        uint32_t stack);

#endif
