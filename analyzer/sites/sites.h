/* sites.h: the unfreed objects of a trace, grouped: one site for all objects that share a stack
 * and a verdict. */
#ifndef MT_SITES_H
#define MT_SITES_H

#include <stddef.h>
#include <stdint.h>
#include "accounts.h"
#include "growth.h"
#include "pages.h"
#include "trace.h"

enum mt_kind { MT_KIND_BLOCK, MT_KIND_MAPPING, MT_KIND_COUNT };

extern const char *const mt_kind_names[];    /* ended by NULL */
extern const char *const mt_verdict_names[]; /* all there are, by enum mt_verdict, ended by NULL */

/* A suspect is unclassified. */
const char *mt_verdict_name(enum mt_verdict verdict);

struct mt_count {
    uint64_t objects, bytes;
};

/* The same before it is rounded: in a sampled trace an object stands for a fraction more than
 * itself. Whole numbers below 2^53 are exact. */
struct mt_sum {
    double objects, bytes;
};

static inline void mt_sum_add(struct mt_sum *sum, const struct mt_sum *more)
{
    sum->objects += more->objects;
    sum->bytes += more->bytes;
}

/* The nearest whole numbers. */
struct mt_count mt_sum_round(const struct mt_sum *sum);

/* Bits 1 << enum mt_verdict. A leak is what nothing leads to, by itself or with others; what may be
 * one is to be seen beside. */
enum {
    MT_VERDICTS_ALL = (1 << MT_VERDICT_COUNT) - 1,
    MT_VERDICTS_LEAKS =
        1 << MT_VERDICT_DEFINITE | 1 << MT_VERDICT_INDIRECT | 1 << MT_VERDICT_SUSPECT,
    MT_VERDICTS_UNCLASSIFIED = 1 << MT_VERDICT_NONE | 1 << MT_VERDICT_SUSPECT,
};

/* objects, bytes, held, pages and storage are the sums, rounded (mt_site_round). */
struct mt_site {
    enum mt_kind kind;
    enum mt_verdict verdict;
    enum mt_mapping_kind mapping_kind; /* MT_MAPPING_UNKNOWN also where members differ, or of
                                          blocks */
    enum mt_function function;         /* that allocated; MT_FN_UNKNOWN also where members differ */
    uint32_t stack;                    /* node id */
    uint64_t objects, bytes;
    struct mt_count held; /* indirect objects that are lost with them */
    struct mt_pages pages;
    uint64_t storage[MT_STORAGE_COUNT]; /* objects */
    struct mt_sum sum, held_sum;
    struct mt_pages_sum pages_sum;
    double storage_sum[MT_STORAGE_COUNT];
    uint64_t oldest_ms, newest_ms; /* since the start of the trace */
    const uint16_t *threads;       /* slots, ascending, without 0 */
    unsigned thread_count;
    struct mt_growth *growth; /* NULL: not asked for */
};

/* Which objects are wanted. */
struct mt_site_filter {
    unsigned verdicts;       /* bits 1 << enum mt_verdict */
    unsigned kinds;          /* bits 1 << enum mt_kind; 0: all */
    unsigned storages;       /* bits 1 << enum mt_storage; 0: all */
    uint64_t born_before_ms; /* objects born at this time or later are left out; UINT64_MAX: none */
    uint64_t born_since_ms;  /* objects born before it are left out */
    bool since_before;       /* those that had the same verdict in the snapshot before the newest,
                                or were lost then, are left out */
    uint64_t growth_end_ms;  /* the end of the process, for mt_site.growth; 0: not asked for */
};

/* What there is in the whole trace, whatever the filter says. */
struct mt_unfreed {
    struct mt_count all;
    struct mt_count kinds[MT_KIND_COUNT];
    struct mt_count verdicts[MT_VERDICT_COUNT];
    struct mt_count storage[MT_STORAGE_COUNT];
    struct mt_pages pages, storage_pages[MT_STORAGE_COUNT];
};

/* What of it is lost for certain, by itself or with others. */
static inline struct mt_count mt_unfreed_leaks(const struct mt_unfreed *unfreed)
{
    const struct mt_count *definite = &unfreed->verdicts[MT_VERDICT_DEFINITE];
    const struct mt_count *indirect = &unfreed->verdicts[MT_VERDICT_INDIRECT];
    return (struct mt_count){definite->objects + indirect->objects,
                             definite->bytes + indirect->bytes};
}

enum { MT_SITE_NOUN_SIZE = 32 };

/* What a site's objects are: "block", "blocks", "mappings (anonymous)". Written to `text`, which is
 * returned. */
const char *mt_site_noun(const struct mt_site *site, char text[MT_SITE_NOUN_SIZE]);

struct mt_sites; /* owns the sites */

/* Groups the live blocks and mappings of `trace`, but for the stacks of threads that run. Returns 0
 * and the sites (mt_sites_free), in no order. */
int mt_sites_collect(const struct mt_trace *trace, const struct mt_site_filter *filter,
                     struct mt_sites **ret_sites, struct mt_error *error);
void mt_sites_free(struct mt_sites *sites); /* NULL is fine */

/* What sites are made of. */
enum mt_site_view {
    MT_VIEW_UNFREED,   /* what lives */
    MT_VIEW_PEAK,      /* the blocks that lived when most bytes did */
    MT_VIEW_TEMPORARY, /* blocks that were released before anything else was allocated */
};
extern const char *const mt_view_names[]; /* by enum mt_site_view */

/* Groups the blocks of another view than the first, with their sum, by stack alone: nothing else is
 * known of them. The trace must have accounts. Returns as mt_sites_collect. */
int mt_sites_collect_view(const struct mt_trace *trace, enum mt_site_view view,
                          struct mt_sites **ret_sites, struct mt_error *error);

size_t mt_sites_count(const struct mt_sites *sites);
const struct mt_site *mt_sites_at(const struct mt_sites *sites, size_t index);
/* Adds the sums of `more` to those of `site`; rounds the sums of a site that is complete. Rounded
 * once only, or a thousand sites of 1.4 blocks would become one of a thousand. */
void mt_site_add(struct mt_site *site, const struct mt_site *more);
void mt_site_round(struct mt_site *site);

const struct mt_unfreed *mt_sites_unfreed(const struct mt_sites *sites);

#endif
