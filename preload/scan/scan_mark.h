/* scan_mark.h: follows pointers from root to object and from object to object. The meanings are
 * those of Valgrind's manual (4.2.8): an object is
 *
 *   reachable  when a chain of pointers to starts of objects leads to it from a root,
 *   possible   when every chain has a pointer into the inside of an object, one that no heuristic
 *              (scan_heuristics.h) explains,
 *   indirect   when only lost objects point to it,
 *   definite   otherwise: the head of what is lost.
 *
 * A mapping is reachable by any pointer into it, or into another part of the reservation that it
 * belongs to: whoever maps memory puts headers and guard pages
 * in front, cuts stacks and arenas out of it, and keeps pointers to the parts. */
#ifndef MT_SCAN_MARK_H
#define MT_SCAN_MARK_H

#include <stdint.h>
#include "scan_heuristics.h"
#include "scan_objects.h"
#include "scan_pages.h"
#include "scan_settled.h"

/* Sums over what a head holds. */
struct mt_held {
    mt_object head;
    uint64_t objects, bytes;
};

/* Who writes what is read. Not every address that the allocator or the loader keep is a pointer. */
enum mt_owner {
    MT_OWNER_PROGRAM,
    MT_OWNER_ALLOCATOR,
    MT_OWNER_LOADER,
};

/* What was read as a root: a stretch of memory, or an object (end 0, start which). */
struct mt_root {
    uint64_t start, end;
    uint32_t thread; /* whose stack or descriptor it belongs to; 0 not known */
    enum mt_owner owner;
};

struct mt_mark_run {
    struct mt_objects *objects;
    const struct mt_ranges *areas; /* what is mapped: tag as scan_heuristics.h says */
    struct mt_pages pages;
    unsigned heuristics; /* MT_HEURISTIC_* */
    int is_in_place;     /* other threads may unmap what we read: it is copied by the kernel */
    enum mt_owner owner; /* of what is being read */

    /* 0 while roots are read, and afterwards: what is looked for */
    enum { MT_PASS_REACHABLE, MT_PASS_POSSIBLE, MT_PASS_INDIRECT } pass;
    mt_object *stack;
    uint32_t depth;
    uint32_t room;          /* of the stack, at least 1; the tests make it small */
    int has_overflowed;     /* some objects are grey */
    struct mt_held current; /* MT_PASS_INDIRECT: the head whose objects are being marked */
    struct mt_held *heads;  /* those that hold something */
    uint32_t head_count, head_room;
    uint64_t root_bytes, heap_bytes;
    struct mt_root *roots; /* the first of them, for who asks later what kept an object */
    uint32_t root_count, root_room;
    uint32_t thread; /* goes into the roots */

    /* Objects that are reachable, or possible once that is looked for. */
    struct mt_settled settled;
};

enum { MT_MARK_STACK_ROOM = 1 << 20, MT_HEADS_ROOM = 1 << 20, MT_ROOTS_ROOM = 1 << 16 };

/* objects, areas, pages, heuristics, is_in_place filled in, the rest zero. Returns 0 when there is
 * no memory. */
int mt_mark_start(struct mt_mark_run *run);

/* Reads [start, end) as a root, and all that can be reached from it. The memory must be readable,
 * or the reader's fault handler see to it. */
void mt_mark_root(struct mt_mark_run *run, uint64_t start, uint64_t end);

/* The same without the blocks that lie in it. */
void mt_mark_root_around_blocks(struct mt_mark_run *run, uint64_t start, uint64_t end);

/* The object is a root, or in use: reachable, or ignored. */
void mt_mark_object(struct mt_mark_run *run, mt_object object, enum mt_state as);

/* After all roots: finds what is possible, and which heads hold what is lost. */
void mt_mark_finish(struct mt_mark_run *run);

/* Whether a heuristic makes a pointer into the object's inside as good as one to its start. */
int mt_mark_is_explained(const struct mt_mark_run *run, mt_object object, uint64_t address);

/* Whether an address in the object, read from memory of that owner, does not mean the object: one
 * of the allocator's that names the chunk that follows a block; one that the loader kept of a file
 * that it has unmapped (cache_new of glibc's dl-cache.c), where the program has mapped something
 * since. */
int mt_mark_is_other(const struct mt_objects *objects, enum mt_owner owner, mt_object object,
                     uint64_t address, int is_start);

/* Calls `visit` for what of the object's memory is worth reading. */
void mt_mark_each_stretch(const struct mt_mark_run *run, mt_object object,
                          void (*visit)(void *context, uint64_t start, uint64_t end),
                          void *context);

#endif
