/* freers_text.c: from the stacks that released to the functions that did, in one line. */
#include "freers.h"

#include <stdlib.h>
#include <string.h>
#include "printable.h"
#include "site_name.h"
#include "squeeze.h"

enum { NAME_COLUMNS = 50, MOSTLY_PERCENT = 90, NEXT_PERCENT = 10 };

/* A function that releases. */
struct releaser {
    char *name;
    const char *file; /* NULL: not known */
    unsigned line;
    uint64_t blocks;
};

/* Stacks that are named alike are one; returns how many there are, the most blocks first. Names are
 * the caller's to free. */
static unsigned name_all(const struct mt_trace *trace, struct mt_symbols *symbols,
                         const struct mt_freers *freers, struct releaser found[MT_FREED_BY])
{
    unsigned count = 0;
    for (unsigned i = 0; i < freers->count; i++) {
        struct mt_frame_walk walk;
        const struct mt_frame *frame =
            mt_releaser_frame(trace, symbols, freers->by[i].stack, &walk);
        char *name = frame ? mt_frame_label(walk.location, frame) : NULL;
        if (!name)
            continue;
        unsigned at = 0;
        while (at < count && strcmp(found[at].name, name) != 0)
            at++;
        if (at < count) {
            found[at].blocks += freers->by[i].blocks;
            free(name);
        } else {
            found[count++] =
                (struct releaser){name, frame->file, frame->line, freers->by[i].blocks};
        }
        for (; at > 0 && found[at].blocks > found[at - 1].blocks; at--) {
            const struct releaser lesser = found[at - 1];
            found[at - 1] = found[at];
            found[at] = lesser;
        }
    }
    return count;
}

static void print_releaser(const struct mt_paper *paper, const char *before,
                           const struct releaser *releaser)
{
    char name[512];
    mt_text_squeeze(releaser->name, NAME_COLUMNS, name, sizeof name);
    mt_make_printable(name);
    fprintf(paper->out, ", %s in %s", before, name);
    if (!releaser->file)
        return;
    snprintf(name, sizeof name, "%s", mt_base_name(releaser->file));
    mt_make_printable(name);
    fprintf(paper->out, " (%s:%u)", name, releaser->line);
}

void mt_freers_print(const struct mt_paper *paper, const struct mt_trace *trace,
                     struct mt_symbols *symbols, const struct mt_freed_sum *sum, uint32_t stack)
{
    struct releaser found[MT_FREED_BY];
    struct mt_freers freers;
    char freed[MT_NUMBER_SIZE], all[MT_NUMBER_SIZE];
    if (!sum->freed || sum->is_unknown || !mt_trace_freers(trace, stack, &freers))
        return;
    fprintf(paper->out, "    %s of %s %s freed", mt_number_text(sum->freed, freed),
            mt_number_text(sum->freed + sum->live, all), sum->freed == 1 ? "was" : "were");
    const unsigned count = name_all(trace, symbols, &freers, found);
    uint64_t known = 0;
    for (unsigned i = 0; i < count; i++)
        known += found[i].blocks;
    for (unsigned i = 0; i < count; i++) {
        const unsigned percent = (unsigned)(100.0 * (double)found[i].blocks / (double)known + 0.5);
        char share[32];
        snprintf(share, sizeof share, "%u%%", percent);
        if (i == 0 && percent >= MOSTLY_PERCENT)
            print_releaser(paper, "mostly", &found[i]);
        else if (i == 0 || (found[0].blocks * 100.0 < MOSTLY_PERCENT * (double)known &&
                            percent >= NEXT_PERCENT))
            print_releaser(paper, share, &found[i]);
    }
    fputc('\n', paper->out);
    for (unsigned i = 0; i < count; i++)
        free(found[i].name);
}
