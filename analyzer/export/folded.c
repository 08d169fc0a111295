/* folded.c: folded stacks, which flamegraph.pl, inferno and speedscope read: a line for each site,
 * "outermost;…;innermost FIGURE". Of export.h. A frame ends at a semicolon and a stack at the last
 * blank, so no semicolon is left in a name; blanks may stay. Sites with the same frames and other
 * lines, verdicts or addresses are lines of their own: readers add them up. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "export.h"
#include "frames.h"
#include "printable.h"

/* The labels of a stack, innermost first. */
struct labels {
    char **items; /* owned */
    size_t count, room;
};

static bool add_label(struct labels *labels, char *label)
{
    if (label && labels->count == labels->room) {
        const size_t room = labels->room ? 2 * labels->room : 64;
        char **items = reallocarray(labels->items, room, sizeof *items);
        if (!items) {
            free(label);
            return false;
        }
        labels->items = items;
        labels->room = room;
    }
    if (label)
        labels->items[labels->count++] = label;
    return label != NULL;
}

/* Written in place. */
static const char *make_safe(char *label)
{
    mt_make_printable(label);
    for (char *c = label; (c = strchr(c, ';'));)
        *c = ':';
    return label;
}

static bool take_stack(struct labels *labels, const struct mt_report *report, uint32_t stack)
{
    struct mt_frame_walk walk;
    const struct mt_frame *frame;
    mt_frames_begin(&walk, report->trace, report->symbols, stack);
    while ((frame = mt_frames_next(&walk))) {
        if (!add_label(labels, mt_frame_label(walk.location, frame)))
            return false;
    }
    return labels->count > 0 || add_label(labels, strdup("?"));
}

static void write_labels(struct labels *labels, FILE *out)
{
    while (labels->count) {
        char *label = labels->items[--labels->count];
        fprintf(out, "%s%s", make_safe(label), labels->count ? ";" : "");
        free(label);
    }
}

static bool write_stack(const struct mt_export *export, const struct mt_report *report,
                        uint32_t stack, uint64_t value, struct labels *labels, FILE *out)
{
    if (value == 0)
        return true;
    const bool is_taken = take_stack(labels, report, stack) &&
                          (export->count == 1 || add_label(labels, mt_export_process(report)));
    write_labels(labels, out);
    fprintf(out, " %" PRIu64 "\n", value);
    return is_taken;
}

static bool write_rows(const struct mt_export *export, const struct mt_report *report,
                       struct labels *labels, FILE *out)
{
    bool is_written = true;
    for (size_t i = 0; i < report->rows.shown && is_written; i++) {
        const struct mt_row *row = &report->rows.items[i];
        uint64_t value;
        if (mt_export_value(export, report, row, &value))
            is_written = write_stack(export, report, row->site.stack, value, labels, out);
    }
    return is_written;
}

/* All that was allocated, by the accounts of the stacks but for those that are suppressed. */
static bool write_accounts(const struct mt_export *export, const struct mt_report *report,
                           struct labels *labels, FILE *out)
{
    bool is_written = true;
    for (uint32_t id = 1; id < mt_trace_node_limit(report->trace) && is_written; id++) {
        const struct mt_account_sum *account = mt_trace_account(report->trace, id);
        const struct mt_site site = {.kind = MT_KIND_BLOCK, .stack = id};
        if (account && !mt_hiding_find(report->hiding, &site))
            is_written = write_stack(export, report, id,
                                     export->value == MT_VALUE_ALLOCATED ? account->allocated_bytes
                                                                         : account->allocations,
                                     labels, out);
    }
    return is_written;
}

int mt_export_folded(const struct mt_export *export, FILE *out, struct mt_error *error)
{
    struct labels labels = {0};
    bool is_written = true;
    for (size_t i = 0; i < export->count && is_written; i++) {
        const bool is_of_life = export->value >= MT_VALUE_ALLOCATED;
        is_written =
            (is_of_life ? write_accounts : write_rows)(export, export->reports[i], &labels, out);
    }
    free(labels.items);
    return is_written ? MT_OK : mt_fail(error, MT_UNREADABLE, "not enough memory for the stacks");
}
