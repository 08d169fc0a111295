/* remarks.c: what a reader must know before believing a text report: that nothing is proven, what
 * the tracer could not do or keep, what an option could not have. */
#include <stdio.h>
#include "doubt.h"
#include "printable.h"
#include "remarks.h"
#include "scan.h"

enum { LINE_SIZE = 4096 };

static void print_remark(const struct mt_paper *paper, const char *word, const char *text)
{
    char line[LINE_SIZE];
    snprintf(line, sizeof line, "%s: %s", word, text);
    mt_make_printable(line);
    mt_paper_print(paper, MT_INK_WARNING, "%s\n", line);
}

static void print_lost(const struct mt_paper *paper, const struct mt_report *report)
{
    const struct mt_damage *damage = mt_trace_damage(report->trace);
    char count[64], line[256];
    if (damage->lost_stacks) {
        snprintf(line, sizeof line, "%s recorded without a stack: no room",
                 mt_count_text(damage->lost_stacks, "allocation", count));
        print_remark(paper, "note", line);
    }
    if (damage->stale_blocks) {
        snprintf(line, sizeof line, "%s left out: freed without the tracer seeing it",
                 mt_count_text(damage->stale_blocks, "block", count));
        print_remark(paper, "note", line);
    }
    if (damage->lost_facts) {
        snprintf(line, sizeof line, "%s about modules, threads or the address space lost: no room",
                 mt_count_text(damage->lost_facts, "fact", count));
        print_remark(paper, "note", line);
    }
    const uint32_t flags = mt_trace_header(report->trace)->flags;
    if (flags & MT_FLAG_NO_UNWINDER)
        print_remark(
            paper, "note",
            "stacks are one frame long: libunwind could not be loaded, or the C library is "
            "too old (install libunwind 8; glibc 2.35 or later)");
    if (flags & MT_FLAG_SANDBOXED)
        print_remark(paper, "note",
                     "the program installed a seccomp filter: from then on no scan ran, no system "
                     "figures were taken and no forked child was traced");
}

static void print_sampled(const struct mt_paper *paper, const struct mt_trace *trace)
{
    char mean[MT_NUMBER_SIZE], line[256];
    if (!mt_trace_is_sampled(trace))
        return;
    snprintf(line, sizeof line, "one block in about every %s was recorded, ~ marks estimates",
             mt_size_text(mt_trace_header(trace)->sample_bytes, mean));
    print_remark(paper, "sampled", line);
}

void mt_remarks_print(const struct mt_paper *paper, const struct mt_report *report,
                      const struct mt_report_options *options)
{
    char doubt[MT_DOUBT_BYTES];
    if (mt_trace_doubt(report->trace, doubt))
        print_remark(paper, "inconclusive", doubt);
    print_sampled(paper, report->trace);
    const char *const *limits = mt_trace_limits(report->trace);
    for (; limits && *limits; limits++)
        print_remark(paper, "note", *limits);
    print_lost(paper, report);
    if (options->sort == MT_SORT_RESIDENT && !report->pages_known.has_resident)
        print_remark(paper, "note",
                     "what is resident is not known (no snapshot was taken): sorted by bytes");
    if (!report->has_verdicts && !(report->verdicts & 1u << MT_VERDICT_NONE))
        print_remark(paper, "note", "no scan ran: every object is unclassified");
    if (options->since && !mt_trace_has_verdicts(report->trace, 1))
        print_remark(paper, "note", "there is no snapshot before the newest: all counts as new");
}

/* Which modules could not be named is known once their frames have been printed. */
void mt_symbol_notes_print(const struct mt_paper *paper, const struct mt_report *report)
{
    enum { SHOWN_MAX = 4 }; /* a trace from another machine has as many as it has modules */
    size_t count = 0;
    const char *note;
    for (; (note = mt_symbols_note(report->symbols, count)); count++) {
        if (count < SHOWN_MAX)
            print_remark(paper, "note", note);
    }
    if (count > SHOWN_MAX) {
        char more[128];
        snprintf(more, sizeof more, "the same of %zu other files (try: --sysroot=DIR)",
                 count - SHOWN_MAX);
        print_remark(paper, "note", more);
    }
}

void mt_withheld_print(const struct mt_paper *paper, size_t files)
{
    char count[64], line[256];
    if (!files)
        return;
    snprintf(line, sizeof line,
             "%s not quoted: who wrote the trace may not read what you may (try: --sysroot=/)",
             mt_count_text(files, "source file", count));
    print_remark(paper, "note", line);
}
