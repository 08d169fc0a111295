/* data_heaps.c: the heaps as rows of cells with the pins that hold them, and what the rest of the
 * address space is for: what memtrace map says, as far as a picture needs it. */
#include <inttypes.h>
#include <stdlib.h>
#include "data.h"
#include "heap_picture.h"
#include "json_values.h"
#include "map.h"
#include "map_text.h"

enum { HEAPS_MAX = 8, CELLS_MAX = 2048, CELL_LEAST_BYTES = 256 };

static uint64_t cell_bytes_of(const struct mt_heap *heap)
{
    uint64_t bytes = CELL_LEAST_BYTES;
    while ((heap->end - heap->start + bytes - 1) / bytes > CELLS_MAX)
        bytes *= 2;
    return bytes;
}

/* A digit for each cell, by enum mt_heap_cell. */
static void write_cells(const struct mt_map *map, const struct mt_heap *heap, FILE *out)
{
    const uint64_t bytes = cell_bytes_of(heap);
    fprintf(out, "\"cell_bytes\":%" PRIu64 ",\"cells\":\"", bytes);
    for (uint64_t start = heap->start; start < heap->end; start += bytes) {
        const uint64_t end = heap->end - start < bytes ? heap->end : start + bytes;
        fputc('0' + (int)mt_heap_cell(heap, &map->space, start, end), out);
    }
    fputs("\",", out);
}

static json_t *pin_of(const struct mt_heap *heap, const struct mt_pin *pin,
                      struct mt_stacks *stacks)
{
    return json_pack(
        "{so so so so so so so sI}", "address",
        mt_json_hexadecimal("0x%" PRIx64, pin->chunk->address), "offset",
        mt_json_number(pin->chunk->start - heap->start), "bytes", mt_json_number(pin->chunk->bytes),
        "blocks", mt_json_number(pin->blocks), "block_bytes", mt_json_number(pin->block_bytes),
        "returned", mt_json_number(pin->returned), "returned_resident",
        mt_json_number(pin->returned_resident), "node",
        (json_int_t)(mt_chunk_is_block(pin->chunk) ? mt_stacks_add(stacks, pin->chunk->stack)
                                                   : -1));
}

static void write_heap(const struct mt_map *map, const struct mt_heap *heap,
                       struct mt_stacks *stacks, FILE *out)
{
    const bool is_known = mt_map_knows_pages(map, &heap->pages);
    json_t *pins = json_array();
    for (size_t i = 0; i < heap->pin_count; i++)
        json_array_append_new(pins, pin_of(heap, &heap->pins[i], stacks));
    fputc('{', out);
    write_cells(map, heap, out);
    fputs("\"pins\":", out);
    mt_json_write(pins, out);
    fputs(",\"sums\":", out);
    mt_json_write(json_pack("{sb sb so so so so so so so so}", "is_main", heap->is_main,
                            "is_pinned", mt_heap_is_pinned(heap), "start",
                            mt_json_hexadecimal("0x%" PRIx64, heap->start), "bytes",
                            mt_json_number(heap->end - heap->start), "resident",
                            mt_json_number_if(is_known, mt_range_resident(&heap->pages)), "blocks",
                            mt_json_number(heap->blocks), "live", mt_json_number(heap->live),
                            "free", mt_json_number(heap->free), "held_resident",
                            mt_json_number_if(is_known, heap->held_resident), "trimmed",
                            mt_json_number_if(is_known, heap->trimmed_resident)),
                  out);
    fputc('}', out);
}

static json_t *segment_of(const struct mt_map *map, enum mt_segment segment)
{
    const struct mt_segment_sum *sum = &map->segments.sums[segment];
    const bool is_known = mt_map_knows_pages(map, &sum->pages);
    const bool knows_swap = is_known && map->space.residency != MT_RESIDENCY_MINCORE;
    return json_pack("{ss so so so so}", "name", mt_segment_labels[segment], "count",
                     mt_json_number(sum->count), "virtual", mt_json_number(sum->pages.bytes),
                     "resident", mt_json_number_if(is_known, mt_range_resident(&sum->pages)),
                     "swapped", mt_json_number_if(knows_swap, sum->pages.swapped));
}

static void write_segments(const struct mt_map *map, FILE *out)
{
    json_t *segments = json_array();
    for (int i = 0; i < MT_SEGMENT_COUNT && map->space.source != MT_SPACE_NONE; i++)
        if (map->segments.sums[i].pages.bytes)
            json_array_append_new(segments, segment_of(map, (enum mt_segment)i));
    fputs("\"segments\":", out);
    mt_json_write(segments, out);
    fputs(",\n", out);
}

void mt_data_write_heaps(const struct mt_report *report, const struct mt_report_options *options,
                         struct mt_stacks *stacks, FILE *out)
{
    const struct mt_map_options map_options = {.sysroot = options->sysroot};
    const struct mt_heap *heaps[HEAPS_MAX];
    struct mt_map *map;
    struct mt_error error;
    size_t count = 0;
    if (mt_map_open(mt_trace_path(report->trace), &map_options, &map, &error) != MT_OK)
        map = NULL; /* it ran, and has ended meanwhile: of that instant nothing is known */
    if (map) {
        count = mt_heaps_choose(&map->segments, heaps, HEAPS_MAX);
        write_segments(map, out);
    }
    fprintf(out, "\"heap_count\":%zu,\"heaps\":[", map ? map->segments.heap_count : 0);
    for (size_t i = 0; i < count; i++) {
        fputs(i ? ",\n" : "\n", out);
        write_heap(map, heaps[i], stacks, out);
    }
    fputs("],\n", out);
    mt_map_close(map);
}
