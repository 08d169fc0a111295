/* rows.h: the lines of a report: the sites, or with --group-by the sums of all sites whose naming
 * frame has the same function, file or module, or of a scope; selected, ordered and with their fingerprints. */
#ifndef MT_ROWS_H
#define MT_ROWS_H

#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include "freers.h"
#include "report_options.h"
#include "sites.h"
#include "suppressed.h"
#include "symbols.h"

struct mt_row {
    struct mt_site site; /* the sum of the sites that make it; the stack is that of the largest */
    uint64_t fingerprint;
    size_t site_count;        /* 1 unless a group */
    struct mt_slope slope;    /* with --growing */
    struct mt_suppression *suppressed_by; /* NULL: nobody hides it. Owned by its list */
    const char *scope;        /* in which it was allocated (mt_trace_scope); NULL: none */
    struct mt_freed_sum freed; /* blocks of its stacks; not of mappings */
    struct mt_account_sum account; /* the same, over the whole life; zero where the trace has none */
    bool is_known;            /* stands in the baseline */
    char *group;              /* the function, file, module or scope; NULL for a site */
    uint16_t *merged_threads; /* site.threads where sites were put together; owned */
};

struct mt_rows {
    struct mt_row *items;
    size_t count;               /* what the options select, of which */
    size_t shown;               /* --top leaves these, the first ones */
    struct mt_count selected;   /* sum of all `count` that nobody hides and
                                   that no baseline knows */
    uint64_t selected_mappings; /* of its objects */
    struct mt_count known;      /* what the baseline knows; listed all the same */
    struct mt_count suppressed; /* what suppressions hide; formats that name who hides a site list
                                   it all the same */
};

/* Whether the row is the sum of its scope, and so is named by it already. */
static inline bool mt_row_is_scope(const struct mt_row *row)
{
    return row->group && row->scope && strcmp(row->group, row->scope) == 0;
}

/* Makes the rows of `sites`, whose memory they use; counts what each suppression of `hiding` hides.
 * Returns 0 (mt_rows_finish) or a status. */
int mt_rows_make(const struct mt_trace *trace, struct mt_symbols *symbols,
                 const struct mt_sites *sites, struct mt_hiding *hiding,
                 const struct mt_report_options *options,
                 struct mt_rows *ret_rows, struct mt_error *error);
void mt_rows_finish(struct mt_rows *rows); /* zeroed is fine */

#endif
