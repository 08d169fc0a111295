/* sites.c: takes every live block and mapping of a trace, gives the sites: the sums of what shares
 * a stack, a kind and a verdict. One pass, memory in proportion to the sites and nodes, not to the
 * blocks. A stack is a node, and nodes are numbered: an array finds the sites of a stack at the
 * price of one load, where a hash table took half the time of a report of ten million blocks. What
 * the filter leaves out still counts in the totals of the trace. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "scan.h"
#include "sites.h"

const char *const mt_kind_names[] = {"block", "mapping", NULL};
const char *const mt_verdict_names[] = {"unclassified", "reachable", "possible", "indirect",
                                        "definite",     "ignored",   NULL};

const char *mt_verdict_name(enum mt_verdict verdict)
{
    return mt_verdict_names[verdict == MT_VERDICT_SUSPECT ? MT_VERDICT_NONE : verdict];
}

const char *const mt_view_names[] = {"unfreed", "peak", "temporary"};

struct entry {
    struct mt_site site;
    uint16_t *threads; /* site.threads, growing */
    unsigned thread_room;
    uint32_t next; /* entry of the same stack, as an index + 1; 0: there is no other */
};

struct mt_sites {
    const struct mt_trace *trace;
    struct mt_site_filter filter;
    struct mt_unfreed unfreed; /* rounded from these: */
    struct mt_sum all, kinds[MT_KIND_COUNT], verdicts[MT_VERDICT_COUNT], storage[MT_STORAGE_COUNT];
    struct mt_pages_sum pages, storage_pages[MT_STORAGE_COUNT];
    struct mt_page_walk walk; /* through blocks, then through mappings */
    struct entry *entries;    /* in the order of their first object */
    uint32_t count, room;
    uint32_t *by_stack; /* by node id: its first entry, as an index + 1; 0: it has none */
};

static struct entry *add_entry(struct mt_sites *sites, const struct mt_site *first)
{
    if (sites->count == sites->room) {
        const uint32_t room = sites->room ? 2 * sites->room : 256;
        struct entry *entries = reallocarray(sites->entries, room, sizeof *entries);
        if (!entries)
            return NULL;
        sites->entries = entries;
        sites->room = room;
    }
    struct entry *entry = &sites->entries[sites->count++];
    *entry = (struct entry){.site = *first, .next = sites->by_stack[first->stack]};
    entry->site.oldest_ms = UINT64_MAX;
    if (sites->filter.growth_end_ms) {
        entry->site.growth = calloc(1, sizeof *entry->site.growth);
        if (!entry->site.growth) {
            sites->count--;
            return NULL;
        }
        entry->site.growth->end_ms = sites->filter.growth_end_ms;
    }
    sites->by_stack[first->stack] = sites->count;
    return entry;
}

/* The entry of that stack, kind and verdict, new if need be; NULL where memory runs out. */
static struct entry *find_entry(struct mt_sites *sites, const struct mt_site *wanted)
{
    uint32_t next = sites->by_stack[wanted->stack];
    while (next) {
        struct entry *entry = &sites->entries[next - 1];
        if (entry->site.kind == wanted->kind && entry->site.verdict == wanted->verdict &&
            entry->site.mapping_kind == wanted->mapping_kind)
            return entry;
        next = entry->next;
    }
    return add_entry(sites, wanted);
}

/* Puts a thread slot where it belongs in the ascending list; false where memory runs out. */
static bool add_thread(struct entry *entry, uint32_t slot)
{
    if (slot == 0)
        return true;
    unsigned low = 0, high = entry->site.thread_count;
    while (low < high) {
        const unsigned middle = (low + high) / 2;
        if (entry->threads[middle] < slot)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < entry->site.thread_count && entry->threads[low] == slot)
        return true;
    if (entry->site.thread_count == entry->thread_room) {
        const unsigned room = entry->thread_room ? 2 * entry->thread_room : 2;
        uint16_t *threads = reallocarray(entry->threads, room, sizeof *threads);
        if (!threads)
            return false;
        entry->threads = threads;
        entry->site.threads = threads;
        entry->thread_room = room;
    }
    memmove(&entry->threads[low + 1], &entry->threads[low],
            (entry->site.thread_count - low) * sizeof *entry->threads);
    entry->threads[low] = (uint16_t)slot;
    entry->site.thread_count++;
    return true;
}

/* What a block and a mapping have in common. */
struct object {
    uint64_t address;
    enum mt_verdict before; /* of the snapshot before the newest */
    struct mt_site site;    /* the fields that name the site it belongs to */
    struct mt_sum sum;      /* what it stands for; no object where it is a further piece of one */
    struct mt_pages pages;
    double weight; /* of pages */
    uint32_t thread;
    uint64_t born_ms;
    int storage; /* enum mt_storage; -1: it has none */
};

/* Whether it became what it is between the two snapshots. */
static bool is_new(const struct object *object)
{
    return !(MT_VERDICTS_LEAKS & 1u << object->before) &&
           (object->before != object->site.verdict || object->before == MT_VERDICT_NONE);
}

static bool is_wanted(const struct mt_site_filter *filter, const struct object *object)
{
    return filter->verdicts & 1u << object->site.verdict &&
           (!filter->kinds || filter->kinds & 1u << object->site.kind) &&
           (!filter->storages ||
            (object->storage >= 0 && filter->storages & 1u << object->storage)) &&
           object->born_ms < filter->born_before_ms && object->born_ms >= filter->born_since_ms &&
           (!filter->since_before || is_new(object));
}

/* Adds what is lost with the object, where it is the head of a leak. */
static void add_held(const struct mt_trace *trace, struct mt_site *site,
                     const struct object *object)
{
    const struct mt_leak_head *head = mt_trace_leak_head(trace, object->address);
    if (!head)
        return;
    const struct mt_sum held = {(double)head->objects, (double)head->bytes};
    mt_sum_add(&site->held_sum, &held);
}

static void add_pages(struct mt_sites *sites, const struct object *object)
{
    mt_pages_add(&sites->pages, &object->pages, object->weight);
    if (object->storage >= 0)
        mt_pages_add(&sites->storage_pages[object->storage], &object->pages, object->weight);
}

static inline int add_object(struct mt_sites *sites, const struct object *object)
{
    add_pages(sites, object);
    mt_sum_add(&sites->all, &object->sum);
    mt_sum_add(&sites->kinds[object->site.kind], &object->sum);
    mt_sum_add(&sites->verdicts[object->site.verdict], &object->sum);
    if (object->storage >= 0)
        mt_sum_add(&sites->storage[object->storage], &object->sum);
    if (!is_wanted(&sites->filter, object))
        return 0;
    struct entry *entry = find_entry(sites, &object->site);
    if (!entry || !add_thread(entry, object->thread))
        return -1;
    struct mt_site *site = &entry->site;
    mt_sum_add(&site->sum, &object->sum);
    mt_pages_add(&site->pages_sum, &object->pages, object->weight);
    if ((site->verdict == MT_VERDICT_DEFINITE || site->verdict == MT_VERDICT_SUSPECT) &&
        object->sum.objects > 0)
        add_held(sites->trace, site, object);
    if (site->growth)
        mt_growth_add(site->growth, object->born_ms, object->sum.bytes);
    if (object->storage >= 0)
        site->storage_sum[object->storage] += object->sum.objects;
    if (object->born_ms < site->oldest_ms)
        site->oldest_ms = object->born_ms;
    if (object->born_ms > site->newest_ms)
        site->newest_ms = object->born_ms;
    return 0;
}

static int add_block(const struct mt_block *block, void *context)
{
    struct mt_sites *sites = context;
    const struct object object = {
        .address = block->address,
        .before = block->before,
        .site = {.kind = MT_KIND_BLOCK,
                 .verdict = block->verdict,
                 .function = block->function,
                 .stack = block->stack},
        .sum = {block->weight, block->weight * (double)block->size_bytes},
        .pages = mt_pages_next(&sites->walk, block->address, block->size_bytes, block->born_ms),
        .weight = block->weight,
        .thread = block->thread,
        .born_ms = block->born_ms,
        .storage = (int)block->storage,
    };
    return add_object(sites, &object);
}

static int add_mapping(const struct mt_live_mapping *mapping, void *context)
{
    struct mt_sites *sites = context;
    const struct object object = {
        .address = mapping->address,
        .before = mapping->before,
        .site = {.kind = MT_KIND_MAPPING,
                 .mapping_kind = mapping->kind,
                 .verdict = mapping->verdict,
                 .function = mapping->function,
                 .stack = mapping->stack},
        .sum = {mapping->continues ? 0 : 1, (double)mapping->bytes},
        .pages = mt_pages_next(&sites->walk, mapping->address, mapping->bytes, mapping->born_ms),
        .weight = 1,
        .thread = mapping->thread,
        .born_ms = mapping->born_ms,
        .storage = -1,
    };
    return mapping->is_in_use ? 0 : add_object(sites, &object);
}

/* ---- rounding ---- */

static uint64_t rounded(double number)
{
    if (number >= 0x1p63) /* of a damaged trace; readers of JSON take no more */
        return INT64_MAX;
    return (uint64_t)(number < 0x1p52 ? number + 0.5 : number); /* from there on all are whole */
}

struct mt_count mt_sum_round(const struct mt_sum *sum)
{
    return (struct mt_count){rounded(sum->objects), rounded(sum->bytes)};
}

void mt_site_add(struct mt_site *site, const struct mt_site *more)
{
    mt_sum_add(&site->sum, &more->sum);
    mt_sum_add(&site->held_sum, &more->held_sum);
    mt_pages_merge(&site->pages_sum, &more->pages_sum);
    if (site->growth && more->growth)
        mt_growth_merge(site->growth, more->growth);
    for (int i = 0; i < MT_STORAGE_COUNT; i++)
        site->storage_sum[i] += more->storage_sum[i];
}

void mt_site_round(struct mt_site *site)
{
    const struct mt_count count = mt_sum_round(&site->sum);
    site->objects = count.objects;
    site->bytes = count.bytes;
    site->held = mt_sum_round(&site->held_sum);
    site->pages = mt_pages_round(&site->pages_sum);
    for (int i = 0; i < MT_STORAGE_COUNT; i++)
        site->storage[i] = rounded(site->storage_sum[i]);
}

static void round_all(struct mt_sites *sites)
{
    struct mt_unfreed *unfreed = &sites->unfreed;
    unfreed->all = mt_sum_round(&sites->all);
    for (int i = 0; i < MT_KIND_COUNT; i++)
        unfreed->kinds[i] = mt_sum_round(&sites->kinds[i]);
    for (int i = 0; i < MT_VERDICT_COUNT; i++)
        unfreed->verdicts[i] = mt_sum_round(&sites->verdicts[i]);
    for (int i = 0; i < MT_STORAGE_COUNT; i++)
        unfreed->storage[i] = mt_sum_round(&sites->storage[i]);
    unfreed->pages = mt_pages_round(&sites->pages);
    for (int i = 0; i < MT_STORAGE_COUNT; i++)
        unfreed->storage_pages[i] = mt_pages_round(&sites->storage_pages[i]);
    for (uint32_t i = 0; i < sites->count; i++)
        mt_site_round(&sites->entries[i].site);
}

/* ---- collecting ---- */

static int fail_memory(const struct mt_trace *trace, struct mt_error *error)
{
    return mt_fail(error, MT_UNREADABLE, "%s: not enough memory for its sites",
                   mt_trace_path(trace));
}

int mt_sites_collect(const struct mt_trace *trace, const struct mt_site_filter *filter,
                     struct mt_sites **ret_sites, struct mt_error *error)
{
    struct mt_sites *sites = calloc(1, sizeof *sites);
    if (sites) {
        sites->trace = trace;
        sites->filter = *filter;
        sites->walk = mt_pages_begin(trace);
        sites->by_stack = calloc((size_t)mt_trace_node_limit(trace) + 1, sizeof *sites->by_stack);
    }
    if (!sites || !sites->by_stack || mt_trace_blocks(trace, add_block, sites) != 0 ||
        mt_trace_mappings(trace, add_mapping, sites) != 0) {
        mt_sites_free(sites);
        return fail_memory(trace, error);
    }
    round_all(sites);
    *ret_sites = sites;
    return MT_OK;
}

/* Adds what a stack's account says of the view. Returns false where memory runs out. */
static bool add_account(struct mt_sites *sites, uint32_t stack, enum mt_site_view view)
{
    const struct mt_account_sum *account = mt_trace_account(sites->trace, stack);
    const struct mt_node *node = mt_trace_node(sites->trace, stack);
    const bool is_peak = view == MT_VIEW_PEAK;
    const struct mt_sum sum = {
        (double)(is_peak ? account->peak_blocks : account->temporary),
        (double)(is_peak ? account->peak_bytes : account->temporary_bytes),
    };
    if (!node || sum.objects == 0)
        return true;
    const struct mt_site site = {
        .kind = MT_KIND_BLOCK,
        .function = node->function < MT_FN_COUNT ? node->function : MT_FN_UNKNOWN,
        .stack = stack,
        .sum = sum,
        .pages_sum = {.unseen = sum.bytes},
    };
    struct entry *entry = add_entry(sites, &site);
    if (!entry)
        return false;
    entry->site.oldest_ms = 0;
    mt_sum_add(&sites->all, &sum);
    return true;
}

int mt_sites_collect_view(const struct mt_trace *trace, enum mt_site_view view,
                          struct mt_sites **ret_sites, struct mt_error *error)
{
    struct mt_sites *sites = calloc(1, sizeof *sites);
    const uint32_t limit = mt_trace_node_limit(trace);
    bool is_made = sites && (sites->by_stack = calloc((size_t)limit + 1, sizeof(uint32_t)));
    if (sites)
        sites->trace = trace;
    for (uint32_t stack = 1; is_made && stack < limit; stack++)
        is_made = !mt_trace_account(trace, stack) || add_account(sites, stack, view);
    if (!is_made) {
        mt_sites_free(sites);
        return fail_memory(trace, error);
    }
    round_all(sites);
    *ret_sites = sites;
    return MT_OK;
}

void mt_sites_free(struct mt_sites *sites)
{
    if (!sites)
        return;
    for (uint32_t i = 0; i < sites->count; i++) {
        free(sites->entries[i].threads);
        free(sites->entries[i].site.growth);
    }
    free(sites->entries);
    free(sites->by_stack);
    free(sites);
}

size_t mt_sites_count(const struct mt_sites *sites)
{
    return sites->count;
}

const struct mt_site *mt_sites_at(const struct mt_sites *sites, size_t index)
{
    return &sites->entries[index].site;
}

const struct mt_unfreed *mt_sites_unfreed(const struct mt_sites *sites)
{
    return &sites->unfreed;
}

const char *mt_site_noun(const struct mt_site *site, char text[MT_SITE_NOUN_SIZE])
{
    const char *kind =
        site->kind == MT_KIND_MAPPING ? mt_mapping_kind_name(site->mapping_kind) : NULL;
    snprintf(text, MT_SITE_NOUN_SIZE, "%s%s%s%s%s", mt_kind_names[site->kind],
             site->objects == 1 ? "" : "s", kind ? " (" : "", kind ? kind : "", kind ? ")" : "");
    return text;
}
