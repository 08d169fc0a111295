/* system_json.c: the figures of all looks in one object: how often was looked, and by the kernel's
 * names where each figure began, its peak (of what is free or available: the least) and where it
 * ended. What was not known is null, no limit is "max". */
#include "system_json.h"

#include <inttypes.h>
#include "fingerprint.h"
#include "report.h"

static json_t *value_of(uint64_t figure)
{
    if (figure == MT_FIGURE_UNLIMITED)
        return json_string("max");
    return mt_json_number_if(figure != MT_FIGURE_UNKNOWN, figure);
}

json_t *mt_json_system(const struct mt_system *system)
{
    if (system->count == 0)
        return json_null();
    json_t *start = json_object(), *peak = json_object(), *end = json_object();
    for (int i = 0; i < MT_FIGURE_COUNT; i++) {
        const char *name = mt_figure_name((enum mt_figure)i);
        const struct mt_course course = mt_system_course(system, (enum mt_figure)i);
        json_object_set_new(start, name, value_of(course.start));
        json_object_set_new(peak, name, value_of(course.peak));
        json_object_set_new(end, name, value_of(course.end));
    }
    return json_pack("{so so so so so so so}", "looks", mt_json_number(system->count), "first_ms",
                     mt_json_number(system->looks[0].taken_ms), "last_ms",
                     mt_json_number(system->looks[system->count - 1].taken_ms), "reserved_bytes",
                     mt_json_number(system->reserved_bytes), "start", start, "peak", peak, "end",
                     end);
}

json_t *mt_json_oom(const struct mt_report *report)
{
    const struct mt_oom *oom = &report->oom;
    if (oom->cause == MT_OOM_NONE)
        return json_null();
    json_t *grown = json_array();
    for (unsigned i = 0; i < oom->grown_count; i++) {
        const struct mt_site *site = &oom->grown[i];
        const uint64_t fingerprint =
            mt_fingerprint(report->trace, report->symbols, site->kind, site->stack);
        json_array_append_new(grown, json_pack("{so so so}", "fingerprint",
                                               mt_json_hexadecimal("%016" PRIx64, fingerprint),
                                               "objects", mt_json_number(site->objects), "bytes",
                                               mt_json_number(site->bytes)));
    }
    return json_pack(
        "{ss sb so so so so so so so}", "cause", oom->cause == MT_OOM_GROUP ? "group" : "system",
        "certain", oom->is_certain, "kills", mt_json_number(oom->kills), "limit_bytes",
        mt_json_number(oom->limit_bytes), "used_bytes", mt_json_number(oom->used_bytes),
        "added_bytes", mt_json_number(oom->added_bytes), "last_look_ms",
        mt_json_number(oom->last->taken_ms), "end_ms", mt_json_number(oom->end_ms), "grown", grown);
}
