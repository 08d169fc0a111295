/* dump.h: what the lines of memtrace dump are made of. All print to stdout. */
#ifndef MT_DUMP_H
#define MT_DUMP_H

#include <stdint.h>
#include "trace.h"

struct mt_dump_flag {
    uint32_t bit;
    const char *name;
};

/* " key=name,name" of the bits that are set, "-" for none; those without a name as one number. The
 * list ends with a NULL name. */
void mt_dump_flags(const char *key, uint32_t flags, const struct mt_dump_flag *names);

/* " key=\"text\"" with C escapes. */
void mt_dump_text(const char *key, const char *text);

/* What the scan of a snapshot said of itself, of the heads of leaks, and its chains; nothing where
 * none ran. */
void mt_dump_scan(const struct mt_trace *trace, unsigned age);

/* " verdict=definite verdict_before=reachable" of an object, each where it has one. */
void mt_dump_verdicts(enum mt_verdict verdict, enum mt_verdict before);

/* By stack: how many of its blocks were released, and by which stacks. */
void mt_dump_freers(const struct mt_trace *trace);

/* By stack: what it allocated, released, and held at the peak. */
void mt_dump_accounts(const struct mt_trace *trace);

/* What the program did wrong with memory, the first first. */
void mt_dump_misuses(const struct mt_trace *trace);

/* The snapshots that the trace keeps, the newest first, with their scans, areas and runs of
 * pages. */
void mt_dump_snapshots(const struct mt_trace *trace);

#endif
