/* freers.h: who released what a stack has allocated: option freed_by of the preload. */
#ifndef MT_FREERS_H
#define MT_FREERS_H

#include "frames.h"
#include "memtrace/trace_freed.h"
#include "paper.h"
#include "trace.h"

/* Blocks of one stack. */
struct mt_freers {
    uint64_t freed; /* released */
    uint64_t live;  /* alive, whatever is said of them */
    uint64_t asked; /* of those released, as many as were asked for their stack or are stood for */
    unsigned count; /* releasing stacks that are known */
    struct {
        uint32_t stack;  /* node id, checked */
        uint64_t blocks; /* of `asked`, at least 1 */
    } by[MT_FREED_BY];   /* most first */
};

/* Returns whether the trace can tell: the option was on, and there was room. */
bool mt_trace_freers(const struct mt_trace *trace, uint32_t stack, struct mt_freers *ret_freers);

/* Sums of several stacks; zeroed at first. */
struct mt_freed_sum {
    uint64_t freed, live;
    bool is_known, is_unknown; /* of one stack at least */
};
void mt_freed_sum_add(struct mt_freed_sum *sum, const struct mt_trace *trace, uint32_t stack);

/* "997 of 1,000 were freed, mostly in conn_close (server.c:88)": a line under a site whose siblings
 * were freed; nothing where none was, or it is not known. `stack`: the site's, or its largest. */
void mt_freers_print(const struct mt_paper *paper, const struct mt_trace *trace,
                     struct mt_symbols *symbols, const struct mt_freed_sum *sum, uint32_t stack);

#endif
