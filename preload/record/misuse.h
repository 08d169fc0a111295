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
    uint32_t stack;        /* node id of the call; 0: it could not be taken */
};

/* Begins, once per trace; whether calls are checked then. Not where only a sample of the blocks is
 * recorded, nor where the program's own malloc passes us by. */
int mt_misuse_start(void);
int mt_misuse_is_on(void);

/* A block whose record's first word is `word` (0: it has none) is about to be released. */
void mt_misuse_check_release(struct mt_thread_state *thread, const struct mt_release *release,
                             uint64_t word);

/* An unnoticed gap in the table: a block that no record tells of was given. */
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
