/* reach.h: which objects of a process can still be reached, judged from outside by its memory. The
 * meanings are Valgrind's (manual, "Memory leak detection"; mc_leakcheck.c):
 *
 *   reachable  a pointer to its start lies in a root, or in an object that is reachable
 *   possible   a chain of pointers leads to it, but one of them points into an object's inside
 *   definite   nothing leads to it: the head of something lost
 *   indirect   only lost objects lead to it
 *
 * What the preload's scan does under the laws of a traced process, this does with all the memory
 * and time it wants; each is a test of the other. */
#ifndef MT_REACH_H
#define MT_REACH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "memtrace/trace_snapshot.h"

struct mt_reach_object {
    uint64_t address, bytes;
    enum mt_verdict verdict;   /* IGNORED if so set before; else found */
    bool is_root;              /* kept without a pointer: the loader's own blocks */
    bool is_mapping;           /* a pointer into its inside keeps it as one to its start does */
    uint64_t held, held_bytes; /* of a definite object: the indirect ones under it */
};

/* The process's memory: the bytes that lie at `address`, how many of them in *ret_bytes; NULL where
 * nothing is known, and how far that goes. */
struct mt_reach_memory {
    const unsigned char *(*bytes_at)(const void *context, uint64_t address, uint64_t *ret_bytes);
    /* Whether `address` may be that of a vtable: in the data of a module. */
    bool (*is_vtable)(const void *context, uint64_t address);
    const void *context;
};

struct mt_reach; /* a judgement under way */

/* `objects`: ascending, none overlaps another; owned by the caller, stays till the end. NULL when
 * there is no memory. */
struct mt_reach *mt_reach_begin(struct mt_reach_object *objects, size_t count,
                                const struct mt_reach_memory *memory);

/* Whose data a root is. */
enum mt_reach_owner {
    MT_REACH_PROGRAM,
    MT_REACH_ALLOCATOR, /* glibc's: names a free chunk by an address in the block before it */
    MT_REACH_LOADER, /* of mappings it keeps addresses of its own alone, and one of a file that it
                        has unmapped (cache_new of glibc's dl-cache.c) */
};

/* A root: a word such as a register's; all aligned words of a range. */
void mt_reach_root_word(struct mt_reach *reach, uint64_t word);
void mt_reach_root_range(struct mt_reach *reach, uint64_t start, uint64_t end,
                         enum mt_reach_owner owner);

/* Fills in the verdicts, and frees the judgement. */
void mt_reach_end(struct mt_reach *reach);

/* Whether a pointer to `address`, inside the object, is one that C++ or an allocator on top makes
 * to a whole object: Valgrind's four heuristics (length64, newarray, stdstring,
 * multipleinheritance). */
bool mt_reach_means_whole(const struct mt_reach_object *object, uint64_t address,
                          const struct mt_reach_memory *memory);

/* Whether glibc's allocator means, by `address` in the block, the chunk that follows it: chunks are
 * named by an address 16 bytes before what is given, and their size stands 8 bytes before it. */
bool mt_reach_means_next_chunk(const struct mt_reach_object *block, uint64_t address,
                               const struct mt_reach_memory *memory);

#endif
