/* oom.h: whether a process was killed for want of memory, and on what evidence. The kernel tells
 * nobody but its log; what can be seen is a SIGKILL, counts of OOM kills, and how near the limit
 * the process last was. */
#ifndef MT_OOM_H
#define MT_OOM_H

#include <stdbool.h>
#include <stdint.h>
#include "sites.h"
#include "system.h"

enum { MT_OOM_GROWN = 3 };

enum mt_oom_cause {
    MT_OOM_NONE,   /* nothing speaks for it */
    MT_OOM_GROUP,  /* its control group was at its limit */
    MT_OOM_SYSTEM, /* the machine had no memory left */
};

struct mt_oom {
    enum mt_oom_cause cause;
    bool group_counted;         /* `kills` are the group's, not the machine's */
    bool is_certain;            /* killed by SIGKILL while its group counted an OOM kill; else it is
                                   likely */
    uint64_t kills;             /* counted meanwhile by the group, or by the system; 0 none, or not
                                   known */
    uint64_t limit_bytes;       /* of the group, or MemTotal */
    uint64_t used_bytes;        /* of it, at the last look */
    uint64_t added_bytes;       /* blocks and mappings that were added after it */
    uint64_t end_ms;            /* of its last sign of life, since the start of the trace */
    uint64_t since_ms;          /* the last tenth of its life began then */
    const struct mt_look *last; /* the last one at which it was seen. Owned by the report */
    struct mt_site grown[MT_OOM_GROWN]; /* with what was made since then alone, the most first */
    unsigned grown_count;
    struct mt_sites *sites; /* whose memory they use */
};

/* Judges the process of a report. Returns 0 (mt_oom_finish) or a status. */
int mt_oom_judge(const struct mt_report *report, struct mt_oom *ret_oom, struct mt_error *error);
void mt_oom_finish(struct mt_oom *oom); /* zeroed is fine */

/* Says it; nothing where there is nothing to say. */
void mt_oom_print(const struct mt_paper *paper, const struct mt_report *report);

#endif
