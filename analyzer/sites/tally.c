/* tally.c: sums rows by fingerprint. See tally.h. */
#include "tally.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "drain.h"
#include "site_name.h"

/* The name and the place of a row; false where memory runs out. */
static bool describe(const struct mt_report *report, const struct mt_row *row,
                     struct mt_tallied *site)
{
    struct mt_frame_walk walk;
    const struct mt_frame *frame =
        mt_site_frame(report->trace, report->symbols, row->site.stack, &walk);
    if (row->group || !frame) {
        site->name = strdup(row->group ? row->group : "?");
        site->place = strdup("");
    } else {
        site->name = mt_frame_label(walk.location, frame);
        if (!frame->file || !frame->line)
            site->place = strdup("");
        else if (asprintf(&site->place, "%s:%" PRIu32, frame->file, frame->line) < 0)
            site->place = NULL;
    }
    return site->name && site->place;
}

static void free_site(struct mt_tallied *site)
{
    free(site->name);
    free(site->place);
    free(site);
}

static bool add_row(struct mt_tally *tally, const struct mt_report *report,
                    const struct mt_row *row)
{
    struct mt_tallied *site;
    HASH_FIND(hh, tally->sites, &row->fingerprint, sizeof row->fingerprint, site);
    if (!site) {
        site = calloc(1, sizeof *site);
        if (!site || !describe(report, row, site)) {
            if (site)
                free_site(site);
            return false;
        }
        site->fingerprint = row->fingerprint;
        site->kind = row->site.kind;
        HASH_ADD(hh, tally->sites, fingerprint, sizeof site->fingerprint, site);
    }
    site->count.objects += row->site.objects;
    site->count.bytes += row->site.bytes;
    return true;
}

int mt_tally_add(struct mt_tally *tally, const struct mt_report *report, struct mt_error *error)
{
    for (size_t i = 0; i < report->rows.count; i++)
        if (!add_row(tally, report, &report->rows.items[i]))
            return mt_fail(error, MT_UNREADABLE, "%s: not enough memory for its sites",
                           mt_trace_path(report->trace));
    return MT_OK;
}

const struct mt_tallied *mt_tally_find(const struct mt_tally *tally, uint64_t fingerprint)
{
    struct mt_tallied *site;
    HASH_FIND(hh, tally->sites, &fingerprint, sizeof fingerprint, site);
    return site;
}

void mt_tally_finish(struct mt_tally *tally)
{
    struct mt_tallied *site, *next;
    MT_DRAIN(tally->sites, site, next)
    {
        free_site(site);
    }
}
