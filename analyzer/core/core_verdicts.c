/* core_verdicts.c: verdicts for a process that can no longer scan itself: from its trace and its
 * core file. The trace knows the objects, the core what was in memory; what is a root follows from
 * both:
 *
 *   data of modules, registers, stacks from the stack pointer up, writable memory that nobody made
 *   as far as the trace knows (the loader's thread-local storage lies in such) and blocks that the
 *   loader allocated are roots; heaps, what the program mapped, and the tracer's own are not. */
#include "trace_parts.h"

#include <stdlib.h>
#include <string.h>
#include "core_file.h"
#include "reach.h"
#include "scan.h"

enum {
    RED_ZONE_BYTES = 128, /* below the stack pointer, still in use (x86-64 psABI 3.2.2) */
    PAGE_BYTES = 4096,
    HEAP_BYTES = 64 << 20, /* glibc: an arena's heaps are aligned to it (HEAP_MAX_SIZE) */
};

/* What is not to be read as a root. */
struct range {
    uint64_t start, end;
};

struct judgement {
    struct mt_trace *trace;
    struct mt_core core;
    struct mt_reach_object *objects;
    uint32_t *members; /* by object: index of its record; of its first mapping, past the records */
    size_t count;
    struct range *known; /* ascending */
    size_t known_count;
};

/* ---- objects ---- */

static bool is_of_loader(const struct mt_trace *trace, uint32_t stack)
{
    const struct mt_node *node = mt_trace_node(trace, stack);
    const struct mt_loaded *module = node ? mt_trace_module(trace, node->module) : NULL;
    return module && module->flags & MT_MODULE_LOADER;
}

static struct mt_reach_object block_object(const struct mt_trace *trace,
                                           const struct mt_record *record)
{
    return (struct mt_reach_object){
        .address = record->address,
        .bytes = mt_record_size(record),
        .is_root = is_of_loader(trace, mt_record_stack(record)),
    };
}

/* The mapping that begins at *i with all its pieces; *i is moved past them. */
static struct mt_reach_object mapping_object(const struct mt_trace *trace, size_t *i)
{
    const struct mt_mapping *at = trace->mappings.at;
    struct mt_reach_object object = {
        .address = at[*i].address,
        .bytes = at[*i].bytes,
        .is_mapping = true,
    };
    while (++*i < trace->mappings.count && mt_mapping_continues(&at[*i - 1], &at[*i]))
        object.bytes += at[*i].bytes;
    return object;
}

static void add_object(struct judgement *judgement, struct mt_reach_object object, size_t member)
{
    const size_t count = judgement->count;
    const struct mt_reach_object *last = count ? &judgement->objects[count - 1] : NULL;
    if (last && object.address < last->address + last->bytes)
        return; /* a custom allocator's block in its own mapping */
    judgement->objects[count] = object;
    judgement->members[count] = (uint32_t)member;
    judgement->count++;
}

static int collect_objects(struct judgement *judgement)
{
    const struct mt_trace *trace = judgement->trace;
    const size_t records = trace->blocks.count, mappings = trace->mappings.count;
    judgement->objects = calloc(records + mappings + 1, sizeof *judgement->objects);
    judgement->members = calloc(records + mappings + 1, sizeof *judgement->members);
    if (!judgement->objects || !judgement->members)
        return -1;
    size_t record = 0, mapping = 0;
    while (record < records || mapping < mappings) {
        const bool is_block =
            mapping == mappings || (record < records && trace->blocks.records[record].address <
                                                            trace->mappings.at[mapping].address);
        if (is_block) {
            add_object(judgement, block_object(trace, &trace->blocks.records[record]), record);
            record++;
            continue;
        }
        const size_t first = mapping;
        const struct mt_reach_object object = mapping_object(trace, &mapping);
        if (mt_mapping_kind(&trace->mappings.at[first]) != MT_MAPPING_STACK)
            add_object(judgement, object, records + first);
    }
    return 0;
}

/* ---- what is no root ---- */

static bool is_glibcs(const struct mt_trace *trace)
{
    return trace->header.granule_shift == 5;
}

/* Where the heap lies that gave the block; of an allocator other than glibc's, the segment. */
static struct range heap_of(const struct judgement *judgement, const struct mt_record *record)
{
    const struct mt_header *header = &judgement->trace->header;
    const uint64_t address = record->address;
    if (record->second & MT_WORD_OWN_MAPPING)
        return (struct range){address & ~(uint64_t)(PAGE_BYTES - 1),
                              (address + mt_record_size(record) + PAGE_BYTES - 1) &
                                  ~(uint64_t)(PAGE_BYTES - 1)};
    if (address >= header->brk_start && address < header->brk_end)
        return (struct range){header->brk_start, header->brk_end};
    if (is_glibcs(judgement->trace))
        return (struct range){address & ~(uint64_t)(HEAP_BYTES - 1),
                              (address | (HEAP_BYTES - 1)) + 1};
    const struct mt_core_segment *segment = mt_core_segment_at(&judgement->core, address);
    return segment ? (struct range){segment->start, segment->end}
                   : (struct range){address, address};
}

static int add_known(struct judgement *judgement, struct range range)
{
    const size_t count = judgement->known_count;
    if (count > 0 && range.start <= judgement->known[count - 1].end) {
        struct range *last = &judgement->known[count - 1];
        if (range.end > last->end)
            last->end = range.end;
        return 0;
    }
    if ((count & (count - 1)) == 0) {
        const size_t room = count ? 2 * count : 1;
        struct range *known = reallocarray(judgement->known, room, sizeof *known);
        if (!known)
            return -1;
        judgement->known = known;
    }
    judgement->known[count] = range;
    judgement->known_count++;
    return 0;
}

static int collect_known(struct judgement *judgement)
{
    const size_t records = judgement->trace->blocks.count;
    for (size_t i = 0; i < judgement->count; i++) {
        const struct mt_reach_object *object = &judgement->objects[i];
        const size_t member = judgement->members[i];
        const struct range range =
            member < records ? heap_of(judgement, &judgement->trace->blocks.records[member])
                             : (struct range){object->address, object->address + object->bytes};
        if (add_known(judgement, range))
            return -1;
    }
    return 0;
}

/* ---- roots ---- */

static const struct mt_loaded *module_at(const struct mt_trace *trace, uint64_t address)
{
    for (uint32_t id = mt_trace_module_count(trace); id > 0; id--) {
        const struct mt_loaded *module = mt_trace_module(trace, id);
        if (module && module->start <= address && address < module->end)
            return module;
    }
    return NULL;
}

static bool is_libc(const struct mt_loaded *module)
{
    const char *slash = strrchr(module->path, '/');
    const char *name = slash ? slash + 1 : module->path;
    return !strncmp(name, "libc.so", 7) || !strncmp(name, "libc-2", 6);
}

/* The lowest stack pointer in the segment: stacks may touch each other. 0: none. */
static uint64_t stack_pointer_in(const struct mt_core *core, const struct mt_core_segment *segment)
{
    uint64_t lowest = 0;
    for (size_t i = 0; i < core->thread_count; i++) {
        const uint64_t pointer = core->threads[i].stack_pointer;
        if (pointer >= segment->start && pointer < segment->end && (!lowest || pointer < lowest))
            lowest = pointer;
    }
    return lowest;
}

/* Gives the reader the parts of [start, end) that are not known to be something else. */
static void add_unknown(const struct judgement *judgement, struct mt_reach *reach, uint64_t start,
                        uint64_t end)
{
    for (size_t i = 0; i < judgement->known_count && start < end; i++) {
        const struct range *known = &judgement->known[i];
        if (known->end <= start)
            continue;
        if (known->start >= end)
            break;
        if (known->start > start)
            mt_reach_root_range(reach, start, known->start, MT_REACH_PROGRAM);
        start = known->end;
    }
    if (start < end)
        mt_reach_root_range(reach, start, end, MT_REACH_PROGRAM);
}

/* libc's data has the main arena in it. */
static enum mt_reach_owner owner_of(const struct mt_trace *trace, const struct mt_loaded *module)
{
    if (module->flags & MT_MODULE_LOADER)
        return MT_REACH_LOADER;
    return is_glibcs(trace) && is_libc(module) ? MT_REACH_ALLOCATOR : MT_REACH_PROGRAM;
}

/* The variables of a module that the segment begins with, as far as they go: the kernel makes one
 * area of them and of what was mapped right behind them. Returns where that begins. */
static uint64_t add_variables(const struct judgement *judgement, struct mt_reach *reach,
                              const struct mt_core_segment *segment)
{
    const struct mt_loaded *module = module_at(judgement->trace, segment->start);
    if (!module)
        return segment->start;
    const uint64_t page_end = (module->end + PAGE_BYTES - 1) & ~(uint64_t)(PAGE_BYTES - 1);
    const uint64_t end = page_end < segment->end ? page_end : segment->end;
    if (!(module->flags & MT_MODULE_TRACER))
        mt_reach_root_range(reach, segment->start, end, owner_of(judgement->trace, module));
    return end;
}

static void add_roots(const struct judgement *judgement, struct mt_reach *reach)
{
    const struct mt_core *core = &judgement->core;
    for (size_t i = 0; i < core->segment_count; i++) {
        const struct mt_core_segment *segment = &core->segments[i];
        if (!segment->is_writable)
            continue;
        uint64_t start = add_variables(judgement, reach, segment);
        const uint64_t stack = stack_pointer_in(core, segment);
        if (stack > start + RED_ZONE_BYTES)
            start = stack - RED_ZONE_BYTES;
        add_unknown(judgement, reach, start, segment->end);
    }
    for (size_t i = 0; i < core->thread_count; i++)
        for (unsigned j = 0; j < core->threads[i].register_count; j++)
            mt_reach_root_word(reach, core->threads[i].registers[j]);
}

/* ---- judging ---- */

static const unsigned char *bytes_at(const void *context, uint64_t address, uint64_t *ret_bytes)
{
    const struct judgement *judgement = context;
    return mt_core_bytes(&judgement->core, address, ret_bytes);
}

/* Vtables lie in a module; they are not written to, so a core may not have them. */
static bool is_vtable(const void *context, uint64_t address)
{
    const struct judgement *judgement = context;
    return address % 8 == 0 && module_at(judgement->trace, address);
}

static void count_object(struct mt_scan *scan, const struct mt_reach_object *object)
{
    scan->objects[object->verdict]++;
    scan->bytes[object->verdict] += object->bytes;
    scan->heap_bytes += object->bytes;
}

/* Hands what was found to the trace, in place of what its own newest scan said. */
static int keep(const struct judgement *judgement)
{
    struct mt_trace *trace = judgement->trace;
    struct mt_scan_facts *facts = &trace->scans[MT_NEWEST];
    const size_t records = trace->blocks.count;
    const uint32_t threads = (uint32_t)judgement->core.thread_count;
    uint8_t *judged = calloc(records + 1, sizeof *judged);
    struct mt_leak_head *heads = calloc(judgement->count + 1, sizeof *heads);
    struct mt_mapping_verdict *mappings = calloc(judgement->count + 1, sizeof *mappings);
    free(facts->heads);
    free(facts->mappings);
    free(facts->chains);
    *facts = (struct mt_scan_facts){.heads = heads, .mappings = mappings};
    free(trace->judged);
    trace->judged = judged;
    if (!judged || !heads || !mappings)
        return -1;
    facts->has_scan = true;
    facts->scan = (struct mt_scan){
        .threads = threads, .threads_registers = threads, .threads_stacks = threads};
    for (size_t i = 0; i < judgement->count; i++) {
        const struct mt_reach_object *object = &judgement->objects[i];
        const uint32_t member = judgement->members[i];
        count_object(&facts->scan, object);
        if (object->held)
            heads[facts->head_count++] =
                (struct mt_leak_head){object->address, object->held, object->held_bytes};
        if (member < records)
            judged[member] = (uint8_t)object->verdict;
        else
            mappings[facts->mapping_count++] = (struct mt_mapping_verdict){
                trace->mappings.at[member - records].birth, object->address, object->verdict};
    }
    mt_scan_settle(facts);
    return 0;
}

static int judge(struct judgement *judgement)
{
    const struct mt_reach_memory memory = {bytes_at, is_vtable, judgement};
    if (collect_objects(judgement) || collect_known(judgement))
        return -1;
    struct mt_reach *reach = mt_reach_begin(judgement->objects, judgement->count, &memory);
    if (!reach)
        return -1;
    add_roots(judgement, reach);
    mt_reach_end(reach);
    return keep(judgement);
}

/* Whether the process's first thread, which has its number, is in it; it may have ended before. */
static bool is_of_process(const struct mt_core *core, uint32_t pid)
{
    for (size_t i = 0; i < core->thread_count; i++)
        if (core->threads[i].tid == pid)
            return true;
    return false;
}

int mt_trace_judge(struct mt_trace *trace, const char *core_path, struct mt_error *error)
{
    struct judgement judgement = {.trace = trace};
    int status = mt_core_open(core_path, trace->header.machine, &judgement.core, error);
    if (status == MT_OK && !is_of_process(&judgement.core, trace->header.pid))
        status = mt_fail(error, MT_UNREADABLE, "%s: the core of another process than %s is of",
                         core_path, trace->path);
    if (status == MT_OK && judge(&judgement))
        status = mt_fail(error, MT_UNREADABLE, "%s: not enough memory", core_path);
    mt_core_close(&judgement.core);
    free(judgement.objects);
    free(judgement.members);
    free(judgement.known);
    return status;
}
