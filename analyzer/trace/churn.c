/* churn.c: from the CHURN extents to sites. A slot of a running process may be new and its sums not
 * yet there: it then has no rounds, and is left out. */
#include "churn.h"

#include <stdlib.h>
#include "memtrace/trace_system.h"
#include "trace_parts.h"

int mt_churn_read(struct mt_trace *trace, const struct mt_places *places)
{
    struct mt_churns *churns = &trace->churns;
    for (size_t i = 0; i < places->count; i++) {
        const struct mt_place *place = &places->at[i];
        if (place->kind != MT_EXTENT_CHURN || place->units != 1)
            continue;
        struct mt_churn *at =
            reallocarray(churns->slots, churns->slot_count + MT_CHURN_SLOTS, sizeof *at);
        if (!at)
            return -1;
        churns->slots = at;
        mt_trace_read(trace, place->offset + sizeof *at, at + churns->slot_count,
                      (MT_CHURN_SLOTS - 1) * sizeof *at);
        churns->slot_count += MT_CHURN_SLOTS - 1;
        churns->is_full |= place->used >= MT_CHURN_SLOTS - 1;
    }
    return 0;
}

static int compare(const void *left, const void *right)
{
    const struct mt_churn_site *a = left, *b = right;
    if (a->bytes != b->bytes)
        return a->bytes > b->bytes ? -1 : 1;
    return a->stack < b->stack ? -1 : a->stack > b->stack;
}

int mt_churn_settle(struct mt_trace *trace)
{
    struct mt_churns *churns = &trace->churns;
    churns->sites = calloc(churns->slot_count + 1, sizeof *churns->sites);
    if (!churns->sites)
        return -1;
    for (size_t i = 0; i < churns->slot_count; i++) {
        const struct mt_churn *slot = &churns->slots[i];
        const struct mt_node *node = slot->rounds ? mt_trace_node(trace, slot->stack) : NULL;
        if (!node)
            continue;
        churns->sites[churns->site_count++] = (struct mt_churn_site){
            .stack = slot->stack,
            .function = node->function < MT_FN_COUNT ? node->function : MT_FN_UNKNOWN,
            .rounds = slot->rounds,
            .bytes = slot->bytes,
            .largest_bytes = slot->largest_bytes,
            .first_ms = slot->first_ms,
            .last_ms = slot->last_ms,
        };
    }
    free(churns->slots);
    churns->slots = NULL;
    if (churns->site_count)
        qsort(churns->sites, churns->site_count, sizeof *churns->sites, compare);
    return 0;
}

void mt_churn_finish(struct mt_churns *churns)
{
    free(churns->slots);
    free(churns->sites);
}

const struct mt_churn_site *mt_trace_churn(const struct mt_trace *trace, size_t *ret_count)
{
    *ret_count = trace->churns.site_count;
    return trace->churns.sites;
}

bool mt_trace_churn_is_full(const struct mt_trace *trace)
{
    return trace->churns.is_full;
}
