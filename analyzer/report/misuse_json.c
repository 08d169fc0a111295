/* misuse_json.c: see misuse_json.h and the manual page, memtrace-report(1). What does not belong to
 * a kind of misuse, or is not known, is null. */
#include "misuse_json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "json_sites.h"
#include "json_values.h"

json_t *mt_json_checks(const struct mt_report *report)
{
    const uint32_t checks = mt_trace_checks(report->trace);
    return json_pack("{sb sb sb so so so}", "calls", (checks & MT_CHECKED_CALLS) != 0, "guards",
                     (checks & MT_CHECKED_GUARDS) != 0, "canaries",
                     (checks & MT_CHECKED_CANARIES) != 0, "lost_errors",
                     mt_json_number(mt_trace_lost_misuses(report->trace)), "unjudged_calls",
                     mt_json_number(mt_trace_blind_calls(report->trace)), "unnamed_mismatches",
                     mt_json_number(report->told.unsure));
}

static json_t *thread_of(const struct mt_trace *trace, uint32_t slot)
{
    char name[17] = "";
    const struct mt_thread *thread = mt_trace_thread(trace, slot);
    if (!thread)
        return json_null();
    memcpy(name, thread->name, sizeof thread->name);
    return mt_json_text(name);
}

static json_t *function_of(unsigned function)
{
    return function && function < MT_FN_COUNT
               ? mt_json_text(mt_function_name((enum mt_function)function))
               : json_null();
}

static json_t *block_of(const struct mt_misuse *misuse)
{
    const bool is_known = misuse->allocated || misuse->block_bytes;
    if (!misuse->block)
        return json_null();
    return json_pack("{so so so}", "address", mt_json_hexadecimal("0x%" PRIx64, misuse->block),
                     "bytes", mt_json_number_if(is_known, misuse->block_bytes), "offset",
                     json_integer((json_int_t)(misuse->address - misuse->block)));
}

static const char *access_of(const struct mt_misuse *misuse)
{
    if (misuse->function || misuse->kind == MT_MISUSE_OVERRUN)
        return NULL;
    return misuse->flags & MT_MISUSE_UNSURE  ? "unknown"
           : misuse->flags & MT_MISUSE_WRITE ? "write"
                                             : "read";
}

/* Sizes that look negative are meant so. */
static json_t *bytes_of(const struct mt_misuse *misuse)
{
    return misuse->bytes ? json_integer((json_int_t)misuse->bytes) : json_null();
}

/* All of a misuse but its stacks. */
static json_t *misuse_of(const struct mt_report *report, const struct mt_told_misuse *told)
{
    const struct mt_misuse *misuse = told->misuse;
    const struct mt_loaded *module =
        misuse->place == MT_PLACE_MODULE ? mt_trace_module(report->trace, misuse->detail) : NULL;
    return json_pack("{so ss so so so so so so so so so so so so sb}", "fingerprint",
                     mt_json_hexadecimal("%016" PRIx64, told->fingerprint), "kind",
                     mt_misuse_key_name(misuse->kind), "summary", mt_json_text(told->summary),
                     "count", mt_json_number(misuse->count), "function",
                     function_of(misuse->function), "access", mt_json_text(access_of(misuse)),
                     "address", mt_json_hexadecimal("0x%" PRIx64, misuse->address), "bytes",
                     bytes_of(misuse), "block", block_of(misuse), "place",
                     mt_json_text(mt_place_name(misuse->place)), "module",
                     mt_json_text(module ? module->path : NULL), "thread",
                     thread_of(report->trace, misuse->thread), "first_ms",
                     mt_json_number(misuse->first_ms), "last_ms", mt_json_number(misuse->last_ms),
                     "stopped", (misuse->flags & MT_MISUSE_STOPPED) != 0);
}

/* Adds `"name":{…,"stack":[…]}` of an earlier event, or null where there was none. */
static void write_event(const struct mt_report *report, const char *name, json_t *event,
                        uint32_t stack, struct mt_frame_text **texts, FILE *out)
{
    char *head = event ? json_dumps(event, JSON_COMPACT) : NULL;
    json_decref(event);
    fprintf(out, ",\"%s\":", name);
    if (!head) {
        fputs("null", out);
        return;
    }
    head[strlen(head) - 1] = '\0'; /* the closing brace */
    fprintf(out, "%s,\"stack\":", head);
    mt_json_write_stack(report, stack, texts, out);
    fputc('}', out);
    free(head);
}

static void write_misuse(const struct mt_report *report, const struct mt_told_misuse *told,
                         struct mt_frame_text **texts, FILE *out)
{
    const struct mt_misuse *misuse = told->misuse;
    const struct mt_node *allocation = mt_trace_node(report->trace, misuse->allocated);
    json_t *object = misuse_of(report, told);
    char *head = json_dumps(object, JSON_COMPACT);
    json_decref(object);
    if (!head)
        return;
    head[strlen(head) - 1] = '\0'; /* the closing brace */
    fprintf(out, "%s,\"stack\":", head);
    free(head);
    mt_json_write_stack(report, misuse->stack, texts, out);
    write_event(report, "allocated",
                allocation ? json_pack("{so}", "function", function_of(allocation->function))
                           : NULL,
                misuse->allocated, texts, out);
    write_event(report, "freed",
                misuse->freed_function
                    ? json_pack("{so so so}", "function", function_of(misuse->freed_function),
                                "thread", thread_of(report->trace, misuse->freed_thread),
                                "freed_ms",
                                mt_json_number_if(misuse->freed_ms != 0, misuse->freed_ms))
                    : NULL,
                misuse->freed, texts, out);
    fputc('}', out);
}

void mt_json_write_misuses(const struct mt_report *report, FILE *out)
{
    struct mt_frame_text *texts = NULL;
    if (!mt_trace_checks(report->trace) && !report->told.count) {
        fputs("null", out);
        return;
    }
    fputc('[', out);
    for (size_t i = 0; i < report->told.count; i++) {
        fputs(i ? ",\n    " : "\n    ", out);
        write_misuse(report, &report->told.items[i], &texts, out);
    }
    fputs(report->told.count ? "\n  ]" : "]", out);
    mt_json_free_frames(texts);
}
