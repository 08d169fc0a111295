/* oom_text.c: what a report says first of a process that was killed for want of memory: that it
 * was, why we think so, how things stood at the last look, and what had grown most just before. */
#include <stdlib.h>
#include <string.h>
#include "frames.h"
#include "oom.h"
#include "report.h"
#include "site_name.h"

static void print_evidence(FILE *out, const struct mt_report *report)
{
    const struct mt_oom *oom = &report->oom;
    const char *where = oom->cause == MT_OOM_GROUP ? "group" : "machine";
    const bool has_signal = mt_trace_header(report->trace)->end_signal != 0;
    char used[MT_NUMBER_SIZE], limit[MT_NUMBER_SIZE], kills[64], before[MT_NUMBER_SIZE];
    if (has_signal)
        fputs("  it died of signal 9", out);
    if (oom->kills)
        fprintf(out, "%sthe %s counted %s meanwhile", has_signal ? ", and " : "  ",
                oom->group_counted ? "group" : "machine",
                mt_count_text(oom->kills, "OOM kill", kills));
    if (has_signal || oom->kills)
        fputc('\n', out);
    fprintf(out, "  %s before its last sign of life the %s used %s of %s\n",
            mt_duration_text(oom->end_ms - oom->last->taken_ms, before), where,
            mt_size_text(oom->used_bytes, used), mt_size_text(oom->limit_bytes, limit));
    if (oom->added_bytes)
        fprintf(out, "  after that it obtained %s more\n", mt_size_text(oom->added_bytes, used));
}

static void print_figure(FILE *out, const char *name, uint64_t figure, bool is_bytes)
{
    char text[MT_NUMBER_SIZE];
    if (figure >= MT_FIGURE_UNLIMITED)
        return;
    fprintf(out, "%s %s", name,
            is_bytes ? mt_size_text(figure, text) : mt_number_text(figure, text));
}

static void print_last(FILE *out, const struct mt_look *look)
{
    print_figure(out, "  at that look: RES", look->figures[MT_FIGURE_VM_RSS], true);
    if (look->figures[MT_FIGURE_VM_SWAP] != 0)
        print_figure(out, ", swap", look->figures[MT_FIGURE_VM_SWAP], true);
    print_figure(out, ", oom_score", look->figures[MT_FIGURE_OOM_SCORE], false);
    print_figure(out, "; available", look->figures[MT_FIGURE_MEM_AVAILABLE], true);
    fputc('\n', out);
}

static void print_grown(const struct mt_paper *paper, const struct mt_report *report)
{
    const struct mt_oom *oom = &report->oom;
    char span[MT_NUMBER_SIZE], bytes[64], objects[64];
    if (oom->grown_count == 0)
        return;
    fprintf(paper->out, "  grew most in the last tenth of its life, %s:\n",
            mt_duration_text(oom->end_ms - oom->since_ms, span));
    for (unsigned i = 0; i < oom->grown_count; i++) {
        const struct mt_site *site = &oom->grown[i];
        struct mt_frame_walk walk;
        const struct mt_frame *frame =
            mt_site_frame(report->trace, report->symbols, site->stack, &walk);
        char *label = frame ? mt_frame_label(walk.location, frame) : NULL;
        fprintf(paper->out, "    %s in %s  %s\n", mt_count_text(site->bytes, "byte", bytes),
                mt_count_text(site->objects, mt_kind_names[site->kind], objects),
                label ? label : "?");
        free(label);
    }
}

void mt_oom_print(const struct mt_paper *paper, const struct mt_report *report)
{
    const struct mt_oom *oom = &report->oom;
    if (oom->cause == MT_OOM_NONE)
        return;
    mt_paper_print(paper, MT_INK_WARNING, "out of memory: %s\n",
                   oom->cause == MT_OOM_GROUP
                       ? oom->is_certain ? "the kernel killed it at the limit of its control group"
                                         : "probably killed at the limit of its control group"
                       : "probably killed by the kernel, the machine had too little left");
    print_evidence(paper->out, report);
    print_last(paper->out, oom->last);
    print_grown(paper, report);
}
