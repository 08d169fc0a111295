/* scan_stacks.c: see scan_stacks.h. A thread's stack counts from its stack pointer up, less the red
 * zone, to the end of its descriptor: its thread-local storage and what pthread_setspecific keeps
 * lie there. A thread may stand on another stack than its own (sigaltstack, a fiber): then what it
 * stands on counts from there, as far as that block, mapping or area goes, and its own stack as a
 * whole. */
#include "scan_stacks.h"

#include "page.h"
#include "scan_areas.h"

enum {
    SEARCHED_BYTES = 16 * 1024, /* at the end of an area, for a descriptor */
    STACK_LEAST_BYTES = 16 * 1024,
};

static uint64_t page_up(const struct mt_mark_run *run, uint64_t address)
{
    return (address + run->pages.page_bytes - 1) & ~(run->pages.page_bytes - 1);
}

static int is_private_memory(const struct mt_range *area)
{
    const unsigned needed = MT_AREA_READS | MT_AREA_WRITES;
    return (area->tag & needed) == needed &&
           !(area->tag & (MT_AREA_OF_FILE | MT_AREA_IS_SHARED | MT_AREA_IS_HEAP | MT_AREA_IS_STACK |
                          MT_AREA_IS_SPECIAL));
}

#if defined(__x86_64__)

enum { DESCRIPTOR_ALIGNMENT = 64 };

/* It holds its own address twice (the TLS ABI's variant II, `tcb` and `self`). */
static int is_descriptor(const struct mt_scan_job *job, uint64_t at, uint64_t end)
{
    enum { SELF = 2 }; /* words to its second own address */
    const uint64_t *words = (const uint64_t *)at;
    (void)job;
    (void)end;
    return words[0] == at && words[SELF] == at;
}

#else

enum { DESCRIPTOR_ALIGNMENT = 16 };

/* It says where its stack lies, which is around it. */
static int is_descriptor(const struct mt_scan_job *job, uint64_t at, uint64_t end)
{
    const uint64_t *words = (const uint64_t *)(at + job->descriptor.stack);
    if (!job->descriptor.stack || end - at < job->descriptor.bytes)
        return 0;
    const uint64_t start = words[0], bytes = words[1], guard = words[2];
    return start && start < at && guard < bytes && start + bytes > at && start + bytes <= end &&
           guard % mt_page_bytes() == 0 && start % 16 == 0;
}

#endif

/* The descriptor in the last pages before `end`; 0 none. */
static uint64_t find_descriptor(const struct mt_scan_job *job, uint64_t start, uint64_t end)
{
    const uint64_t bytes = SEARCHED_BYTES + (MT_STORAGE_IS_ABOVE ? job->storage_bytes : 0);
    const uint64_t low = end - start > bytes ? end - bytes : start;
    for (uint64_t at = end - DESCRIPTOR_ALIGNMENT; at >= low && at >= DESCRIPTOR_ALIGNMENT;
         at -= DESCRIPTOR_ALIGNMENT)
        if (is_descriptor(job, at, end))
            return at;
    return 0;
}

/* Where the stack with this descriptor at its end, in an area that ends at `area_end`, ends. */
static uint64_t end_of_stack(const struct mt_scan_job *job, const struct mt_mark_run *run,
                             uint64_t descriptor, uint64_t area_end)
{
    if (MT_STORAGE_IS_ABOVE)
        return area_end;
    return page_up(run, descriptor + (job->descriptor.bytes ? job->descriptor.bytes : 1));
}

static const struct mt_parked *thread_of(const struct mt_scan_job *job, uint64_t descriptor)
{
    const uint32_t offset = job->descriptor.tid;
    const uint32_t tid = offset ? *(const uint32_t *)(descriptor + offset) : 0;
    for (uint32_t i = 0; i < job->threads->count; i++) {
        const struct mt_parked *thread = &job->threads->list[i];
        if (thread->state != MT_PARK_GONE &&
            (thread->descriptor == descriptor || (tid && thread->tid == tid)))
            return thread;
    }
    return 0;
}

int mt_stacks_find(const struct mt_scan_job *job, const struct mt_mark_run *run,
                   struct mt_ranges *ret_stacks)
{
    const struct mt_ranges *areas = run->areas;
    if (!mt_ranges_start(ret_stacks, areas->count))
        return 0;
    for (uint32_t i = 0; i < areas->count; i++) {
        const struct mt_range *area = &areas->list[i];
        if (!is_private_memory(area) || area->end - area->start < STACK_LEAST_BYTES)
            continue;
        const uint64_t descriptor = find_descriptor(job, area->start, area->end);
        const struct mt_parked *thread = descriptor ? thread_of(job, descriptor) : 0;
        /* The first thread's own lies where ld.so has put it, with other things of its. */
        if (descriptor && !(thread && thread->tid == job->header->pid))
            mt_ranges_add(ret_stacks, area->start, end_of_stack(job, run, descriptor, area->end),
                          descriptor);
    }
    return 1;
}

void mt_stacks_judge(const struct mt_scan_job *job, struct mt_mark_run *run)
{
    struct mt_objects *objects = run->objects;
    for (uint32_t i = 0; i < objects->mapped_count; i++) {
        struct mt_mapped *mapped = &objects->mapped[i];
        const struct mt_range *area = mt_ranges_find(run->areas, mapped->end - 1);
        if (mapped->kind != MT_MAPPING_STACK || !area || !is_private_memory(area))
            continue;
        const uint64_t low = area->start > mapped->start ? area->start : mapped->start;
        const uint64_t descriptor = find_descriptor(job, low, mapped->end);
        if (descriptor && thread_of(job, descriptor))
            mt_object_set(objects, mt_mapped_object(objects, i), MT_STATE_REACHABLE);
        else
            mapped->pointer = descriptor;
    }
}

/* ---- the stack that a thread stands on ---- */

/* Where the stack around `sp` ends. What it lies in is in use: it is marked, and not read as a
 * whole. */
static uint64_t stack_end(struct mt_mark_run *run, const struct mt_ranges *stacks, uint64_t sp)
{
    struct mt_objects *objects = run->objects;
    const struct mt_range *stack = mt_ranges_find(stacks, sp);
    const struct mt_range *area = mt_ranges_find(run->areas, sp);
    int is_start;
    if (stack)
        return stack->end;
    const mt_object object =
        mt_objects_near(objects, sp) ? mt_object_around(objects, sp, &is_start) : MT_OBJECT_NONE;
    if (object != MT_OBJECT_NONE) {
        mt_object_set(objects, object, MT_STATE_REACHABLE);
        return mt_object_start(objects, object) + mt_object_size(objects, object);
    }
    const struct mt_mapped *mapped = mt_objects_mapping(objects, sp);
    if (mapped)
        return mapped->end;
    return area ? area->end : sp;
}

/* It may lie in a block. */
static void mark_stack_pages(void *context, uint64_t start, uint64_t end)
{
    mt_mark_root(context, start, end);
}

static void mark_pages(void *context, uint64_t start, uint64_t end)
{
    mt_mark_root_around_blocks(context, start, end);
}

static void mark_range(struct mt_mark_run *run, uint64_t start, uint64_t end,
                       void (*mark)(void *context, uint64_t start, uint64_t end))
{
    for (const struct mt_range *area; start < end; start = area->end) {
        area = mt_ranges_find(run->areas, start);
        if (!area)
            return;
        if (area->tag & MT_AREA_READS)
            mt_pages_each(&run->pages, start, area->end < end ? area->end : end, MT_PAGES_TOUCHED,
                          mark, run);
    }
}

/* A thread's own stack, as a whole. */
static void mark_own_stack(const struct mt_scan_job *job, struct mt_mark_run *run,
                           const struct mt_ranges *stacks, const struct mt_parked *thread,
                           uint64_t descriptor)
{
    if (thread->tid == job->header->pid) {
        for (uint32_t i = 0; i < run->areas->count; i++)
            if (run->areas->list[i].tag & MT_AREA_IS_STACK)
                mark_range(run, run->areas->list[i].start, run->areas->list[i].end, mark_pages);
    }
    const struct mt_range *stack = descriptor ? mt_ranges_find(stacks, descriptor) : 0;
    const struct mt_mapped *mapped = descriptor ? mt_objects_mapping(run->objects, descriptor) : 0;
    const struct mt_range *area = descriptor ? mt_ranges_find(run->areas, descriptor) : 0;
    if (stack)
        mark_range(run, stack->start, stack->end, mark_pages);
    else if (mapped && area)
        mark_range(run, area->start > mapped->start ? area->start : mapped->start, mapped->end,
                   mark_pages);
    else if (area)
        mark_range(run, area->start, area->end, mark_pages);
}

static uint64_t descriptor_of(const struct mt_scan_job *job, const struct mt_parked *thread,
                              const struct mt_ranges *stacks)
{
    for (uint32_t i = 0; !thread->descriptor && i < stacks->count; i++)
        if (thread_of(job, stacks->list[i].tag) == thread)
            return stacks->list[i].tag;
    return thread->descriptor;
}

static int is_on_own_stack(const struct mt_scan_job *job, const struct mt_mark_run *run,
                           const struct mt_parked *thread, uint64_t descriptor, uint64_t end)
{
    const struct mt_range *area = mt_ranges_find(run->areas, thread->sp);
    if (thread->tid == job->header->pid && area && area->tag & MT_AREA_IS_STACK)
        return 1;
    return thread->sp && descriptor >= thread->sp && descriptor < end;
}

void mt_stacks_mark(const struct mt_scan_job *job, struct mt_mark_run *run,
                    const struct mt_ranges *stacks)
{
    struct mt_scan *scan = &job->answer->scan;
    mt_mark_root(run, (uintptr_t)&job->registers, (uintptr_t)(&job->registers + 1));
    for (uint32_t i = 0; i < job->threads->count; i++) {
        const struct mt_parked *thread = &job->threads->list[i];
        if (thread->state == MT_PARK_GONE)
            continue;
        const uint64_t descriptor = descriptor_of(job, thread, stacks);
        const uint64_t end = thread->sp ? stack_end(run, stacks, thread->sp) : 0;
        run->thread = thread->tid;
        scan->threads++;
        scan->threads_registers += thread->state >= MT_PARK_STANDS;
        scan->threads_stacks += thread->sp || descriptor;
        /* A thread in its handler has all on its stack, and the asking one has made a call. */
        const uint64_t below = thread->state == MT_PARK_SILENT ? MT_RED_ZONE_BYTES : 0;
        if (thread->state == MT_PARK_SILENT)
            mt_mark_root(run, (uintptr_t)thread->call.arguments,
                         (uintptr_t)(thread->call.arguments + MT_CALL_ARGUMENTS));
        if (thread->saved)
            mark_range(run, thread->saved, thread->saved_end, mark_stack_pages);
        if (end)
            mark_range(run, thread->sp - below, end, mark_stack_pages);
        if (!is_on_own_stack(job, run, thread, descriptor, end))
            mark_own_stack(job, run, stacks, thread, descriptor);
    }
    run->thread = 0;
}
