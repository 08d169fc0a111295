/* suppressed.h: which suppression hides a site: the user's (--suppressions), the traced program's
 * own (__lsan_default_suppressions), or a built-in one. */
#ifndef MT_SUPPRESSED_H
#define MT_SUPPRESSED_H

#include "report_options.h"
#include "sites.h"
#include "suppressions.h"
#include "symbols.h"

struct mt_hiding; /* the lists of a report, joined */

/* Takes the user's list from the options, the program's from the trace. Returns 0 (mt_hiding_end),
 * or MT_UNREADABLE where memory runs out. What the program says that cannot be understood is left
 * out. */
int mt_hiding_begin(const struct mt_trace *trace, struct mt_symbols *symbols,
                    const struct mt_report_options *options, struct mt_hiding **ret_hiding,
                    struct mt_error *error);
void mt_hiding_end(struct mt_hiding *hiding); /* NULL is fine */

/* Adds the built-in ones to a list that several reports share (mt_report_options.builtin). */
void mt_suppressions_add_builtin(struct mt_suppressions *list);

/* Says what the program's own and the built-in ones have hidden, unless several reports share them. */
void mt_hiding_print(const struct mt_hiding *hiding, FILE *out);

/* The suppression that hides the site, NULL none; where `hiding` is NULL nothing is hidden. It
 * lives as long as the lists. */
struct mt_suppression *mt_hiding_find(struct mt_hiding *hiding, const struct mt_site *site);

/* The site's stack as suppressions see it: *ret_frames is good until the next call. Returns how
 * many frames it has. */
size_t mt_hiding_frames(struct mt_hiding *hiding, const struct mt_site *site,
                        const struct mt_matched_frame **ret_frames);

#endif
