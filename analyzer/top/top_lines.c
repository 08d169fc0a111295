/* top_lines.c: rounds as lines for scripts: nine fields with blanks between them, the last of which
 * may hold blanks itself. Numbers are whole, in bytes; what is not known is "-". */
#include "top.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

enum { COUNT = 2, SITES = 10, PLACE_SIZE = 256 };

#define WORDS "%5s %9s %14s %11s %14s %12s %-12s %-20s %s\n"
#define FIELDS "%5u %9.3f %14.0f %11.0f %14.0f %12.0f %-12s %-20s %s\n"

/* A place as one field; file names may hold blanks. */
static const char *field_of(const char *place, char text[PLACE_SIZE])
{
    snprintf(text, PLACE_SIZE, "%s", place[0] ? place : "-");
    for (char *blank; (blank = strchr(text, ' '));)
        *blank = '_';
    return text;
}

static void print_line(FILE *out, const struct mt_standings_head *head,
                       const struct mt_standing *site, const char *place, const char *name)
{
    char field[PLACE_SIZE];
    const bool has_verdict = site->verdict != MT_VERDICT_NONE;
    fprintf(out, FIELDS, head->rounds, (double)head->at_ms / 1000, rint(site->sum.bytes),
            rint(site->sum.objects), rint(site->growth) + 0.0, rint(site->per_second) + 0.0,
            has_verdict ? mt_verdict_name(site->verdict) : "-", field_of(place, field), name);
}

static void print_round(struct mt_standings *standings, const struct mt_top_options *options,
                        FILE *out)
{
    const struct mt_standings_head *head = mt_standings_head(standings);
    const struct mt_standing *const *sites;
    size_t count = mt_standings_select(standings, options->sort,
                                       options->filter ? options->filter : "", &sites);
    const size_t most = options->top ? options->top : SITES;
    if (head->rounds == 1)
        fprintf(out, WORDS, "round", "seconds", "bytes", "objects", "growth", "per_second",
                "verdict", "place", "function");
    print_line(out, head, &head->all, "", "(total)");
    for (size_t i = 0; i < count && i < most; i++)
        print_line(out, head, sites[i], mt_standing_place(standings, sites[i]),
                   mt_standing_name(standings, sites[i]));
    fflush(out);
}

/* Reads one round whole, at the pace that is due; the first as fast as it goes. Returns false where
 * memory runs out. */
static bool read_round(struct mt_standings *standings, bool is_first)
{
    for (;;) {
        const uint64_t begin_us = mt_top_processor_us();
        const int result =
            mt_standings_step(standings, is_first ? MT_TOP_FIRST_STEP_US : MT_TOP_STEP_US);
        if (result != 0)
            return result > 0;
        if (!is_first)
            usleep((useconds_t)mt_top_pause_us(begin_us));
    }
}

/* Waits for the next round; a process that ends cuts it short. */
static void await(uint64_t until_us, uint32_t pid)
{
    enum { LONGEST_US = 100000 };
    for (uint64_t now_us; (now_us = mt_top_now_us()) < until_us && mt_process_runs(pid, 0);)
        usleep((useconds_t)(until_us - now_us < LONGEST_US ? until_us - now_us : LONGEST_US));
}

int mt_top_in_lines(struct mt_standings *standings, uint32_t pid,
                    const struct mt_top_options *options, FILE *out, struct mt_error *error)
{
    const struct mt_standings_head *head = mt_standings_head(standings);
    const uint64_t count = options->count ? options->count : COUNT;
    while (head->rounds < count && head->is_running && !ferror(out)) {
        const uint64_t begin_us = mt_top_now_us();
        uint64_t work_us = mt_top_processor_us();
        const bool is_first = head->rounds == 0;
        if (!read_round(standings, is_first))
            return mt_fail(error, MT_UNREADABLE, "top: not enough memory");
        if (!is_first)
            work_us = mt_top_processor_us(); /* a pause has paid for it */
        if (mt_standings_judge(standings, error) != MT_OK && head->is_running)
            return (int)error->status; /* where the process has ended its trace may be gone */
        print_round(standings, options, out);
        const uint64_t due_us = begin_us + options->interval_ms * 1000;
        const uint64_t paid_us = mt_top_now_us() + mt_top_pause_us(work_us);
        if (head->rounds < count && head->is_running)
            await(due_us > paid_us ? due_us : paid_us, pid);
    }
    return MT_OK;
}
