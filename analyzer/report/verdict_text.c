/* verdict_text.c: the sums by verdict as a table, and how far they can be relied on: how many
 * threads the scan saw, when it ran, and where it did not, why. */
#include "verdict_text.h"

#include <inttypes.h>
#include <string.h>
#include "scan.h"
#include "snapshot.h"

const struct mt_verdict_word mt_verdict_words[MT_VERDICT_COUNT] = {
    {MT_VERDICT_DEFINITE, true, "definitely lost", "nothing points to them"},
    {MT_VERDICT_INDIRECT, true, "indirectly lost", "only lost objects point to them"},
    {MT_VERDICT_SUSPECT, false, "not classified", "lost, but for what was not seen"},
    {MT_VERDICT_POSSIBLE, true, "possibly lost", "pointers only into their inside"},
    {MT_VERDICT_REACHABLE, true, "still reachable", "the program could free them"},
    {MT_VERDICT_NONE, false, "not classified", "made after the scan began"},
    {MT_VERDICT_IGNORED, false, "ignored", "the program said so"},
};

const char *mt_verdict_phrase(enum mt_verdict verdict)
{
    for (int i = 0; i < MT_VERDICT_COUNT; i++) {
        if (mt_verdict_words[i].verdict == verdict && verdict != MT_VERDICT_NONE)
            return mt_verdict_words[i].name;
    }
    return "not freed";
}

bool mt_verdict_is_shown(const struct mt_verdict_word *word, const struct mt_report *report)
{
    return word->is_always_shown || report->unfreed.verdicts[word->verdict].objects > 0;
}

static int widest(int width, uint64_t number)
{
    char text[MT_NUMBER_SIZE];
    const int length = (int)strlen(mt_number_text(number, text));
    return length > width ? length : width;
}

static void print_table(const struct mt_paper *paper, const struct mt_report *report)
{
    int bytes_width = 0, objects_width = 0;
    char bytes[MT_NUMBER_SIZE], objects[MT_NUMBER_SIZE];
    for (int i = 0; i < MT_VERDICT_COUNT; i++) {
        const struct mt_count *count = &report->unfreed.verdicts[mt_verdict_words[i].verdict];
        bytes_width = widest(bytes_width, count->bytes);
        objects_width = widest(objects_width, count->objects);
    }
    for (int i = 0; i < MT_VERDICT_COUNT; i++) {
        const struct mt_count *count = &report->unfreed.verdicts[mt_verdict_words[i].verdict];
        if (!mt_verdict_is_shown(&mt_verdict_words[i], report))
            continue;
        const bool is_leak =
            count->objects && MT_VERDICTS_LEAKS & 1u << mt_verdict_words[i].verdict;
        mt_paper_print(paper, is_leak ? MT_INK_BOLD : MT_INK_PLAIN, "%-15s  %*s %-5s in %*s %s",
                       mt_verdict_words[i].name, bytes_width, mt_number_text(count->bytes, bytes),
                       count->bytes == 1 ? "byte" : "bytes", objects_width,
                       mt_number_text(count->objects, objects),
                       count->objects == 1 ? "object " : "objects");
        mt_paper_print(paper, MT_INK_DIM, "  %s\n", mt_verdict_words[i].meaning);
    }
}

/* How many threads the scan saw. What it did not see is a doubt. */
static void print_threads(const struct mt_paper *paper, const struct mt_report *report)
{
    const struct mt_scan *scan = mt_trace_scan(report->trace, 0);
    const uint64_t suspects = report->unfreed.verdicts[MT_VERDICT_SUSPECT].objects;
    char threads[64], doubt[MT_NO_VERDICTS_BYTES];
    mt_count_text(scan->threads, "thread", threads);
    if (!mt_trace_scan_doubt(report->trace, doubt)) {
        fprintf(paper->out, ": registers and stacks of %s%s\n", scan->threads > 1 ? "all " : "",
                threads);
        return;
    }
    mt_paper_print(paper, MT_INK_WARNING,
                   ": registers of %" PRIu32 ", stacks of %" PRIu32 " of %s\n",
                   scan->threads_registers, scan->threads_stacks, threads);
    if (suspects)
        mt_paper_print(paper, MT_INK_WARNING,
                       "unclassified: %s; what seems lost may be held there\n", doubt);
}

void mt_scan_print(const struct mt_paper *paper, const struct mt_report *report)
{
    const struct mt_seen *seen = mt_trace_snapshot(report->trace, 0);
    char duration[MT_NUMBER_SIZE];
    if (strcmp(mt_trace_scan_cause(report->trace), "core") == 0)
        fputs("scanned in its core file", paper->out);
    else if (seen->head.cause == MT_CAUSE_EXIT)
        fputs("scanned at exit", paper->out);
    else
        fprintf(paper->out, "scanned %s after the start, paused for %" PRIu64 ".%" PRIu64 " ms",
                mt_duration_text(seen->head.taken_ms, duration), seen->head.paused_us / 1000,
                seen->head.paused_us / 100 % 10);
    print_threads(paper, report);
}

void mt_verdicts_print(const struct mt_paper *paper, const struct mt_report *report)
{
    char reason[MT_NO_VERDICTS_BYTES];
    if (mt_trace_no_verdicts(report->trace, reason)) {
        fprintf(paper->out, "no verdicts: %s\n", reason);
        return;
    }
    print_table(paper, report);
    mt_scan_print(paper, report);
}

void mt_no_leaks_print(const struct mt_paper *paper, const struct mt_report *report)
{
    const struct mt_count leaks = mt_unfreed_leaks(&report->unfreed);
    const struct mt_count *possible = &report->unfreed.verdicts[MT_VERDICT_POSSIBLE];
    const struct mt_count *unknown = &report->unfreed.verdicts[MT_VERDICT_NONE];
    const struct mt_count *suspects = &report->unfreed.verdicts[MT_VERDICT_SUSPECT];
    char objects[64];
    if (!report->has_verdicts || leaks.objects > 0 || report->rows.count > 0)
        return;
    fputc('\n', paper->out);
    if (suspects->objects)
        fprintf(paper->out, "no leaks for certain, %s unclassified\n\n",
                mt_count_text(suspects->objects, "object", objects));
    else if (possible->objects)
        fprintf(paper->out, "no leaks for certain, %s possibly (try: --verdict=possible)\n\n",
                mt_count_text(possible->objects, "object", objects));
    else if (unknown->objects)
        fprintf(paper->out, "no leaks; %s came after the scan\n\n",
                mt_count_text(unknown->objects, "object", objects));
    else
        fputs("no leaks: what was not freed can still be reached\n\n", paper->out);
}
