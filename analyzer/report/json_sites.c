/* json_sites.c: the sites of a report, each made, written and freed by itself: a report of 100,000
 * sites takes no more memory than one of ten. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "drain.h"
#include "frames.h"
#include "hash.h"
#include "json_sites.h"
#include "json_values.h"

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
struct mt_frame_text {
    const struct mt_frame *frame;
    char *text;
    UT_hash_handle hh;
};

static char *write_frame(const struct mt_location *location, const struct mt_frame *frame)
{
    const struct mt_loaded *module = location->module;
    json_t *object =
        json_pack("{so so so so so so sb}", "module", mt_json_text(module ? module->path : NULL),
                  "build_id", build_id_of(module), "offset",
                  module ? mt_json_hexadecimal("0x%" PRIx64, location->offset) : json_null(),
                  "function", mt_json_text(frame->function ? frame->function->full : NULL), "file",
                  mt_json_text(frame->file), "line",
                  mt_json_number_if(frame->line != 0, frame->line), "inlined", frame->is_inlined);
    char *written = json_dumps(object, JSON_COMPACT);
    json_decref(object);
    if (written)
        written[0] = ',';
    return written;
}

static const char *text_of_frame(struct mt_frame_text **texts, const struct mt_location *location,
                                 const struct mt_frame *frame)
{
    struct mt_frame_text *known;
    HASH_FIND_PTR(*texts, &frame, known);
    if (!known && (known = calloc(1, sizeof *known))) {
        known->frame = frame;
        known->text = write_frame(location, frame);
        HASH_ADD_PTR(*texts, frame, known);
    }
    return known && known->text ? known->text : "}";
}

void mt_json_free_frames(struct mt_frame_text *texts)
{
    struct mt_frame_text *known, *next;
    MT_DRAIN(texts, known, next)
    {
        free(known->text);
        free(known);
    }
}

void mt_json_write_stack(const struct mt_report *report, uint32_t stack,
                         struct mt_frame_text **texts, FILE *out)
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

/* Who released the blocks of a site that are no more: null where that was not recorded. */
static void write_freed(const struct mt_report *report, const struct mt_row *row,
                        struct mt_frame_text **texts, FILE *out)
{
    struct mt_freers freers;
    if (!row->freed.is_known || row->freed.is_unknown ||
        !mt_trace_freers(report->trace, row->site.stack, &freers)) {
        fputs("\"freed\":null,", out);
        return;
    }
    fprintf(out, "\"freed\":{\"objects_freed\":%" PRIu64 ",\"objects_live\":%" PRIu64 ",\"by\":[",
            row->freed.freed, row->freed.live);
    for (unsigned i = 0; i < freers.count; i++) {
        fprintf(out, "%s{\"share\":%.4f,\"stack\":", i ? "," : "",
                (double)freers.by[i].blocks / (double)freers.asked);
        mt_json_write_stack(report, freers.by[i].stack, texts, out);
        fputc('}', out);
    }
    fputs("]},", out);
}

/* A group has no stack of its own: one frame, of which only that is known by which it is grouped.
 */
static json_t *stack_of_group(const struct mt_row *row, enum mt_group_by by)
{
    if (by == MT_GROUP_SCOPE) /* which the site itself has */
        return json_array();
    const char *known[] = {
        [MT_GROUP_FUNCTION] = "function", [MT_GROUP_FILE] = "file", [MT_GROUP_MODULE] = "module"};
    json_t *frame = json_pack("{sn sn sn sn sn sn sn sn}", "address", "module", "build_id",
                              "offset", "function", "file", "line", "inlined");
    json_object_set_new(frame, known[by], mt_json_text(row->group));
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
            json_array_append_new(list, mt_json_text(sorted[i]));
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
                                mt_json_number(site->storage[i]));
    }
    return storages;
}

/* What the site's stack has allocated in its life, whatever became of it: null where the trace does
 * not say. */
static void add_account(const struct mt_report *report, const struct mt_row *row, json_t *object)
{
    const struct mt_account_sum *account = &row->account;
    const bool has = row->site.kind == MT_KIND_BLOCK && mt_trace_has_accounts(report->trace);
    const bool has_peak = has && mt_trace_header(report->trace)->peak_number;
    const struct {
        const char *name;
        uint64_t number;
        bool is_known;
    } members[] = {
        {"allocations", account->allocations, has},
        {"allocated_bytes", account->allocated_bytes, has},
        {"temporary_allocations", account->temporary, has},
        {"peak_objects", account->peak_blocks, has_peak},
        {"peak_bytes", account->peak_bytes, has_peak},
    };
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        json_object_set_new(object, members[i].name,
                            mt_json_number_if(members[i].is_known, members[i].number));
}

/* All of a site but its stack. */
static json_t *site_of(const struct mt_report *report, const struct mt_row *row)
{
    const struct mt_site *site = &row->site;
    const struct mt_pages_known *known = &report->pages_known;
    const bool is_seen = mt_pages_are_seen(&site->pages, site->bytes);
    const bool has_ages = report->view == MT_VIEW_UNFREED;
    json_t *object = json_pack(
        "{so ss so ss so so so so so so so so so so so so}", "fingerprint",
        mt_json_hexadecimal("%016" PRIx64, row->fingerprint), "kind", mt_kind_names[site->kind],
        "mapping_kind", mt_json_text(mt_mapping_kind_name(site->mapping_kind)), "verdict",
        mt_verdict_name(site->verdict), "objects", mt_json_number(site->objects), "bytes",
        mt_json_number(site->bytes), "resident_bytes",
        mt_json_number_if(known->has_resident && is_seen, site->pages.resident), "swapped_bytes",
        mt_json_number_if(known->has_swapped && is_seen, site->pages.swapped),
        "never_touched_bytes",
        mt_json_number_if(known->has_swapped && is_seen, site->pages.never_touched), "huge_bytes",
        mt_json_number_if(known->has_huge && is_seen, site->pages.huge), "storage",
        storages_of(site), "function",
        mt_json_text(site->function ? mt_function_name(site->function) : NULL), "oldest_ms",
        mt_json_number_if(has_ages, site->oldest_ms), "newest_ms",
        mt_json_number_if(has_ages, site->newest_ms), "threads", threads_of(report->trace, site),
        "suppressed_by", mt_json_text(row->suppressed_by ? row->suppressed_by->name : NULL));
    if (site->verdict == MT_VERDICT_SUSPECT)
        json_object_set_new(object, "suspect", json_true());
    if (site->verdict == MT_VERDICT_DEFINITE || site->verdict == MT_VERDICT_SUSPECT) {
        json_object_set_new(object, "held_objects", mt_json_number(site->held.objects));
        json_object_set_new(object, "held_bytes", mt_json_number(site->held.bytes));
    }
    add_account(report, row, object);
    if (row->scope)
        json_object_set_new(object, "scope", mt_json_text(row->scope));
    if (row->is_known)
        json_object_set_new(object, "in_baseline", json_true());
    if (site->growth)
        json_object_set_new(object, "growth",
                            json_pack("{sf sf}", "bytes_per_second", row->slope.bytes_per_second,
                                      "fit", row->slope.fit));
    if (row->group)
        json_object_set_new(object, "sites", mt_json_number(row->site_count));
    return object;
}

static void write_site(const struct mt_report *report, const struct mt_report_options *options,
                       const struct mt_row *row, struct mt_frame_text **texts, FILE *out)
{
    json_t *object = site_of(report, row);
    char *head = json_dumps(object, JSON_COMPACT);
    json_decref(object);
    if (!head)
        return;
    head[strlen(head) - 1] = ','; /* was the closing brace */
    fputs(head, out);
    free(head);
    if (!row->group)
        write_freed(report, row, texts, out);
    fputs("\"stack\":", out);
    if (row->group)
        mt_json_write(stack_of_group(row, options->group_by), out);
    else
        mt_json_write_stack(report, row->site.stack, texts, out);
    fputc('}', out);
}

void mt_json_write_sites(const struct mt_report *report, const struct mt_report_options *options,
                         FILE *out)
{
    struct mt_frame_text *texts = NULL;
    fputc('[', out);
    for (size_t i = 0; i < report->rows.shown; i++) {
        fputs(i ? ",\n    " : "\n    ", out);
        write_site(report, options, &report->rows.items[i], &texts, out);
    }
    mt_json_free_frames(texts);
    fputs(report->rows.shown ? "\n  ]" : "]", out);
}
