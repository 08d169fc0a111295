/* standings.c: from the sums of each round to sites. A site stays listed here as long as the
 * command runs, so that one that shrank to nothing shows its growth too; it is named when it is
 * first shown, for a name costs a search through debug information and most sites never get that
 * far. */
#include "standings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "drain.h"
#include "hash.h"
#include "printable.h"
#include "scan.h"
#include "site_name.h"
#include "sweep.h"
#include "system_look.h"

const char *const mt_standing_sort_names[] = {"bytes", "blocks", "growth", "rate", NULL};

struct entry {
    struct mt_standing site; /* first, so that a site is its entry */
    uint64_t key;
    double first_bytes, last_bytes;
    char *name, *place; /* NULL: not asked for yet */
    UT_hash_handle hh;
};

struct mt_standings {
    struct mt_sweep *sweep;
    struct mt_symbols *symbols; /* NULL: not asked for since the modules changed */
    unsigned modules;           /* those that they are of */
    char *path;
    uint32_t pid;
    const char *sysroot;
    struct mt_standings_head head;
    uint64_t first_ms;
    double first_bytes;
    struct entry *entries;
    const struct mt_standing **selected;
    bool is_last; /* the round that runs began after the process had ended */
    bool is_over;
};

/* ---- sites ---- */

/* The entry of that stack and kind, new if need be; NULL where memory runs out. */
static struct entry *find_entry(struct mt_standings *standings, uint32_t stack, enum mt_kind kind)
{
    const uint64_t key = (uint64_t)stack << 1 | (kind == MT_KIND_MAPPING);
    struct entry *entry;
    HASH_FIND(hh, standings->entries, &key, sizeof key, entry);
    if (entry)
        return entry;
    entry = calloc(1, sizeof *entry);
    if (!entry)
        return NULL;
    entry->site = (struct mt_standing){.stack = stack, .kind = kind};
    entry->key = key;
    HASH_ADD(hh, standings->entries, key, sizeof key, entry);
    return entry;
}

static int add_blocks(struct mt_standings *standings)
{
    size_t count;
    const struct mt_swept *swept = mt_sweep_blocks(standings->sweep, &count);
    for (size_t stack = 1; stack < count; stack++) {
        if (swept[stack].objects == 0)
            continue;
        struct entry *entry = find_entry(standings, (uint32_t)stack, MT_KIND_BLOCK);
        if (!entry)
            return -1;
        entry->site.sum = (struct mt_sum){swept[stack].objects, swept[stack].bytes};
    }
    return 0;
}

static int add_mapping(const struct mt_live_mapping *mapping, void *context)
{
    if (mapping->is_in_use)
        return 0;
    struct entry *entry = find_entry(context, mapping->stack, MT_KIND_MAPPING);
    if (!entry)
        return -1;
    const struct mt_sum more = {mapping->continues ? 0 : 1, (double)mapping->bytes};
    mt_sum_add(&entry->site.sum, &more);
    return 0;
}

/* ---- rounds ---- */

/* A rate, of what rose since the round before. */
static double per_second(double before, double now, uint64_t ms)
{
    return ms ? (now - before) * 1000 / (double)ms : 0;
}

static void note_growth(struct mt_standings *standings, uint64_t since_ms)
{
    struct mt_standing *all = &standings->head.all;
    const double last_bytes = all->sum.bytes;
    all->sum = (struct mt_sum){0};
    for (struct entry *entry = standings->entries; entry; entry = entry->hh.next) {
        const double bytes = entry->site.sum.bytes;
        if (standings->head.rounds == 0)
            entry->first_bytes = entry->last_bytes = bytes;
        entry->site.growth = bytes - entry->first_bytes;
        entry->site.per_second = per_second(entry->last_bytes, bytes, since_ms);
        entry->last_bytes = bytes;
        mt_sum_add(&all->sum, &entry->site.sum);
    }
    if (standings->head.rounds == 0)
        standings->first_bytes = all->sum.bytes;
    all->growth = all->sum.bytes - standings->first_bytes;
    all->per_second = per_second(last_bytes, all->sum.bytes, since_ms);
}

static void note_figures(struct mt_standings *standings, uint64_t since_ms)
{
    struct mt_standings_head *head = &standings->head;
    const struct mt_totals totals = mt_trace_totals(mt_sweep_trace(standings->sweep));
    head->allocations_per_second =
        per_second((double)head->allocations, (double)totals.allocations, since_ms);
    head->frees_per_second = per_second((double)head->frees, (double)totals.frees, since_ms);
    head->allocations = totals.allocations;
    head->frees = totals.frees;
    head->peak_bytes = totals.peak_bytes;

    char process[32];
    struct mt_sample sample;
    snprintf(process, sizeof process, "/proc/%u", standings->pid);
    mt_figures_read(mt_system_text, process, NULL, &sample);
    head->resident_bytes = sample.figures[MT_FIGURE_VM_RSS];
}

static int end_round(struct mt_standings *standings)
{
    struct mt_standings_head *head = &standings->head;
    const struct mt_trace *trace = mt_sweep_trace(standings->sweep);
    const uint64_t now_ms = mt_system_now_ms(mt_trace_header(trace));
    const uint64_t since_ms = head->rounds ? now_ms - head->at_ms : 0;
    for (struct entry *entry = standings->entries; entry; entry = entry->hh.next)
        entry->site.sum = (struct mt_sum){0};
    if (add_blocks(standings) != 0 || mt_trace_mappings(trace, add_mapping, standings) != 0)
        return -1;
    note_growth(standings, since_ms);
    note_figures(standings, since_ms);
    if (head->rounds++ == 0)
        standings->first_ms = now_ms;
    head->at_ms = now_ms;
    head->span_ms = now_ms - standings->first_ms;
    return 0;
}

int mt_standings_step(struct mt_standings *standings, uint64_t budget_us)
{
    if (standings->is_over)
        return 1;
    const int result = mt_sweep_step(standings->sweep, budget_us);
    if (result <= 0)
        return result;
    if (end_round(standings) != 0)
        return -1;
    standings->is_over = standings->is_last;
    const struct mt_header *header = mt_trace_header(mt_sweep_trace(standings->sweep));
    if (header->end != MT_END_RUNNING || !mt_process_runs(standings->pid, header->process_start)) {
        standings->is_last = true;
        standings->head.is_running = !standings->is_over;
    }
    return 1;
}

/* ---- verdicts ---- */

static unsigned gravity_of(enum mt_verdict verdict)
{
    return verdict == MT_VERDICT_IGNORED ? 1 : 2 * (unsigned)verdict;
}

static void take_verdicts(struct mt_standings *standings, const struct mt_sites *sites)
{
    for (struct entry *entry = standings->entries; entry; entry = entry->hh.next)
        entry->site.verdict = MT_VERDICT_NONE;
    for (size_t i = 0; i < mt_sites_count(sites); i++) {
        const struct mt_site *site = mt_sites_at(sites, i);
        struct entry *entry = find_entry(standings, site->stack, site->kind);
        if (entry && gravity_of(site->verdict) > gravity_of(entry->site.verdict))
            entry->site.verdict = site->verdict;
    }
    standings->head.lost = mt_unfreed_leaks(mt_sites_unfreed(sites));
    standings->head.suspects = mt_sites_unfreed(sites)->verdicts[MT_VERDICT_SUSPECT];
}

int mt_standings_judge(struct mt_standings *standings, struct mt_error *error)
{
    struct mt_standings_head *head = &standings->head;
    const struct mt_site_filter filter = {.verdicts = MT_VERDICTS_ALL,
                                          .born_before_ms = UINT64_MAX};
    const uint64_t taken = mt_sweep_snapshots(standings->sweep);
    if (taken == 0 || taken == head->snapshot)
        return MT_OK;
    struct mt_trace *trace;
    struct mt_sites *sites;
    int status = mt_trace_open(standings->path, &trace, error);
    if (status != MT_OK)
        return status;
    status = mt_sites_collect(trace, &filter, &sites, error);
    if (status == MT_OK) {
        const struct mt_seen *seen = mt_trace_snapshot(trace, MT_NEWEST);
        take_verdicts(standings, sites);
        head->snapshot = taken;
        head->snapshot_ms = seen ? seen->head.taken_ms : 0;
        head->has_verdicts = mt_trace_has_verdicts(trace, MT_NEWEST);
        mt_sites_free(sites);
    }
    mt_trace_close(trace);
    return status;
}

/* ---- names ---- */

/* NULL where memory runs out. */
static struct mt_symbols *symbols_of(struct mt_standings *standings)
{
    struct mt_error error;
    const unsigned modules = mt_sweep_modules(standings->sweep);
    if (standings->symbols && standings->modules == modules)
        return standings->symbols;
    mt_symbols_destroy(standings->symbols);
    standings->symbols = NULL;
    standings->modules = modules;
    const struct mt_search search = {.sysroot = standings->sysroot};
    if (mt_symbols_create(mt_sweep_trace(standings->sweep), &search, &standings->symbols, &error) !=
        MT_OK)
        standings->symbols = NULL;
    return standings->symbols;
}

static void name_entry(struct mt_standings *standings, struct entry *entry)
{
    struct mt_symbols *symbols = symbols_of(standings);
    struct mt_frame_walk walk;
    const struct mt_frame *frame =
        symbols ? mt_site_frame(mt_sweep_trace(standings->sweep), symbols, entry->site.stack, &walk)
                : NULL;
    if (frame) {
        entry->name = mt_frame_label(walk.location, frame);
        if (!frame->file ||
            asprintf(&entry->place, "%s:%u", mt_base_name(frame->file), frame->line) < 0)
            entry->place = NULL;
    }
    if (!entry->name)
        entry->name = strdup("?");
    if (!entry->place)
        entry->place = strdup("");
    if (entry->name)
        mt_make_printable(entry->name);
    if (entry->place)
        mt_make_printable(entry->place);
}

static struct entry *named(struct mt_standings *standings, const struct mt_standing *site)
{
    struct entry *entry = (struct entry *)site;
    if (!entry->name)
        name_entry(standings, entry);
    return entry;
}

const char *mt_standing_name(struct mt_standings *standings, const struct mt_standing *site)
{
    const char *name = named(standings, site)->name;
    return name ? name : "?";
}

const char *mt_standing_place(struct mt_standings *standings, const struct mt_standing *site)
{
    const char *place = named(standings, site)->place;
    return place ? place : "";
}

/* ---- order ---- */

static double rank_of(const struct mt_standing *site, enum mt_standing_sort sort)
{
    switch (sort) {
    case MT_STANDING_BLOCKS:
        return site->sum.objects;
    case MT_STANDING_GROWTH:
        return site->growth;
    case MT_STANDING_RATE:
        return site->per_second;
    default:
        return site->sum.bytes;
    }
}

/* What is equal stands in the order of bytes, then of stacks: rows do not jump about. */
static int compare(const void *left, const void *right, void *context)
{
    const struct mt_standing *a = *(const struct mt_standing *const *)left,
                             *b = *(const struct mt_standing *const *)right;
    const enum mt_standing_sort *sort = context;
    const double rank_a = rank_of(a, *sort), rank_b = rank_of(b, *sort);
    if (rank_a != rank_b)
        return rank_a > rank_b ? -1 : 1;
    if (a->sum.bytes != b->sum.bytes)
        return a->sum.bytes > b->sum.bytes ? -1 : 1;
    if (a->stack != b->stack)
        return a->stack < b->stack ? -1 : 1;
    return (int)a->kind - (int)b->kind;
}

static bool is_wanted(struct mt_standings *standings, const struct entry *entry, const char *filter)
{
    const struct mt_standing *site = &entry->site;
    if (site->sum.objects == 0 && site->growth == 0)
        return false;
    return !filter[0] || strcasestr(mt_standing_name(standings, site), filter) ||
           strcasestr(mt_standing_place(standings, site), filter);
}

size_t mt_standings_select(struct mt_standings *standings, enum mt_standing_sort sort,
                           const char *filter, const struct mt_standing *const **ret_sites)
{
    size_t count = 0;
    const struct mt_standing **selected =
        reallocarray(standings->selected, HASH_COUNT(standings->entries) + 1, sizeof *selected);
    if (selected) {
        standings->selected = selected;
        for (struct entry *entry = standings->entries; entry; entry = entry->hh.next)
            if (is_wanted(standings, entry, filter))
                selected[count++] = &entry->site;
        qsort_r(selected, count, sizeof *selected, compare, &sort);
    }
    *ret_sites = standings->selected;
    return count;
}

/* ---- life ---- */

int mt_standings_open(const char *path, uint32_t pid, const char *sysroot,
                      struct mt_standings **ret_standings, struct mt_error *error)
{
    struct mt_standings *standings = calloc(1, sizeof *standings);
    if (standings)
        standings->path = strdup(path);
    if (!standings || !standings->path) {
        mt_standings_close(standings);
        return mt_fail(error, MT_UNREADABLE, "%s: not enough memory", path);
    }
    standings->pid = pid;
    standings->sysroot = sysroot;
    standings->head.is_running = true;
    const int status = mt_sweep_open(path, &standings->sweep, error);
    if (status == MT_OK)
        *ret_standings = standings;
    else
        mt_standings_close(standings);
    return status;
}

void mt_standings_close(struct mt_standings *standings)
{
    if (!standings)
        return;
    struct entry *entry, *next;
    MT_DRAIN(standings->entries, entry, next)
    {
        free(entry->name);
        free(entry->place);
        free(entry);
    }
    mt_symbols_destroy(standings->symbols);
    mt_sweep_close(standings->sweep);
    free(standings->selected);
    free(standings->path);
    free(standings);
}

const struct mt_standings_head *mt_standings_head(const struct mt_standings *standings)
{
    return &standings->head;
}

const struct mt_trace *mt_standings_trace(const struct mt_standings *standings)
{
    return mt_sweep_trace(standings->sweep);
}

struct mt_symbols *mt_standings_symbols(struct mt_standings *standings)
{
    return symbols_of(standings);
}
