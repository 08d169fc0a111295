/* report_json.c: a report for programs, schema memtrace-report/1 of the manual page. What is not
 * known is null. The head is one member a line, and so are the sites, each made, written and freed
 * by itself: a report of 100,000 sites takes no more memory than one of ten, and two reports can be
 * compared with diff. */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <uthash.h>
#include "frames.h"
#include "printable.h"
#include "report.h"

static json_t *text(const char *string)
{
    if (!string)
        return json_null();
    char *valid = mt_valid_utf8(string);
    json_t *value = valid ? json_string(valid) : json_null();
    free(valid);
    return value;
}

static json_t *number(uint64_t value)
{
    return json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value);
}

static json_t *number_if(bool is_known, uint64_t value)
{
    return is_known ? number(value) : json_null();
}

static json_t *hexadecimal(const char *format, uint64_t value)
{
    char digits[32];
    snprintf(digits, sizeof digits, format, value);
    return json_string(digits);
}

/* ---- head ---- */

static json_t *start_time(uint64_t unix_ns)
{
    if (unix_ns == 0)
        return json_null();
    const time_t seconds = (time_t)(unix_ns / 1000000000);
    struct tm parts;
    char date[64], full[80];
    if (!gmtime_r(&seconds, &parts) || !strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &parts))
        return json_null();
    snprintf(full, sizeof full, "%s.%03uZ", date, (unsigned)(unix_ns / 1000000 % 1000));
    return json_string(full);
}

static json_t *command_line(const struct mt_trace *trace)
{
    unsigned count;
    const char *const *command = mt_trace_command(trace, &count);
    if (!command)
        return json_null();
    json_t *list = json_array();
    for (unsigned i = 0; i < count; i++)
        json_array_append_new(list, text(command[i]));
    return list;
}

static json_t *process_of(const struct mt_report *report)
{
    const struct mt_header *header = mt_trace_header(report->trace);
    const bool has_status = (header->flags & MT_FLAG_EXIT_STATUS) != 0;
    return json_pack("{so so so so so so so so so}", "pid", number(header->pid), "ppid",
                     number(header->ppid), "executable",
                     text(mt_trace_text(report->trace, MT_FACT_EXECUTABLE)), "command",
                     command_line(report->trace), "started", start_time(header->started_unix_ns),
                     "duration_ms", number_if(report->has_duration, report->duration_ms), "end",
                     text(mt_fate_name(report->fate)), "signal",
                     number_if(header->end_signal != 0, header->end_signal), "exit_status",
                     has_status ? json_integer(header->exit_status) : json_null());
}

static json_t *trace_of(const struct mt_report *report)
{
    const struct mt_damage *damage = mt_trace_damage(report->trace);
    return json_pack("{so so so ss so so so si}", "file", text(mt_trace_path(report->trace)),
                     "version", number(mt_trace_header(report->trace)->version), "allocator",
                     text(mt_trace_text(report->trace, MT_FACT_ALLOCATOR)), "scan", "none",
                     "lost_blocks", number(damage->lost_blocks), "lost_stacks",
                     number(damage->lost_stacks), "truncated_stacks",
                     number(report->totals.cut_stacks), "threads_scanned", 0);
}

static json_t *totals_of(const struct mt_report *report)
{
    const struct mt_totals *totals = &report->totals;
    return json_pack(
        "{so so so so so so so so so so}", "allocations", number(totals->allocations), "frees",
        number(totals->frees), "allocated_bytes", number(totals->allocated_bytes), "unfreed_blocks",
        number(report->unfreed.all.objects), "unfreed_bytes", number(report->unfreed.all.bytes),
        "unfreed_mappings", json_null(), "unfreed_mapping_bytes", json_null(), "peak_bytes",
        number(totals->peak_bytes), "leaked_objects", json_null(), "leaked_bytes", json_null());
}

static json_t *verdicts_of(const struct mt_report *report)
{
    static const enum mt_verdict order[] = {MT_VERDICT_DEFINITE, MT_VERDICT_INDIRECT,
                                            MT_VERDICT_POSSIBLE, MT_VERDICT_REACHABLE,
                                            MT_VERDICT_UNCLASSIFIED};
    json_t *verdicts = json_object();
    for (int i = 0; i < MT_VERDICT_COUNT; i++) {
        const struct mt_count *count = &report->unfreed.verdicts[order[i]];
        json_object_set_new(
            verdicts, mt_verdict_names[order[i]],
            json_pack("{so so}", "objects", number(count->objects), "bytes", number(count->bytes)));
    }
    return verdicts;
}

static json_t *storage_of(const struct mt_report *report)
{
    json_t *storage = json_object();
    for (int i = 0; i < MT_STORAGE_COUNT; i++) {
        const struct mt_count *count = &report->unfreed.storage[i];
        json_object_set_new(storage, mt_storage_name((enum mt_storage)i),
                            json_pack("{so so so}", "blocks", number(count->objects), "bytes",
                                      number(count->bytes), "resident_bytes", json_null()));
    }
    return storage;
}

/* ---- sites ---- */

static json_t *build_id_of(const struct mt_loaded *module)
{
    if (!module || !module->build_id_bytes)
        return json_null();
    char hex[2 * sizeof module->build_id + 1];
    for (unsigned i = 0; i < module->build_id_bytes; i++)
        snprintf(hex + 2 * i, 3, "%02x", module->build_id[i]);
    return json_string(hex);
}

/* What is the same wherever a frame occurs: all but its address, as it is written, from the comma
 * after the address to the closing brace. Kept by the frame's own address: stacks of a large report
 * repeat the same few thousand frames millions of times. */
struct frame_text {
    const struct mt_frame *frame;
    char *text;
    UT_hash_handle hh;
};

static char *write_frame(const struct mt_location *location, const struct mt_frame *frame)
{
    const struct mt_loaded *module = location->module;
    json_t *object =
        json_pack("{so so so so so so sb}", "module", text(module ? module->path : NULL),
                  "build_id", build_id_of(module), "offset",
                  module ? hexadecimal("0x%" PRIx64, location->offset) : json_null(), "function",
                  text(frame->function ? frame->function->full : NULL), "file", text(frame->file),
                  "line", number_if(frame->line != 0, frame->line), "inlined", frame->is_inlined);
    char *written = json_dumps(object, JSON_COMPACT);
    json_decref(object);
    if (written)
        written[0] = ',';
    return written;
}

static const char *text_of_frame(struct frame_text **texts, const struct mt_location *location,
                                 const struct mt_frame *frame)
{
    struct frame_text *known;
    HASH_FIND_PTR(*texts, &frame, known);
    if (!known && (known = calloc(1, sizeof *known))) {
        known->frame = frame;
        known->text = write_frame(location, frame);
        HASH_ADD_PTR(*texts, frame, known);
    }
    return known && known->text ? known->text : "}";
}

static void free_frame_texts(struct frame_text *texts)
{
    struct frame_text *known, *next;
    HASH_ITER(hh, texts, known, next)
    {
        HASH_DEL(texts, known);
        free(known->text);
        free(known);
    }
}

static void write_stack(const struct mt_report *report, uint32_t stack, struct frame_text **texts,
                        FILE *out)
{
    struct mt_frame_walk walk;
    const struct mt_frame *frame;
    const char *separator = "";
    mt_frames_begin(&walk, report->trace, report->symbols, stack);
    fputc('[', out);
    for (; (frame = mt_frames_next(&walk)); separator = ",") {
        fprintf(out, "%s{\"address\":\"0x%" PRIx64 "\"", separator, walk.node->pc);
        fputs(text_of_frame(texts, walk.location, frame), out);
    }
    fputc(']', out);
}

/* A group has no stack of its own: one frame, of which only that is known by which it is grouped.
 */
static json_t *stack_of_group(const struct mt_row *row, enum mt_group_by by)
{
    const char *known[] = {
        [MT_GROUP_FUNCTION] = "function", [MT_GROUP_FILE] = "file", [MT_GROUP_MODULE] = "module"};
    json_t *frame = json_pack("{sn sn sn sn sn sn sn sn}", "address", "module", "build_id",
                              "offset", "function", "file", "line", "inlined");
    json_object_set_new(frame, known[by], text(row->group));
    return json_pack("[o]", frame);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names of the threads, sorted, each once. */
static json_t *threads_of(const struct mt_trace *trace, const struct mt_site *site)
{
    json_t *list = json_array();
    char(*names)[17] = calloc(site->thread_count + 1, sizeof *names);
    const char **sorted = calloc(site->thread_count + 1, sizeof *sorted);
    size_t count = 0;
    for (unsigned i = 0; names && sorted && i < site->thread_count; i++) {
        const struct mt_thread *thread = mt_trace_thread(trace, site->threads[i]);
        if (!thread || !thread->name[0])
            continue;
        memcpy(names[count], thread->name, sizeof thread->name);
        sorted[count] = names[count];
        count++;
    }
    if (count)
        qsort(sorted, count, sizeof *sorted, compare_names);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || strcmp(sorted[i], sorted[i - 1]) != 0)
            json_array_append_new(list, text(sorted[i]));
    }
    free(sorted);
    free(names);
    return list;
}

static json_t *storages_of(const struct mt_site *site)
{
    json_t *storages = json_object();
    for (int i = 0; i < MT_STORAGE_COUNT; i++) {
        if (site->storage[i])
            json_object_set_new(storages, mt_storage_name((enum mt_storage)i),
                                number(site->storage[i]));
    }
    return storages;
}

/* All of a site but its stack. */
static json_t *site_of(const struct mt_report *report, const struct mt_row *row)
{
    const struct mt_site *site = &row->site;
    json_t *object =
        json_pack("{so ss sn ss so so sn sn so so so so so sn}", "fingerprint",
                  hexadecimal("%016" PRIx64, row->fingerprint), "kind", mt_kind_names[site->kind],
                  "mapping_kind", "verdict", mt_verdict_names[site->verdict], "objects",
                  number(site->objects), "bytes", number(site->bytes), "resident_bytes",
                  "swapped_bytes", "storage", storages_of(site), "function",
                  text(site->function ? mt_function_name(site->function) : NULL), "oldest_ms",
                  number(site->oldest_ms), "newest_ms", number(site->newest_ms), "threads",
                  threads_of(report->trace, site), "suppressed_by");
    if (row->group)
        json_object_set_new(object, "sites", number(row->site_count));
    return object;
}

/* ---- writing ---- */

/* Writes and frees `value`. */
static void write_value(json_t *value, FILE *out)
{
    json_dumpf(value, out, JSON_COMPACT | JSON_ENCODE_ANY);
    json_decref(value);
}

static void write_site(const struct mt_report *report, const struct mt_report_options *options,
                       const struct mt_row *row, struct frame_text **texts, FILE *out)
{
    json_t *object = site_of(report, row);
    char *head = json_dumps(object, JSON_COMPACT);
    json_decref(object);
    if (!head)
        return;
    head[strlen(head) - 1] = ','; /* was the closing brace */
    fprintf(out, "%s\"stack\":", head);
    free(head);
    if (row->group)
        write_value(stack_of_group(row, options->group_by), out);
    else
        write_stack(report, row->site.stack, texts, out);
    fputc('}', out);
}

static void write_member(const char *name, json_t *value, FILE *out)
{
    fprintf(out, "  \"%s\": ", name);
    write_value(value, out);
    fputs(",\n", out);
}

void mt_report_print_json(const struct mt_report *report, const struct mt_report_options *options,
                          FILE *out)
{
    struct frame_text *texts = NULL;
    fputs("{\n", out);
    write_member("schema", json_string("memtrace-report/1"), out);
    write_member("process", process_of(report), out);
    write_member("trace", trace_of(report), out);
    write_member("totals", totals_of(report), out);
    write_member("verdicts", verdicts_of(report), out);
    write_member("storage", storage_of(report), out);
    fputs("  \"sites\": [", out);
    for (size_t i = 0; i < report->rows.shown; i++) {
        fputs(i ? ",\n    " : "\n    ", out);
        write_site(report, options, &report->rows.items[i], &texts, out);
    }
    free_frame_texts(texts);
    fputs(report->rows.shown ? "\n  ]\n}\n" : "]\n}\n", out);
}
