/* scan_mark.c: see scan_mark.h. Each object is read once in the first two passes; what is lost is
 * read twice.
 *
 * An explicit stack of objects, bounded: what finds no room on it is marked grey, and found again
 * by that. Between the stack and the reading lies a short queue: what enters it is prefetched,
 * and is near when its turn comes; the memory of a random graph would else be waited for word by
 * word. */
#include "scan_mark.h"

#include <sys/uio.h>
#include "memory.h"
#include "sys.h"

enum {
    QUEUE = 16,
    BIG_BYTES = 64 * 1024, /* objects from here on are read by touched pages only */
    COPY_BYTES = 4096,
};

int mt_mark_start(struct mt_mark_run *run)
{
    run->room = MT_MARK_STACK_ROOM;
    run->head_room = MT_HEADS_ROOM;
    run->stack = mt_map_kept(run->room * sizeof *run->stack);
    run->root_room = MT_ROOTS_ROOM;
    run->heads = mt_map_kept(run->head_room * sizeof *run->heads);
    run->roots = mt_map_kept(run->root_room * sizeof *run->roots);
    return run->stack && run->heads && run->roots && mt_settled_start(&run->settled);
}

static void push(struct mt_mark_run *run, mt_object object)
{
    if (__builtin_expect(run->depth < run->room, 1)) {
        run->stack[run->depth++] = object;
        return;
    }
    mt_object_set(run->objects, object, MT_STATE_GREY);
    run->has_overflowed = 1;
}

/* Returns 0 where it was found before. */
static int find_one(struct mt_mark_run *run, mt_object object, enum mt_state as)
{
    const enum mt_state state = mt_object_state(run->objects, object);
    if (state != MT_STATE_WHITE && state != MT_STATE_INSIDE)
        return 0;
    if (as == MT_STATE_INDIRECT) {
        if (object == run->current.head)
            return 0;
        run->current.objects++;
        run->current.bytes += mt_object_size(run->objects, object);
    }
    mt_object_set(run->objects, object, as);
    push(run, object);
    return 1;
}

/* The other parts of the reservation that a mapping is a part of. */
static void find_joined(struct mt_mark_run *run, mt_object object, enum mt_state as)
{
    const struct mt_objects *objects = run->objects;
    if (mt_object_is_block(objects, object))
        return;
    const struct mt_mapped *mapped = mt_object_mapped(objects, object);
    const struct mt_mapped *const end = objects->mapped + objects->mapped_count;
    const struct mt_mapped *at = mapped;
    for (mt_object part = object; at->is_joined && find_one(run, --part, as);)
        at--;
    at = mapped + 1;
    for (mt_object part = object; at < end && at->is_joined && find_one(run, ++part, as);)
        at++;
}

static inline void find(struct mt_mark_run *run, mt_object object, enum mt_state as)
{
    mt_object_set(run->objects, object, as);
    push(run, object);
    find_joined(run, object, as);
}

/* ---- pointers ---- */

static void found_lost(struct mt_mark_run *run, mt_object object)
{
    if (find_one(run, object, MT_STATE_INDIRECT))
        find_joined(run, object, MT_STATE_INDIRECT);
}

int mt_mark_is_explained(const struct mt_mark_run *run, mt_object object, uint64_t address)
{
    return run->heuristics && mt_object_is_block(run->objects, object) &&
           mt_heuristic_explains(run->heuristics, run->areas, mt_object_start(run->objects, object),
                                 mt_object_size(run->objects, object), address);
}

/* glibc names chunks by an address 16 bytes before what it gives: of a free chunk, and of what is
 * left at the top, that lies in the last bytes of the block before. The chunk's size, and three
 * flags, stand in the word before a block. */
static int is_next_chunk(const struct mt_objects *objects, mt_object object, uint64_t address)
{
    if (!objects->has_glibc_headers || !mt_object_is_block(objects, object))
        return 0;
    const uint64_t start = mt_object_start(objects, object);
    return address == start - 16 + (((const uint64_t *)start)[-1] & ~UINT64_C(7));
}

/* The loader maps for itself by calls that no hook sees: of the program's mappings it knows stacks
 * alone. */
int mt_mark_is_other(const struct mt_objects *objects, enum mt_owner owner, mt_object object,
                     uint64_t address, int is_start)
{
    switch (owner) {
    case MT_OWNER_ALLOCATOR:
        return !is_start && is_next_chunk(objects, object, address);
    case MT_OWNER_LOADER:
        return !mt_object_is_block(objects, object) &&
               mt_object_mapped(objects, object)->kind != MT_MAPPING_STACK;
    case MT_OWNER_PROGRAM:
        break;
    }
    return 0;
}

/* A word that may be a pointer to an object. */
static void look_at(struct mt_mark_run *run, uint64_t word)
{
    struct mt_objects *objects = run->objects;
    int is_start;
    if (mt_settled_has(&run->settled, word))
        return;
    mt_objects_prefetch(objects, word);
    const mt_object object = mt_object_at(objects, word, &is_start);
    if (object == MT_OBJECT_NONE) {
        mt_settled_add_none(&run->settled, objects, word);
        return;
    }
    if (mt_mark_is_other(objects, run->owner, object, word, is_start))
        return;
    if (run->pass == MT_PASS_INDIRECT) {
        found_lost(run, object);
        return;
    }
    const enum mt_state state = mt_object_state(objects, object);
    if (mt_state_is_kept(state)) {
        if (!is_start || !mt_object_is_block(objects, object))
            mt_settled_add(&run->settled, objects, object, word);
    } else if (run->pass == MT_PASS_POSSIBLE) {
        if (state != MT_STATE_POSSIBLE)
            find(run, object, MT_STATE_POSSIBLE);
        else
            mt_settled_add(&run->settled, objects, object, word);
    } else if (is_start || mt_mark_is_explained(run, object, word)) {
        find(run, object, MT_STATE_REACHABLE);
    } else if (state == MT_STATE_WHITE) {
        mt_object_set(objects, object, MT_STATE_INSIDE);
    }
}

/* ---- memory ---- */

static void look_through(struct mt_mark_run *run, const uint64_t *from, const uint64_t *to)
{
    for (; from < to; from++)
        if (__builtin_expect(mt_objects_near(run->objects, *from), 0))
            look_at(run, *from);
}

/* Reads by the kernel, which reports what is not there. */
static void look_through_copy(struct mt_mark_run *run, uint64_t start, uint64_t end)
{
    uint64_t copy[COPY_BYTES / 8];
    const long pid = mt_sys(SYS_getpid);
    for (uint64_t at = start, next; at < end; at = next) {
        next = (at | (COPY_BYTES - 1)) + 1;
        next = next < end ? next : end;
        const struct iovec to = {copy, next - at}, from = {(void *)at, next - at};
        const long got = mt_sys(SYS_process_vm_readv, pid, &to, 1, &from, 1, 0);
        if (got > 0)
            look_through(run, copy, copy + got / 8);
    }
}

static void read_words(void *context, uint64_t start, uint64_t end)
{
    struct mt_mark_run *run = context;
    start = (start + 7) & ~UINT64_C(7);
    end &= ~UINT64_C(7);
    if (run->is_in_place)
        look_through_copy(run, start, end);
    else
        look_through(run, (const uint64_t *)start, (const uint64_t *)end);
}

/* Only what is mapped and may be read. */
static void each_mapped(const struct mt_mark_run *run, uint64_t start, uint64_t end,
                        enum mt_page_choice choice,
                        void (*visit)(void *context, uint64_t start, uint64_t end), void *context)
{
    while (start < end) {
        const struct mt_range *area = mt_ranges_before(run->areas, start);
        const struct mt_range *beyond = run->areas->list + run->areas->count;
        if (!area || area->end <= start)
            area = area ? area + 1 : run->areas->list;
        if (area >= beyond || area->start >= end)
            return;
        const uint64_t low = area->start > start ? area->start : start;
        const uint64_t high = area->end < end ? area->end : end;
        if (area->tag & MT_AREA_READS)
            mt_pages_each(&run->pages, low, high, choice, visit, context);
        start = high;
    }
}

static inline __attribute__((always_inline)) void
each_stretch(const struct mt_mark_run *run, mt_object object, uint64_t bytes,
             void (*visit)(void *context, uint64_t start, uint64_t end), void *context)
{
    const uint64_t start = mt_object_start(run->objects, object);
    if (!mt_object_is_block(run->objects, object)) {
        const struct mt_mapped *mapped = mt_object_mapped(run->objects, object);
        const enum mt_page_choice choice = mapped->is_shared                 ? MT_PAGES_CACHED
                                           : mapped->kind == MT_MAPPING_FILE ? MT_PAGES_WRITTEN
                                                                             : MT_PAGES_TOUCHED;
        each_mapped(run, start, start + bytes, choice, visit, context);
    } else if (bytes >= BIG_BYTES) {
        mt_pages_each(&run->pages, start, start + bytes, MT_PAGES_TOUCHED, visit, context);
    } else {
        visit(context, start, start + bytes);
    }
}

void mt_mark_each_stretch(const struct mt_mark_run *run, mt_object object,
                          void (*visit)(void *context, uint64_t start, uint64_t end), void *context)
{
    each_stretch(run, object, mt_object_size(run->objects, object), visit, context);
}

static void read_object(struct mt_mark_run *run, mt_object object)
{
    const uint64_t bytes = mt_object_size(run->objects, object);
    run->heap_bytes += bytes;
    each_stretch(run, object, bytes, read_words, run);
}

/* ---- the stack ---- */

/* Objects that found no room before: as many as now have. Returns 0 when there are none. */
static int take_grey(struct mt_mark_run *run)
{
    struct mt_objects *objects = run->objects;
    if (!run->has_overflowed)
        return 0;
    for (uint64_t leaf = 0; leaf < objects->all_leaves; leaf++) {
        for (unsigned i = 0; i < MT_STATES_WORDS; i++) {
            uint64_t grey = mt_states_which(objects->leaf[leaf].states[i], MT_STATE_GREY);
            for (; grey; grey &= grey - 1) {
                if (run->depth == run->room)
                    return 1;
                const mt_object object = mt_leaf_object(leaf, i, grey);
                mt_object_set(objects, object, objects->grey_as);
                run->stack[run->depth++] = object;
            }
        }
    }
    run->has_overflowed = 0;
    return run->depth > 0;
}

/* Reads what is on the stack, and what that leads to. */
static void follow(struct mt_mark_run *run)
{
    mt_object queue[QUEUE];
    uint32_t first = 0, count = 0;
    while (run->depth || count || take_grey(run)) {
        for (; count < QUEUE && run->depth; count++) {
            const mt_object object = run->stack[--run->depth];
            mt_object_prefetch(run->objects, object);
            queue[(first + count) % QUEUE] = object;
        }
        read_object(run, queue[first]);
        first = (first + 1) % QUEUE;
        count--;
    }
}

/* ---- roots ---- */

static void note_root(struct mt_mark_run *run, uint64_t start, uint64_t end)
{
    if (run->root_count < run->root_room)
        run->roots[run->root_count++] = (struct mt_root){start, end, run->thread, run->owner};
}

void mt_mark_root(struct mt_mark_run *run, uint64_t start, uint64_t end)
{
    if (start >= end)
        return;
    run->root_bytes += end - start;
    note_root(run, start, end);
    read_words(run, start, end);
    const enum mt_owner owner = run->owner;
    run->owner = MT_OWNER_PROGRAM; /* of what objects hold */
    follow(run);
    run->owner = owner;
}

void mt_mark_root_around_blocks(struct mt_mark_run *run, uint64_t start, uint64_t end)
{
    int is_start;
    uint64_t at = start;
    if (mt_objects_near(run->objects, at)) {
        const mt_object around = mt_object_around(run->objects, at, &is_start);
        if (around != MT_OBJECT_NONE && mt_object_is_block(run->objects, around))
            at = mt_object_start(run->objects, around) + mt_object_size(run->objects, around);
    }
    while (at < end) {
        mt_object block = MT_OBJECT_NONE;
        const uint64_t next = mt_objects_next_block(run->objects, at, end, &block);
        mt_mark_root(run, at, next);
        at = next < end ? next + mt_object_size(run->objects, block) : end;
        at += next < end && at == next; /* of no bytes */
    }
}

void mt_mark_object(struct mt_mark_run *run, mt_object object, enum mt_state as)
{
    const enum mt_state before = mt_object_state(run->objects, object);
    note_root(run, object, 0);
    if (before != MT_STATE_IGNORED)
        mt_object_set(run->objects, object, as);
    if (!mt_state_is_kept(before)) {
        push(run, object);
        find_joined(run, object, as);
    }
    follow(run);
}

/* ---- what is not reachable ---- */

static void begin_pass(struct mt_mark_run *run, int pass, enum mt_state grey_as)
{
    run->pass = pass;
    run->objects->grey_as = grey_as;
}

static void find_possible(struct mt_mark_run *run)
{
    struct mt_objects *objects = run->objects;
    for (uint64_t leaf = 0; leaf < objects->all_leaves; leaf++) {
        for (unsigned i = 0; i < MT_STATES_WORDS; i++) {
            uint64_t inside;
            while ((inside = mt_states_which(objects->leaf[leaf].states[i], MT_STATE_INSIDE))) {
                find(run, mt_leaf_object(leaf, i, inside), MT_STATE_POSSIBLE);
                follow(run);
            }
        }
    }
}

static void lead_off(struct mt_mark_run *run, mt_object object)
{
    run->current = (struct mt_held){.head = object};
    push(run, object);
    find_joined(run, object, MT_STATE_INDIRECT);
    follow(run);
}

/* Leads off from each lost object that no other has led to yet. */
static void find_lost(struct mt_mark_run *run)
{
    struct mt_objects *objects = run->objects;
    for (uint64_t leaf = 0; leaf < objects->all_leaves; leaf++) {
        for (unsigned i = 0; i < MT_STATES_WORDS; i++) {
            uint64_t white;
            while ((white = mt_states_which(objects->leaf[leaf].states[i], MT_STATE_WHITE))) {
                const mt_object object = mt_leaf_object(leaf, i, white);
                mt_object_set(objects, object, MT_STATE_INSIDE);
                lead_off(run, object);
            }
        }
    }
}

/* What was found is white again; what led off stays so. */
static void take_back(struct mt_objects *objects)
{
    for (uint64_t leaf = 0; leaf < objects->all_leaves; leaf++) {
        for (unsigned i = 0; i < MT_STATES_WORDS; i++) {
            uint64_t *states = &objects->leaf[leaf].states[i];
            const uint64_t found = mt_states_which(*states, MT_STATE_INDIRECT);
            if (found)
                *states ^= found * ((MT_STATE_INDIRECT ^ MT_STATE_WHITE) << 1);
        }
    }
}

/* Which objects are heads depends on the order where what is lost has cycles: object 1 leads off
 * and takes 2, which points back to it; then 5, which points to 2 as well, finds it taken, and 1
 * would stay a head beside it. So those that led off lead off once more, the last first: an object
 * that can be reached from another one that led off can be reached from a later one. */
static void lead_off_again(struct mt_mark_run *run)
{
    struct mt_objects *objects = run->objects;
    take_back(objects);
    for (uint64_t leaf = objects->all_leaves; leaf-- > 0;) {
        for (int i = MT_STATES_WORDS - 1; i >= 0; i--) {
            uint64_t led = mt_states_which(objects->leaf[leaf].states[i], MT_STATE_INSIDE);
            while (led) {
                const unsigned bit = 63 - (unsigned)__builtin_clzll(led);
                const mt_object object = mt_leaf_object(leaf, (unsigned)i, UINT64_C(1) << bit);
                led &= ~(UINT64_C(1) << bit);
                if (mt_object_state(objects, object) == MT_STATE_INDIRECT)
                    continue;
                lead_off(run, object);
                if (run->current.objects && run->head_count < run->head_room)
                    run->heads[run->head_count++] = run->current;
            }
        }
    }
}

void mt_mark_finish(struct mt_mark_run *run)
{
    begin_pass(run, MT_PASS_POSSIBLE, MT_STATE_POSSIBLE);
    find_possible(run);
    begin_pass(run, MT_PASS_INDIRECT, MT_STATE_INDIRECT);
    find_lost(run);
    lead_off_again(run);
}
