/* segments_judge.c: a piece that nothing claims is judged by what the kernel says of its area, its
 * name and its file, and by what lies beside it. What is left after that was mapped by no call that
 * could be seen. */
#include <string.h>
#include <sys/mman.h>
#include "segments_parts.h"

enum { GUARD_MAX_BYTES = 64 << 10, STACK_LEAST_BYTES = 16 << 10 };

static bool is_same_file(const struct mt_seen_area *a, const struct mt_seen_area *b)
{
    return a->inode && a->inode == b->inode && a->device == b->device;
}

/* Whether some part of the area's file, mapped beside it, is code. */
static bool is_module(const struct mt_space *space, const struct mt_space_area *area)
{
    const struct mt_space_area *first = area, *beyond = space->areas + space->count;
    while (first > space->areas && is_same_file(&first[-1].seen, &area->seen))
        first--;
    for (; first < beyond && is_same_file(&first->seen, &area->seen); first++)
        if (first->seen.protection & PROT_EXEC)
            return true;
    return false;
}

static const struct mt_loaded *module_at(const struct mt_trace *trace, uint64_t address)
{
    const struct mt_loaded *found = NULL;
    for (unsigned id = 1; id <= mt_trace_module_count(trace); id++) {
        const struct mt_loaded *module = mt_trace_module(trace, id);
        if (module && address >= module->start && address < module->end)
            found = module;
    }
    return found;
}

static bool is_executable(const struct mt_segments_maker *maker, const struct mt_space_area *area)
{
    const char *executable = mt_trace_text(maker->trace, MT_FACT_EXECUTABLE);
    const struct mt_loaded *module = module_at(maker->trace, area->seen.start);
    if (module)
        return module->flags & MT_MODULE_MAIN;
    return executable && strcmp(executable, area->seen.name) == 0;
}

/* Read-only pages that the process has written are what the loader has relocated and sealed. */
static enum mt_segment segment_of_file(const struct mt_segments_maker *maker,
                                       const struct mt_space_area *area)
{
    const struct mt_seen_area *seen = &area->seen;
    const struct mt_loaded *module = module_at(maker->trace, seen->start);
    const struct mt_range pages = mt_space_range(maker->space, seen->start, seen->end);
    const bool is_data =
        seen->protection & PROT_WRITE || (!(seen->protection & PROT_EXEC) && pages.anonymous);
    if (module && module->flags & MT_MODULE_TRACER)
        return MT_SEGMENT_TRACER;
    if (is_executable(maker, area))
        return is_data ? MT_SEGMENT_DATA : MT_SEGMENT_TEXT;
    if (is_module(maker->space, area))
        return is_data ? MT_SEGMENT_LIBRARY_DATA : MT_SEGMENT_LIBRARY_TEXT;
    return MT_SEGMENT_UNTRACKED;
}

static bool has_blocks(const struct mt_segments *made, uint64_t start, uint64_t end)
{
    const size_t first = mt_segments_chunk(made, start);
    return first < made->chunk_count && made->chunks[first].address < end;
}

/* A stack that libc keeps is two areas: a guard that nobody may touch, and above it the stack. */
static bool is_stack(const struct mt_segments_maker *maker, const struct mt_space_area *area)
{
    const struct mt_space *space = maker->space;
    const struct mt_space_area *guard = area, *stack = area + 1;
    if (area->seen.protection == (PROT_READ | PROT_WRITE) && area > space->areas) {
        guard = area - 1;
        stack = area;
    }
    return stack < space->areas + space->count && guard->seen.end == stack->seen.start &&
           mt_segments_is_plain(guard) && mt_segments_is_plain(stack) &&
           guard->seen.protection == PROT_NONE &&
           guard->seen.end - guard->seen.start <= GUARD_MAX_BYTES &&
           stack->seen.protection == (PROT_READ | PROT_WRITE) &&
           stack->seen.end - stack->seen.start >= STACK_LEAST_BYTES;
}

/* Since glibc 2.42 the guard lies within the stack's area (MADV_GUARD_INSTALL), and the kernel
 * shows none: what is to the byte as long as a stack that is known is one that libc keeps. */
static bool is_as_long_as_a_stack(const struct mt_segments_maker *maker,
                                  const struct mt_piece *piece)
{
    const bool may_be = mt_segments_is_plain(piece->area) &&
                        piece->area->seen.protection == (PROT_READ | PROT_WRITE);
    for (size_t i = 0; may_be && i < maker->claim_count; i++) {
        const struct mt_claim *claim = &maker->claims[i];
        if ((claim->segment == MT_SEGMENT_THREAD_STACKS ||
             claim->segment == MT_SEGMENT_ENDED_STACKS) &&
            claim->end - claim->start == piece->end - piece->start)
            return true;
    }
    return false;
}

static enum mt_segment segment_of_memory(const struct mt_segments_maker *maker,
                                         const struct mt_piece *piece)
{
    const struct mt_segments *made = maker->made;
    const struct mt_header *header = mt_trace_header(maker->trace);
    const struct mt_piece *before = made->piece_count ? &made->pieces[made->piece_count - 1] : NULL;
    if (piece->start >= header->brk_start && piece->end <= header->brk_end)
        return MT_SEGMENT_HEAP;
    if (has_blocks(made, piece->start, piece->end))
        return MT_SEGMENT_ARENAS;
    if (before && before->end == piece->start &&
        (before->segment == MT_SEGMENT_DATA || before->segment == MT_SEGMENT_LIBRARY_DATA ||
         (before->segment == MT_SEGMENT_TRACER && before->area->seen.inode)))
        return before->segment; /* variables that begin as zeros have no room in the file */
    if (is_stack(maker, piece->area) || is_as_long_as_a_stack(maker, piece))
        return MT_SEGMENT_THREAD_STACKS;
    return MT_SEGMENT_UNTRACKED;
}

enum mt_segment mt_segments_judge(const struct mt_segments_maker *maker,
                                  const struct mt_piece *piece)
{
    const struct mt_space_area *area = piece->area;
    const char *name = area->seen.name;
    if (area->seen.flags & MT_AREA_TRACER)
        return area->seen.flags & MT_AREA_SHARED ? MT_SEGMENT_TRACE : MT_SEGMENT_TRACER;
    if (strcmp(name, "[heap]") == 0)
        return MT_SEGMENT_HEAP;
    if (strcmp(name, "[stack]") == 0)
        return MT_SEGMENT_MAIN_STACK;
    if (name[0] == '[' && strncmp(name, "[anon", 5) != 0)
        return MT_SEGMENT_KERNEL;
    if (area->is_memory)
        return MT_SEGMENT_SHARED_MEMORY;
    return area->seen.inode ? segment_of_file(maker, area) : segment_of_memory(maker, piece);
}
