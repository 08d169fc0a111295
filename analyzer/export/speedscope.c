/* speedscope.c: the file format of speedscope.app: the frames once, then for each process and each
 * figure that it knows a profile of one sample a site. Of export.h. A frame is a function of a
 * file: one that calls from several lines is one frame, so that its figures come together. Two
 * passes, the first for the frames: nothing but their numbers is kept. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "export.h"
#include "frames.h"
#include "json_values.h"
#include "numbers.h"

#define SCHEMA "https://www.speedscope.app/file-format-schema.json"

struct writer {
    const struct mt_export *export;
    FILE *out;
    struct mt_numbers places; /* of frames in memory */
    struct mt_numbers frames; /* of what they are called */
    uint32_t *by_place;       /* number of a place - 1 -> number of its frame; grows with places */
    uint32_t *stack;          /* at hand, innermost first */
    size_t stack_room;
    bool is_short;
};

/* Makes room for one more number; false where memory runs out. */
static bool grow(struct writer *writer, uint32_t **numbers, size_t count)
{
    uint32_t *bigger = reallocarray(*numbers, count, sizeof **numbers);
    if (!bigger) {
        writer->is_short = true;
        return false;
    }
    *numbers = bigger;
    return true;
}

/* ---- frames ---- */

static void write_frame(struct writer *writer, const char *label, const char *file)
{
    fprintf(writer->out, writer->frames.count > 1 ? ",\n{\"name\":" : "\n{\"name\":");
    mt_json_write(mt_json_text(label), writer->out);
    if (file) {
        fputs(",\"file\":", writer->out);
        mt_json_write(mt_json_text(file), writer->out);
    }
    fputc('}', writer->out);
}

/* The number of what the frame is called; a new one is written. */
static uint32_t name_frame(struct writer *writer, const struct mt_location *location,
                           const struct mt_frame *frame)
{
    char *label = mt_frame_label(location, frame), *key = NULL;
    bool is_new = false;
    uint32_t number = 0;
    const int bytes = label ? asprintf(&key, "%s\n%s", label, frame->file ? frame->file : "") : -1;
    if (bytes >= 0)
        number = mt_numbers_get(&writer->frames, key, (size_t)bytes, &is_new);
    writer->is_short |= number == 0;
    if (is_new)
        write_frame(writer, label, frame->file);
    if (bytes >= 0)
        free(key);
    free(label);
    return number;
}

static uint32_t number_of(struct writer *writer, const struct mt_location *location,
                          const struct mt_frame *frame)
{
    const void *const key[] = {location, frame};
    bool is_new;
    const uint32_t place = mt_numbers_get(&writer->places, key, sizeof key, &is_new);
    if (place == 0 || (is_new && !grow(writer, &writer->by_place, place))) {
        writer->is_short = true;
        return 0;
    }
    if (is_new)
        writer->by_place[place - 1] = name_frame(writer, location, frame);
    return writer->by_place[place - 1];
}

/* Fills writer->stack; new frames are written. Returns how many there are. */
static size_t take_stack(struct writer *writer, const struct mt_report *report,
                         const struct mt_row *row)
{
    struct mt_frame_walk walk;
    const struct mt_frame *frame;
    size_t count = 0;
    mt_frames_begin(&walk, report->trace, report->symbols, row->site.stack);
    while ((frame = mt_frames_next(&walk))) {
        if (count == writer->stack_room) {
            if (!grow(writer, &writer->stack, 2 * count + 64))
                break;
            writer->stack_room = 2 * count + 64;
        }
        writer->stack[count++] = number_of(writer, walk.location, frame);
    }
    return count;
}

/* ---- profiles ---- */

/* Outermost first, counted from 0. */
static void write_samples(struct writer *writer, const struct mt_report *report)
{
    for (size_t i = 0; i < report->rows.shown && !writer->is_short; i++) {
        size_t left = take_stack(writer, report, &report->rows.items[i]);
        fputs(i ? ",\n[" : "\n[", writer->out);
        while (left--)
            fprintf(writer->out, left ? "%" PRIu32 "," : "%" PRIu32, writer->stack[left] - 1);
        fputc(']', writer->out);
    }
}

/* Returns their sum. What is not known of a site adds nothing. */
static uint64_t write_weights(const struct mt_export *export, const struct mt_report *report,
                              FILE *out)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < report->rows.shown; i++) {
        uint64_t value;
        if (!mt_export_value(export, report, &report->rows.items[i], &value))
            value = 0;
        fprintf(out, "%s%" PRIu64, i ? "," : "", value);
        sum = sum + value > INT64_MAX ? INT64_MAX : sum + value;
    }
    return sum;
}

static void write_profile(struct writer *writer, const struct mt_report *report,
                          enum mt_export_value value)
{
    static const char *const names[] = {
        [MT_VALUE_BYTES] = "bytes",
        [MT_VALUE_OBJECTS] = "objects",
        [MT_VALUE_RESIDENT] = "bytes in RAM",
    };
    struct mt_export export = *writer->export;
    export.value = value;
    char *process = mt_export_process(report), *name = NULL;
    if (!process || asprintf(&name, "%s: %s", process, names[value]) < 0)
        name = NULL;
    fputs("\n{\"type\":\"sampled\",\"name\":", writer->out);
    mt_json_write(mt_json_text(name ? name : names[value]), writer->out);
    fprintf(writer->out, ",\"unit\":\"%s\",\"startValue\":0,\"samples\":[",
            value == MT_VALUE_OBJECTS ? "none" : "bytes");
    write_samples(writer, report);
    fputs("],\n\"weights\":[", writer->out);
    const uint64_t sum = write_weights(&export, report, writer->out);
    fprintf(writer->out, "],\"endValue\":%" PRIu64 "}", sum);
    free(name);
    free(process);
}

static void write_profiles(struct writer *writer)
{
    const char *separator = "";
    for (size_t i = 0; i < writer->export->count; i++) {
        const struct mt_report *report = writer->export->reports[i];
        for (int value = MT_VALUE_BYTES; value <= MT_VALUE_RESIDENT; value++) {
            if (value == MT_VALUE_RESIDENT && !report->pages_known.has_resident)
                continue;
            fputs(separator, writer->out);
            write_profile(writer, report, (enum mt_export_value)value);
            separator = ",";
        }
    }
}

int mt_export_speedscope(const struct mt_export *export, FILE *out, struct mt_error *error)
{
    struct writer writer = {.export = export, .out = out};
    fprintf(out, "{\"$schema\":\"%s\",\"exporter\":\"memtrace %s\",\n\"shared\":{\"frames\":[",
            SCHEMA, MEMTRACE_VERSION);
    for (size_t i = 0; i < export->count; i++) {
        const struct mt_report *report = export->reports[i];
        for (size_t row = 0; row < report->rows.shown && !writer.is_short; row++)
            take_stack(&writer, report, &report->rows.items[row]);
    }
    fputs("]},\n\"profiles\":[", out);
    write_profiles(&writer);
    fputs("]}\n", out);
    mt_numbers_finish(&writer.places);
    mt_numbers_finish(&writer.frames);
    free(writer.by_place);
    free(writer.stack);
    return writer.is_short ? mt_fail(error, MT_UNREADABLE, "not enough memory for the frames")
                           : MT_OK;
}
