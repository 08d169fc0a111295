/* pages.h: where the bytes of an object were when the newest snapshot was taken. A page that
 * several objects share is split among them: each has those of its bytes that lie in the page, and
 * what no object covers is the heap's. So the sum over all is never more than the process has. */
#ifndef MT_PAGES_H
#define MT_PAGES_H

#include <stdbool.h>
#include <stdint.h>
#include "snapshot.h"
#include "trace.h"

/* Bytes. The first three and `unseen` make up the object. */
struct mt_pages {
    uint64_t resident;
    uint64_t swapped;
    uint64_t never_touched; /* or given back; pages that were only read, and are the kernel's page
                               of zeros, are among them */
    uint64_t unseen;        /* what the snapshot says nothing of: it could not, or it is older */
    uint64_t huge;          /* of those resident: in huge pages */
};

/* The same as a sum, before it is rounded: in a sampled trace a block stands for several. */
struct mt_pages_sum {
    double resident, swapped, never_touched, unseen, huge;
};

/* What the snapshot can tell, by the way in which it was taken. */
struct mt_pages_known {
    const char *method;                       /* mt_residency_name; NULL: nothing is known */
    bool has_resident, has_swapped, has_huge; /* never touched is known where swapped is */
};
struct mt_pages_known mt_pages_known(const struct mt_trace *trace);

/* Goes through the areas of the newest snapshot in the order of addresses. */
struct mt_page_walk {
    const struct mt_seen *seen; /* NULL: no snapshot, or without pages */
    uint64_t at;                /* address that was asked for last */
    size_t area;                /* the first that ends behind `at` */
    size_t run;                 /* the first in that area that ends behind `at` */
};

struct mt_page_walk mt_pages_begin(const struct mt_trace *trace);

/* Where an object's bytes were. Objects are best asked for by ascending address: each then costs
 * what it adds, else a search. */
struct mt_pages mt_pages_next(struct mt_page_walk *walk, uint64_t address, uint64_t bytes,
                              uint64_t born_ms);

/* Whether anything is known of an object, or of objects, of so many bytes. */
static inline bool mt_pages_are_seen(const struct mt_pages *pages, uint64_t bytes)
{
    return pages->unseen < bytes || bytes == 0;
}

/* Adds what `weight` objects with these pages have. */
void mt_pages_add(struct mt_pages_sum *sum, const struct mt_pages *pages, double weight);
void mt_pages_merge(struct mt_pages_sum *sum, const struct mt_pages_sum *more);
/* The nearest whole numbers. */
struct mt_pages mt_pages_round(const struct mt_pages_sum *sum);

#endif
