/* timeline_json.c: from looks to one list for each figure: what a chart draws. A rate is that since
 * the look before; what a look does not know is null. */
#include "timeline_json.h"

#include "accounts.h"
#include "json_values.h"

static json_t *value_of(uint64_t figure)
{
    return mt_json_number_if(figure < MT_FIGURE_UNLIMITED, figure);
}

static json_t *course_of(const struct mt_system *system, enum mt_figure figure)
{
    json_t *list = json_array();
    for (size_t i = 0; i < system->count; i++)
        json_array_append_new(list, value_of(system->looks[i].figures[figure]));
    return list;
}

/* Of counters that may be read a moment apart: never less than none. */
static uint64_t less(uint64_t a, uint64_t b)
{
    if (a >= MT_FIGURE_UNLIMITED || b >= MT_FIGURE_UNLIMITED)
        return MT_FIGURE_UNKNOWN;
    return a > b ? a - b : 0;
}

static json_t *objects_of(const struct mt_system *system)
{
    json_t *list = json_array();
    for (size_t i = 0; i < system->count; i++) {
        const uint64_t *figures = system->looks[i].figures;
        json_array_append_new(
            list, value_of(less(figures[MT_FIGURE_ALLOCATIONS], figures[MT_FIGURE_FREES])));
    }
    return list;
}

static json_t *rates_of(const struct mt_system *system)
{
    json_t *list = json_array();
    for (size_t i = 0; i < system->count; i++) {
        const struct mt_look *look = &system->looks[i], *before = i ? look - 1 : NULL;
        const uint64_t ms = before ? look->taken_ms - before->taken_ms : 0;
        const uint64_t calls = before ? less(look->figures[MT_FIGURE_ALLOCATIONS],
                                             before->figures[MT_FIGURE_ALLOCATIONS])
                                      : MT_FIGURE_UNKNOWN;
        const bool is_known = ms && calls != MT_FIGURE_UNKNOWN;
        json_array_append_new(list, mt_json_number_if(is_known, is_known ? calls * 1000 / ms : 0));
    }
    return list;
}

json_t *mt_json_timeline(const struct mt_system *system)
{
    json_t *times = json_array();
    if (system->count == 0) {
        json_decref(times);
        return json_null();
    }
    for (size_t i = 0; i < system->count; i++)
        json_array_append_new(times, mt_json_number(system->looks[i].taken_ms));
    return json_pack("{so so so so so so so so so so}", "taken_ms", times, "live_bytes",
                     course_of(system, MT_FIGURE_LIVE_BYTES), "live_objects", objects_of(system),
                     "mapped_bytes", course_of(system, MT_FIGURE_MAPPED_BYTES), "allocations",
                     course_of(system, MT_FIGURE_ALLOCATIONS), "frees",
                     course_of(system, MT_FIGURE_FREES), "allocations_per_second", rates_of(system),
                     "resident_bytes", course_of(system, MT_FIGURE_VM_RSS), "swapped_bytes",
                     course_of(system, MT_FIGURE_VM_SWAP), "virtual_bytes",
                     course_of(system, MT_FIGURE_VM_SIZE));
}

json_t *mt_json_peak(const struct mt_report *report)
{
    uint64_t peak_ms, kept_bytes;
    if (!mt_trace_peak(report->trace, &peak_ms, &kept_bytes))
        return json_null();
    return json_pack("{so so}", "taken_ms", mt_json_number(peak_ms), "kept_bytes",
                     mt_json_number(kept_bytes));
}
