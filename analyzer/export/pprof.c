/* pprof.c: a profile for pprof and what reads its format (Pyroscope, Parca, speedscope): protobuf,
 * gzip'ed. Of export.h. A sample is a row, with all the figures the trace knows:
 *
 *   alloc_objects, alloc_space   ever allocated, by the accounts of the stacks: not of a sampled
 *                                trace. Of mappings, which have none, those in use
 *   inuse_objects, inuse_space   unfreed, as the report's options select them: the default
 *   resident_space               of these in RAM, where pages were looked at
 *
 * A type that is not known of every row is left out: 0 would be read as a figure. Where all that is
 * unfreed is selected, stacks of which all was freed are samples too. protobuf-c because it is C,
 * in every distribution, and knows the wire format, so that we do not. */
#include <stdlib.h>
#include <string.h>
#include "compressed.h"
#include "export.h"
#include "frames.h"
#include "profile.h"

enum { VALUES_MAX = 5 };

struct writer {
    struct mt_profile profile;
    const struct mt_export *export;
    bool has_allocated, has_resident;
    struct mt_numbers stacks; /* whose accounts are counted */
    uint64_t *ids;            /* locations of the stack at hand */
    size_t id_room;
};

/* ---- figures ---- */

/* What every row of every report has. */
static void find_types(struct writer *writer)
{
    const struct mt_export *export = writer->export;
    writer->has_allocated = true;
    writer->has_resident = export->options->view == MT_VIEW_UNFREED;
    for (size_t i = 0; i < export->count; i++) {
        const struct mt_report *report = export->reports[i];
        writer->has_allocated &= mt_trace_has_accounts(report->trace);
        writer->has_resident &= report->pages_known.has_resident;
        for (size_t j = 0; j < report->rows.shown; j++) {
            const struct mt_site *site = &report->rows.items[j].site;
            writer->has_resident &= mt_pages_are_seen(&site->pages, site->bytes);
        }
    }
}

static Pprof__ValueType *value_type(struct mt_profile *profile, const char *type, const char *unit)
{
    Pprof__ValueType *made = mt_profile_new(profile, sizeof *made);
    if (made) {
        pprof__value_type__init(made);
        made->type = mt_profile_string(profile, type);
        made->unit = mt_profile_string(profile, unit);
    }
    return made;
}

static void add_type(struct writer *writer, const char *type, const char *unit)
{
    MT_PROFILE_PUSH(&writer->profile, sample_type, value_type(&writer->profile, type, unit));
}

static void add_types(struct writer *writer)
{
    static const char *const names[][2] = {
        [MT_VIEW_UNFREED] = {"inuse_objects", "inuse_space"},
        [MT_VIEW_PEAK] = {"peak_objects", "peak_space"},
        [MT_VIEW_TEMPORARY] = {"temporary_objects", "temporary_space"},
    };
    const char *const *rows = names[writer->export->options->view];
    if (writer->has_allocated) {
        add_type(writer, "alloc_objects", "count");
        add_type(writer, "alloc_space", "bytes");
    }
    add_type(writer, rows[0], "count");
    add_type(writer, rows[1], "bytes");
    if (writer->has_resident)
        add_type(writer, "resident_space", "bytes");
    writer->profile.message.default_sample_type = mt_profile_string(&writer->profile, rows[1]);
}

/* An account is of a stack, however many rows the stack has by its verdicts. */
static struct mt_count allocated(struct writer *writer, const struct mt_row *row,
                                 size_t stack_bytes)
{
    bool is_new;
    if (row->site.kind == MT_KIND_MAPPING)
        return (struct mt_count){row->site.objects, row->site.bytes};
    mt_numbers_get(&writer->stacks, writer->ids, stack_bytes, &is_new);
    return is_new ? (struct mt_count){row->account.allocations, row->account.allocated_bytes}
                  : (struct mt_count){0};
}

/* ---- samples ---- */

/* Fills writer->ids, innermost first. Returns how many there are. */
static size_t take_stack(struct writer *writer, uint32_t process, const struct mt_report *report,
                         uint32_t stack)
{
    struct mt_frame_walk walk;
    const struct mt_node *last = NULL;
    size_t count = 0;
    mt_frames_begin(&walk, report->trace, report->symbols, stack);
    while (mt_frames_next(&walk)) {
        if (walk.node == last)
            continue; /* another call inlined there */
        last = walk.node;
        if (count == writer->id_room) {
            const size_t room = 2 * count + 64;
            uint64_t *ids = reallocarray(writer->ids, room, sizeof *ids);
            if (!ids) {
                writer->profile.is_short = true;
                break;
            }
            writer->ids = ids;
            writer->id_room = room;
        }
        writer->ids[count++] =
            mt_profile_location(&writer->profile, process, walk.node, walk.location);
    }
    return count;
}

static void add_label(struct mt_profile *profile, Pprof__Sample *sample, const char *key,
                      const char *text)
{
    Pprof__Label *label = mt_profile_new(profile, sizeof *label);
    if (!label)
        return;
    pprof__label__init(label);
    label->key = mt_profile_string(profile, key);
    label->str = mt_profile_string(profile, text);
    mt_profile_push(profile, (void **)&sample->label, &sample->n_label, label);
}

static void add_labels(struct writer *writer, Pprof__Sample *sample, const struct mt_row *row,
                       const char *process)
{
    struct mt_profile *profile = &writer->profile;
    add_label(profile, sample, "kind", mt_kind_names[row->site.kind]);
    if (row->site.objects)
        add_label(profile, sample, "verdict", mt_verdict_name(row->site.verdict));
    if (row->site.function)
        add_label(profile, sample, "function", mt_function_name(row->site.function));
    if (row->scope)
        add_label(profile, sample, "scope", row->scope);
    if (writer->export->count > 1)
        add_label(profile, sample, "process", process);
}

static void fill_sample(struct writer *writer, Pprof__Sample *sample, const struct mt_row *row,
                        size_t frames)
{
    const size_t bytes = frames * sizeof *writer->ids;
    sample->location_id = mt_profile_new(&writer->profile, bytes);
    sample->value = mt_profile_new(&writer->profile, VALUES_MAX * sizeof *sample->value);
    if (!sample->location_id || !sample->value)
        return;
    if (frames)
        memcpy(sample->location_id, writer->ids, bytes);
    sample->n_location_id = frames;
    size_t count = 0;
    if (writer->has_allocated) {
        const struct mt_count all = allocated(writer, row, bytes);
        sample->value[count++] = (int64_t)all.objects;
        sample->value[count++] = (int64_t)all.bytes;
    }
    sample->value[count++] = (int64_t)row->site.objects;
    sample->value[count++] = (int64_t)row->site.bytes;
    if (writer->has_resident)
        sample->value[count++] = (int64_t)row->site.pages.resident;
    sample->n_value = count;
}

static void add_row(struct writer *writer, uint32_t process, const struct mt_report *report,
                    const struct mt_row *row, const char *name)
{
    Pprof__Sample *sample = mt_profile_new(&writer->profile, sizeof *sample);
    if (!sample)
        return;
    pprof__sample__init(sample);
    fill_sample(writer, sample, row, take_stack(writer, process, report, row->site.stack));
    add_labels(writer, sample, row, name);
    MT_PROFILE_PUSH(&writer->profile, sample, sample);
}

/* Whether what is listed is all that there is. */
static bool selects_all(const struct mt_export *export, const struct mt_report *report)
{
    const struct mt_report_options *options = export->options;
    return options->view == MT_VIEW_UNFREED && report->verdicts == MT_VERDICTS_ALL &&
           (!options->kinds || options->kinds & 1u << MT_KIND_BLOCK) && !options->storages &&
           !options->min_bytes && !options->min_age_ms && !options->top && !options->growing &&
           !options->since;
}

/* Stacks that have allocated, and of which nothing is left. */
static void add_freed(struct writer *writer, uint32_t process, const struct mt_report *report,
                      const char *name)
{
    for (uint32_t stack = 1; stack < mt_trace_node_limit(report->trace); stack++) {
        const struct mt_account_sum *account = mt_trace_account(report->trace, stack);
        if (writer->profile.is_short || !account || account->allocations == 0 ||
            account->allocations != account->releases)
            continue;
        const struct mt_row row = {.site = {.kind = MT_KIND_BLOCK, .stack = stack},
                                   .account = *account};
        if (!mt_hiding_find(report->hiding, &row.site))
            add_row(writer, process, report, &row, name);
    }
}

static void add_report(struct writer *writer, uint32_t process, const struct mt_report *report)
{
    char *name = mt_export_process(report);
    for (size_t i = 0; i < report->rows.shown && !writer->profile.is_short; i++)
        add_row(writer, process, report, &report->rows.items[i], name);
    if (writer->has_allocated && selects_all(writer->export, report))
        add_freed(writer, process, report, name);
    free(name);
}

/* ---- all of it ---- */

/* When the first of the processes began, and how long the longest ran. */
static void add_times(struct writer *writer)
{
    Pprof__Profile *message = &writer->profile.message;
    for (size_t i = 0; i < writer->export->count; i++) {
        const struct mt_report *report = writer->export->reports[i];
        const int64_t started = (int64_t)mt_trace_header(report->trace)->started_unix_ns;
        const bool is_known = report->has_duration && report->duration_ms <= INT64_MAX / 1000000;
        const int64_t lasted = is_known ? (int64_t)report->duration_ms * 1000000 : 0;
        if (started > 0 && (message->time_nanos == 0 || started < message->time_nanos))
            message->time_nanos = started;
        if (lasted > message->duration_nanos)
            message->duration_nanos = lasted;
    }
}

static void add_period(struct writer *writer)
{
    const struct mt_trace *trace = writer->export->reports[0]->trace;
    writer->profile.message.period_type = value_type(&writer->profile, "space", "bytes");
    writer->profile.message.period =
        mt_trace_is_sampled(trace) ? (int64_t)mt_trace_header(trace)->sample_bytes : 1;
}

struct file_buffer {
    ProtobufCBuffer base;
    FILE *out;
};

static void append(ProtobufCBuffer *buffer, size_t count, const uint8_t *bytes)
{
    fwrite(bytes, 1, count, ((struct file_buffer *)buffer)->out);
}

static int pack(const Pprof__Profile *message, FILE *out)
{
    struct file_buffer buffer = {{append}, mt_compressed_open(out, MT_GZIP)};
    if (!buffer.out)
        return -1;
    pprof__profile__pack_to_buffer(message, &buffer.base);
    return fclose(buffer.out);
}

int mt_export_pprof(const struct mt_export *export, FILE *out, struct mt_error *error)
{
    struct writer writer = {.export = export};
    mt_profile_begin(&writer.profile, export->reports[0]);
    find_types(&writer);
    add_types(&writer);
    add_period(&writer);
    add_times(&writer);
    for (size_t i = 0; i < export->count; i++)
        add_report(&writer, (uint32_t)i, export->reports[i]);
    const bool is_whole = !writer.profile.is_short && !writer.stacks.is_short &&
                          (pack(&writer.profile.message, out) == 0 || ferror(out));
    mt_profile_finish(&writer.profile);
    mt_numbers_finish(&writer.stacks);
    free(writer.ids);
    return is_whole ? MT_OK : mt_fail(error, MT_UNREADABLE, "not enough memory for the profile");
}
