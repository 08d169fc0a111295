/* oom.c: puts the evidence for an OOM kill together. That a group counted a kill, or was at its
 * limit while the machine counted one, and its member died of SIGKILL is as good as the kernel's
 * word. A count of the whole machine may be another process's; then, and where nobody waited for
 * the process, the last look decides: it must have been near the limit, with what the trace shows
 * was added after it. */
#include "oom.h"

#include "report.h"

enum {
    SIGNAL_KILL = 9,
    NEAR_PERCENT = 90,  /* of its group's limit */
    SCARCE_PERCENT = 5, /* of the machine's memory */
    LAST_PART = 10,     /* the last tenth */
};

static bool is_number(uint64_t figure)
{
    return figure < MT_FIGURE_UNLIMITED;
}

struct since {
    uint64_t ms;
    double bytes;
};

static int add_younger_block(const struct mt_block *block, void *context)
{
    struct since *since = context;
    if (block->born_ms > since->ms)
        since->bytes += (double)block->size_bytes * block->weight;
    return 0;
}

static int add_younger_mapping(const struct mt_live_mapping *mapping, void *context)
{
    struct since *since = context;
    if (mapping->born_ms > since->ms)
        since->bytes += (double)mapping->bytes;
    return 0;
}

/* What was obtained after a look and not released again: the trace is true to the end. */
static uint64_t added_since(const struct mt_report *report, const struct mt_look *look)
{
    struct since since = {look->taken_ms, 0};
    mt_trace_blocks(report->trace, add_younger_block, &since);
    mt_trace_mappings(report->trace, add_younger_mapping, &since);
    return since.bytes < 1e18 ? (uint64_t)since.bytes : 0; /* more than that cannot be */
}

static bool judge_group(const struct mt_report *report, struct mt_oom *oom)
{
    const struct mt_system *system = &report->system;
    const struct mt_course limit = mt_system_course(system, MT_FIGURE_CGROUP_MAX);
    const uint64_t used = oom->last->figures[MT_FIGURE_CGROUP_CURRENT];
    const uint64_t kills = mt_system_rise(system, MT_FIGURE_CGROUP_EVENTS_OOM_KILL);
    if (!is_number(limit.end) || !limit.end || !is_number(used))
        return false;
    oom->limit_bytes = limit.end;
    oom->used_bytes = used;
    const bool is_near =
        (double)used + (double)oom->added_bytes >= (double)limit.end * NEAR_PERCENT / 100;
    const uint64_t all_kills = mt_system_rise(system, MT_FIGURE_OOM_KILL);
    oom->group_counted = is_number(kills) && kills > 0;
    oom->kills = oom->group_counted ? kills : is_number(all_kills) ? all_kills : 0;
    oom->is_certain = mt_trace_header(report->trace)->end_signal == SIGNAL_KILL && oom->kills > 0 &&
                      (oom->group_counted || is_near);
    return oom->is_certain || is_near;
}

static bool judge_system(const struct mt_report *report, struct mt_oom *oom)
{
    const uint64_t total = oom->last->figures[MT_FIGURE_MEM_TOTAL];
    const uint64_t available = oom->last->figures[MT_FIGURE_MEM_AVAILABLE];
    const uint64_t swap = oom->last->figures[MT_FIGURE_SWAP_FREE];
    const uint64_t kills = mt_system_rise(&report->system, MT_FIGURE_OOM_KILL);
    if (!is_number(total) || !is_number(available) || available > total)
        return false;
    oom->limit_bytes = total;
    oom->used_bytes = total - available;
    oom->kills = is_number(kills) ? kills : 0;
    const double left = (double)available + (is_number(swap) ? (double)swap : 0);
    return (oom->kills > 0 && mt_trace_header(report->trace)->end_signal == SIGNAL_KILL) ||
           left - (double)oom->added_bytes <= (double)total * SCARCE_PERCENT / 100;
}

static int note_birth(const struct mt_block *block, void *context)
{
    uint64_t *newest_ms = context;
    if (block->born_ms > *newest_ms)
        *newest_ms = block->born_ms;
    return 0;
}

/* The last sign of life: a look at it, or the newest thing that it left. */
static uint64_t end_of(const struct mt_report *report, const struct mt_look *last)
{
    uint64_t end_ms = last->taken_ms;
    mt_trace_blocks(report->trace, note_birth, &end_ms);
    return end_ms;
}

/* Puts a site in its place among the largest. */
static void rank(struct mt_oom *oom, const struct mt_site *site)
{
    unsigned at = oom->grown_count;
    while (at > 0 && oom->grown[at - 1].bytes < site->bytes)
        at--;
    if (at == MT_OOM_GROWN)
        return;
    oom->grown_count += oom->grown_count < MT_OOM_GROWN;
    for (unsigned i = oom->grown_count - 1; i > at; i--)
        oom->grown[i] = oom->grown[i - 1];
    oom->grown[at] = *site;
}

static int find_grown(const struct mt_report *report, struct mt_oom *oom, struct mt_error *error)
{
    const struct mt_site_filter filter = {
        .verdicts = MT_VERDICTS_ALL,
        .born_before_ms = UINT64_MAX,
        .born_since_ms = oom->since_ms,
    };
    const int status = mt_sites_collect(report->trace, &filter, &oom->sites, error);
    for (size_t i = 0; status == MT_OK && i < mt_sites_count(oom->sites); i++)
        rank(oom, mt_sites_at(oom->sites, i));
    return status;
}

int mt_oom_judge(const struct mt_report *report, struct mt_oom *ret_oom, struct mt_error *error)
{
    const uint64_t signal = mt_trace_header(report->trace)->end_signal;
    struct mt_oom oom = {.last = mt_system_last(&report->system)};
    *ret_oom = (struct mt_oom){0};
    if (report->fate != MT_FATE_KILLED || (signal && signal != SIGNAL_KILL) || !oom.last)
        return MT_OK;
    oom.added_bytes = added_since(report, oom.last);
    if (judge_group(report, &oom))
        oom.cause = MT_OOM_GROUP;
    else if (judge_system(report, &oom))
        oom.cause = MT_OOM_SYSTEM;
    else
        return MT_OK;
    oom.end_ms = end_of(report, oom.last);
    oom.since_ms = oom.end_ms - oom.end_ms / LAST_PART;
    const int status = find_grown(report, &oom, error);
    *ret_oom = oom;
    return status;
}

void mt_oom_finish(struct mt_oom *oom)
{
    mt_sites_free(oom->sites);
}
