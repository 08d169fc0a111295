/* map_json.c: a map for programs, schema memtrace-map/1 of the manual page. What is not known is
 * null. The head is one member a line, and so are segments, heaps and churning sites. */
#include <inttypes.h>
#include <stdlib.h>
#include "frames.h"
#include "json_values.h"
#include "map.h"
#include "site_name.h"

/* ---- parts ---- */

static bool knows_pages(const struct mt_map *map, const struct mt_range *pages)
{
    return map->space.residency != MT_RESIDENCY_NONE &&
           (pages->unseen < pages->bytes || !pages->bytes);
}

/* Adds what is known of pages to `object`. */
static void add_pages(const struct mt_map *map, json_t *object, const struct mt_range *pages)
{
    const bool is_known = knows_pages(map, pages);
    const bool knows_swap = is_known && map->space.residency != MT_RESIDENCY_MINCORE;
    json_object_set_new(object, "virtual_bytes", mt_json_number(pages->bytes));
    json_object_set_new(object, "resident_bytes",
                        mt_json_number_if(is_known, mt_range_resident(pages)));
    json_object_set_new(object, "shared_bytes",
                        mt_json_number_if(is_known, mt_range_shared(pages)));
    json_object_set_new(object, "swapped_bytes", mt_json_number_if(knows_swap, pages->swapped));
    json_object_set_new(object, "unseen_bytes", mt_json_number(pages->unseen));
    json_object_set_new(object, "anonymous_bytes", mt_json_number_if(is_known, pages->anonymous));
    json_object_set_new(object, "file_bytes", mt_json_number_if(is_known, pages->file));
    json_object_set_new(object, "shared_memory_bytes", mt_json_number_if(is_known, pages->memory));
}

/* Where a stack's site is: function, file and line, each perhaps null. */
static json_t *site_of(const struct mt_map *map, uint32_t stack)
{
    struct mt_frame_walk walk;
    const struct mt_frame *frame = mt_site_frame(map->trace, map->symbols, stack, &walk);
    if (!frame)
        return json_null();
    char *label = mt_frame_label(walk.location, frame);
    const struct mt_loaded *module = walk.location->module;
    json_t *site = json_pack("{so so so so so}", "label", mt_json_text(label), "function",
                             mt_json_text(frame->function ? frame->function->full : NULL), "file",
                             mt_json_text(frame->file), "line",
                             mt_json_number_if(frame->line != 0, frame->line), "module",
                             mt_json_text(module ? module->path : NULL));
    free(label);
    return site;
}

static json_t *process_of(const struct mt_map *map)
{
    return json_pack("{so so so}", "pid", mt_json_number(mt_trace_header(map->trace)->pid),
                     "executable", mt_json_text(mt_trace_text(map->trace, MT_FACT_EXECUTABLE)),
                     "end", mt_json_text(mt_fate_name(map->fate)));
}

static json_t *source_of(const struct mt_map *map)
{
    static const char *const kinds[] = {NULL, "process", "snapshot"};
    const struct mt_snapshot *snapshot = map->space.snapshot;
    return json_pack("{so so so so so}", "kind", mt_json_text(kinds[map->space.source]), "number",
                     snapshot ? mt_json_number(snapshot->number) : json_null(), "taken_ms",
                     snapshot ? mt_json_number(snapshot->taken_ms) : json_null(), "residency",
                     mt_json_text(mt_residency_name(map->space.residency)), "page_bytes",
                     mt_json_number(map->space.page_bytes));
}

static json_t *status_of(const struct mt_map *map)
{
    static const struct {
        const char *name;
        enum mt_figure figure;
    } shown[] = {
        {"VmSize", MT_FIGURE_VM_SIZE},     {"VmRSS", MT_FIGURE_VM_RSS},
        {"RssAnon", MT_FIGURE_RSS_ANON},   {"RssFile", MT_FIGURE_RSS_FILE},
        {"RssShmem", MT_FIGURE_RSS_SHMEM}, {"VmSwap", MT_FIGURE_VM_SWAP},
        {"VmPTE", MT_FIGURE_VM_PTE},
    };
    json_t *status = json_object();
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
        const uint64_t value = map->space.figures[shown[i].figure];
        json_object_set_new(status, shown[i].name,
                            mt_json_number_if(value != MT_FIGURE_UNKNOWN, value));
    }
    return status;
}

/* ---- segments ---- */

static bool is_malloc(enum mt_segment segment)
{
    return segment == MT_SEGMENT_HEAP || segment == MT_SEGMENT_ARENAS ||
           segment == MT_SEGMENT_OWN_MAPPINGS;
}

/* What is free in a segment of malloc's. */
static json_t *free_of(const struct mt_map *map, enum mt_segment segment)
{
    const struct mt_segments *segments = &map->segments;
    if (segment == MT_SEGMENT_OWN_MAPPINGS)
        return mt_json_number_if(segments->is_glibc, 0);
    uint64_t bytes = 0;
    for (size_t i = 0; i < segments->heap_count; i++)
        if (segments->heaps[i].is_main == (segment == MT_SEGMENT_HEAP))
            bytes += segments->heaps[i].free;
    return mt_json_number_if(mt_segments_know_heaps(segments, map->trace), bytes);
}

static json_t *segment_of(const struct mt_map *map, enum mt_segment segment)
{
    const struct mt_segments *segments = &map->segments;
    json_t *object = json_pack("{ss so}", "name", mt_segment_names[segment], "count",
                               mt_json_number(segments->sums[segment].count));
    add_pages(map, object, &segments->sums[segment].pages);
    if (!is_malloc(segment))
        return object;
    const bool is_whole = !mt_trace_is_sampled(map->trace);
    json_object_set_new(object, "blocks", mt_json_number_if(is_whole, segments->blocks[segment]));
    json_object_set_new(object, "live_bytes", mt_json_number_if(is_whole, segments->live[segment]));
    json_object_set_new(object, "free_bytes", free_of(map, segment));
    json_object_set_new(
        object, "overhead_bytes",
        mt_json_number_if(is_whole && segments->is_glibc, segments->overhead[segment]));
    return object;
}

static json_t *sums_of(const struct mt_map *map)
{
    json_t *object = json_object();
    add_pages(map, object, &map->segments.all.pages);
    return object;
}

/* ---- heaps ---- */

static json_t *pin_of(const struct mt_map *map, const struct mt_heap *heap,
                      const struct mt_pin *pin)
{
    return json_pack("{so so so so so so so}", "address",
                     mt_json_hexadecimal("0x%" PRIx64, pin->chunk->address), "bytes",
                     mt_json_number(pin->chunk->bytes), "blocks", mt_json_number(pin->blocks),
                     "block_bytes", mt_json_number(pin->block_bytes), "returned_bytes",
                     mt_json_number(pin->returned), "returned_resident_bytes",
                     mt_json_number_if(knows_pages(map, &heap->pages), pin->returned_resident),
                     "site", pin->chunk->stack ? site_of(map, pin->chunk->stack) : json_null());
}

static json_t *heap_of(const struct mt_map *map, const struct mt_heap *heap)
{
    const bool is_known = knows_pages(map, &heap->pages);
    json_t *pins = json_array();
    for (size_t i = 0; i < heap->pin_count; i++)
        json_array_append_new(pins, pin_of(map, heap, &heap->pins[i]));
    return json_pack(
        "{ss so so so so so so so so so so so so so so}", "kind", heap->is_main ? "brk" : "arena",
        "start", mt_json_hexadecimal("0x%" PRIx64, heap->start), "end",
        mt_json_hexadecimal("0x%" PRIx64, heap->end), "resident_bytes",
        mt_json_number_if(is_known, mt_range_resident(&heap->pages)), "blocks",
        mt_json_number(heap->blocks), "live_bytes", mt_json_number(heap->live), "overhead_bytes",
        mt_json_number(heap->overhead), "other_bytes", mt_json_number(heap->other), "free_bytes",
        mt_json_number(heap->free), "free_resident_bytes",
        mt_json_number_if(is_known, heap->free_resident), "held_bytes", mt_json_number(heap->held),
        "held_resident_bytes", mt_json_number_if(is_known, heap->held_resident), "trim_bytes",
        mt_json_number(heap->trimmed), "trim_resident_bytes",
        mt_json_number_if(is_known, heap->trimmed_resident), "pins", pins);
}

/* ---- churn ---- */

static json_t *churn_of(const struct mt_map *map, const struct mt_churn_row *row)
{
    const uint64_t threshold = mt_churn_threshold(row);
    const struct mt_churn_site *sum = &row->sum;
    return json_pack(
        "{so so so so so so so so so}", "function", mt_json_text(mt_function_name(sum->function)),
        "rounds", mt_json_number(sum->rounds), "bytes", mt_json_number(sum->bytes), "largest_bytes",
        mt_json_number(sum->largest_bytes), "estimated_faults",
        mt_json_number(mt_churn_faults(map, row)), "first_ms", mt_json_number(sum->first_ms),
        "last_ms", mt_json_number(sum->last_ms), "mmap_threshold",
        mt_json_number_if(threshold != 0, threshold), "site", site_of(map, sum->stack));
}

/* ---- all of it ---- */

static void write_member(const char *key, json_t *value, FILE *out)
{
    fprintf(out, ",\n  \"%s\": ", key);
    mt_json_write(value, out);
}

/* The items of a list, one a line. */
static void write_item(size_t index, json_t *value, FILE *out)
{
    fputs(index ? ",\n    " : "\n    ", out);
    mt_json_write(value, out);
}

static void end_list(size_t count, FILE *out)
{
    fputs(count ? "\n  ]" : "]", out);
}

void mt_map_print_json(const struct mt_map *map, const struct mt_map_options *options, FILE *out)
{
    (void)options;
    const struct mt_segments *segments = &map->segments;
    const bool is_known = map->space.source != MT_SPACE_NONE;
    fputs("{\n  \"schema\": \"memtrace-map/1\"", out);
    write_member("process", process_of(map), out);
    write_member("allocator", mt_json_text(mt_trace_text(map->trace, MT_FACT_ALLOCATOR)), out);
    write_member("source", source_of(map), out);
    fputs(",\n  \"segments\": [", out);
    for (int i = 0; i < MT_SEGMENT_COUNT && is_known; i++)
        write_item((size_t)i, segment_of(map, (enum mt_segment)i), out);
    end_list(is_known, out);
    write_member("sums", is_known ? sums_of(map) : json_null(), out);
    write_member("status", status_of(map), out);
    fputs(",\n  \"heaps\": [", out);
    for (size_t i = 0; i < segments->heap_count; i++)
        write_item(i, heap_of(map, &segments->heaps[i]), out);
    end_list(segments->heap_count, out);
    fputs(",\n  \"churn\": [", out);
    for (size_t i = 0; i < map->churn_count; i++)
        write_item(i, churn_of(map, &map->churn[i]), out);
    end_list(map->churn_count, out);
    fputs("\n}\n", out);
}
