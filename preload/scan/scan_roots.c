/* scan_roots.c: decides for each area of the address space what of it is a root.
 *
 *   private, of a file      data of modules: the pages that were written. Of the tracer's own, none
 *   [heap], glibc's arenas  none: what lives there are the blocks. All but the blocks where the
 * table does not have all blocks (a forked child's, or records were lost) [stack], other stacks by
 * thread (scan_stacks.c) other private memory    all but what the program mapped (objects) and what
 * is ours: ld.so's first thread-local storage and its early heap, .bss, raw system calls. With
 *                           another allocator than glibc's such memory is mostly that allocator's,
 *                           which is full of addresses of blocks: only .bss, and where a thread's
 *                           storage lies
 *   shared                  what is in RAM of mappings that are no objects
 *
 * Blocks that ld.so has allocated are roots: it finds them by ways that are not pointers in memory
 * that we know (its own lists, thread-local storage of modules by number). */
#include "scan_roots.h"

#include "memory.h"
#include "scan_areas.h"
#include "scan_stacks.h"
#include "trace_walk.h"

#define ARENA_BYTES (UINT64_C(64) << 20) /* glibc's HEAP_MAX_SIZE, and its alignment */

struct roots {
    const struct mt_scan_job *job;
    struct mt_mark_run *run;
    struct mt_ranges stacks;
    struct mt_ranges others; /* no roots: sorted; may overlap */
    uint32_t passed;         /* so many of them end before the areas still to come */
};

/* ---- what is no root ---- */

struct arena { /* struct heap_info of glibc's arena.c, as it has begun since 2.3 */
    uint64_t state, previous, bytes, writable_bytes;
};

static int is_arena(const struct mt_range *area, uint64_t at)
{
    const struct arena *arena = (const struct arena *)at;
    return area->end - at >= sizeof *arena && arena->bytes && arena->bytes <= ARENA_BYTES &&
           arena->writable_bytes >= arena->bytes && arena->writable_bytes <= ARENA_BYTES &&
           arena->state && arena->state % ARENA_BYTES < 4096;
}

static int is_anonymous(const struct mt_range *area)
{
    return area->tag & MT_AREA_READS &&
           !(area->tag & (MT_AREA_OF_FILE | MT_AREA_IS_SHARED | MT_AREA_IS_HEAP | MT_AREA_IS_STACK |
                          MT_AREA_IS_SPECIAL));
}

static void note_arenas(struct roots *roots, const struct mt_range *area)
{
    uint64_t at = (area->start + ARENA_BYTES - 1) & ~(ARENA_BYTES - 1);
    for (; at < area->end; at += ARENA_BYTES)
        if (is_arena(area, at))
            mt_ranges_add(&roots->others, at, at + ((const struct arena *)at)->writable_bytes, 0);
}

static void note_own_memory(void *context, uint64_t start, uint64_t end)
{
    mt_ranges_add(context, start, end, 0);
}

static int note_others(struct roots *roots)
{
    const struct mt_scan_job *job = roots->job;
    const struct mt_objects *objects = roots->run->objects;
    const struct mt_ranges *areas = roots->run->areas;
    const struct mt_span spans[] = {
        job->own,
        job->unwinder,
        {(uintptr_t)job->header, (uintptr_t)job->header + job->trace_bytes},
        {(uintptr_t)job->answer, (uintptr_t)(job->answer + 1)}};
    if (!mt_ranges_start(&roots->others,
                         objects->mapped_count + 2 * areas->count + MT_MEMORY_RANGES_MAX + 4))
        return 0;
    for (unsigned i = 0; i < sizeof spans / sizeof *spans; i++)
        mt_ranges_add(&roots->others, spans[i].start, spans[i].end, 0);
    for (uint32_t i = 0; i < objects->mapped_count; i++)
        mt_ranges_add(&roots->others, objects->mapped[i].start, objects->mapped[i].end, 0);
    for (uint32_t i = 0; i < roots->stacks.count; i++)
        mt_ranges_add(&roots->others, roots->stacks.list[i].start, roots->stacks.list[i].end, 0);
    mt_memory_each(note_own_memory, &roots->others);
    for (uint32_t i = 0; i < areas->count; i++)
        if (is_anonymous(&areas->list[i]) && job->has_glibc_headers && !job->heap_is_root)
            note_arenas(roots, &areas->list[i]);
    mt_ranges_sort(&roots->others);
    return 1;
}

/* ---- areas ---- */

static void mark_pages(void *context, uint64_t start, uint64_t end)
{
    mt_mark_root_around_blocks(context, start, end);
}

/* All of [start, end) but the others, which are tried in order: ranges that begin further down may
 * reach up here. */
static void mark_range(struct roots *roots, uint64_t start, uint64_t end,
                       enum mt_page_choice choice)
{
    const struct mt_ranges *others = &roots->others;
    while (roots->passed < others->count && others->list[roots->passed].end <= start)
        roots->passed++;
    for (uint32_t i = roots->passed;
         i < others->count && others->list[i].start < end && start < end; i++) {
        const struct mt_range *other = &others->list[i];
        if (other->end <= start)
            continue;
        if (other->start > start)
            mt_pages_each(&roots->run->pages, start, other->start, choice, mark_pages, roots->run);
        start = other->end;
    }
    if (start < end)
        mt_pages_each(&roots->run->pages, start, end, choice, mark_pages, roots->run);
}

/* Directly behind a module's data: its .bss. */
static int is_bss(const struct mt_ranges *areas, uint32_t i)
{
    return i > 0 && areas->list[i - 1].end == areas->list[i].start &&
           areas->list[i - 1].tag & MT_AREA_OF_FILE && areas->list[i].tag & MT_AREA_WRITES;
}

/* Thread-local storage in the area. Not all of the area: the kernel makes one of two that touch,
 * and the other may be the allocator's. */
static void mark_thread_storage(struct roots *roots, const struct mt_range *area)
{
    const struct mt_scan_job *job = roots->job;
    const uint64_t page = roots->run->pages.page_bytes;
    for (uint32_t i = 0; i < job->threads->count; i++) {
        const uint64_t descriptor = job->threads->list[i].descriptor;
        if (descriptor - area->start >= area->end - area->start)
            continue;
        const uint64_t below = MT_STORAGE_IS_ABOVE ? 0 : job->storage_bytes;
        const uint64_t above = job->descriptor.bytes + (job->storage_bytes - below);
        uint64_t start = descriptor - below;
        uint64_t end = (descriptor + above + page - 1) & ~(page - 1);
        start = descriptor - area->start < below ? area->start : start;
        end = end < area->end ? end : area->end;
        mark_range(roots, start, end, MT_PAGES_TOUCHED);
    }
}

static int is_within(struct mt_span span, const struct mt_range *area)
{
    return area->start - span.start < span.end - span.start;
}

/* libc's own data has the main arena in it. */
static enum mt_owner owner_of(const struct mt_scan_job *job, const struct mt_range *area)
{
    return is_within(job->loader, area) ? MT_OWNER_LOADER
           : is_within(job->libc, area) ? MT_OWNER_ALLOCATOR
                                        : MT_OWNER_PROGRAM;
}

static void mark_file_data(struct roots *roots, const struct mt_range *area)
{
    roots->run->owner = owner_of(roots->job, area);
    mark_range(roots, area->start, area->end, MT_PAGES_WRITTEN);
    roots->run->owner = MT_OWNER_PROGRAM;
}

static void mark_anonymous(struct roots *roots, uint32_t i)
{
    const struct mt_scan_job *job = roots->job;
    const struct mt_range *area = &roots->run->areas->list[i];
    if (!job->has_glibc_headers && !job->heap_is_root && !is_bss(roots->run->areas, i)) {
        mark_thread_storage(roots, area);
        return;
    }
    /* In the gaps between the segments of a module (aarch64's lie 64 KiB apart) the kernel lays what
     * is mapped later: the first thread's storage, in ld.so's. */
    roots->run->owner = is_bss(roots->run->areas, i) ? owner_of(job, area) : MT_OWNER_PROGRAM;
    if (roots->run->owner == MT_OWNER_PROGRAM && job->heap_is_root)
        roots->run->owner = MT_OWNER_ALLOCATOR;
    mark_range(roots, area->start, area->end, MT_PAGES_TOUCHED);
    roots->run->owner = MT_OWNER_PROGRAM;
}

static void mark_areas(struct roots *roots)
{
    const struct mt_ranges *areas = roots->run->areas;
    for (uint32_t i = 0; i < areas->count; i++) {
        const struct mt_range *area = &areas->list[i];
        if (!(area->tag & MT_AREA_READS) || area->tag & (MT_AREA_IS_SPECIAL | MT_AREA_IS_STACK))
            continue;
        if (area->tag & MT_AREA_IS_SHARED)
            mark_range(roots, area->start, area->end, MT_PAGES_CACHED);
        else if (area->tag & MT_AREA_OF_FILE && !(area->tag & MT_AREA_RUNS))
            mark_file_data(roots, area);
        else if (is_anonymous(area) || (area->tag & MT_AREA_IS_HEAP && roots->job->heap_is_root))
            mark_anonymous(roots, i);
    }
}

/* ---- what ld.so keeps ---- */

/* One bit for each node: whether it is an allocation that ld.so asked for. Returns how many. */
static uint64_t find_loader_nodes(const struct mt_scan_job *job, uint64_t *bits)
{
    uint64_t count = 0;
    for (struct mt_extent *extent = 0;
         (extent = mt_trace_next(job->header, job->units, MT_EXTENT_NODES, extent));) {
        const struct mt_node *nodes = (const struct mt_node *)extent;
        const uint64_t given = extent->used;
        for (uint64_t i = MT_NODES_HEAD; i < given && i < MT_NODES_PER_EXTENT; i++) {
            const uint64_t id = (uint64_t)extent->ordinal * MT_NODES_PER_EXTENT + i;
            if (!nodes[i].function || id >> MT_NODE_BITS ||
                nodes[i].pc - 1 - job->loader.start >= job->loader.end - job->loader.start)
                continue;
            bits[id / 64] |= UINT64_C(1) << (id % 64);
            count++;
        }
    }
    return count;
}

static int mark_blocks_of_loader(struct roots *roots)
{
    struct mt_objects *objects = roots->run->objects;
    uint64_t *bits = mt_map_kept((size_t)1 << (MT_NODE_BITS - 3));
    if (!bits)
        return 0;
    if (!find_loader_nodes(roots->job, bits))
        return 1;
    for (uint64_t leaf = 0; leaf < objects->leaves; leaf++) {
        for (unsigned i = 0; i < MT_STATES_WORDS; i++) {
            for (uint64_t left = mt_leaf_begins(objects, leaf, i); left; left &= left - 1) {
                const mt_object object = mt_leaf_object(leaf, i, left);
                const uint64_t stack = mt_object_word(objects, object) & MT_WORD_STACK;
                if (bits[stack / 64] >> (stack % 64) & 1)
                    mt_mark_object(roots->run, object, MT_STATE_REACHABLE);
            }
        }
    }
    return 1;
}

int mt_roots_mark(const struct mt_scan_job *job, struct mt_mark_run *run)
{
    struct roots roots = {.job = job, .run = run};
    if (!mt_stacks_find(job, run, &roots.stacks) || !note_others(&roots))
        return 0;
    mt_stacks_judge(job, run);
    mt_stacks_mark(job, run, &roots.stacks);
    mark_areas(&roots);
    return mark_blocks_of_loader(&roots) && mt_roots_mark_annotations(job, run);
}
