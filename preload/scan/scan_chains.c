/* scan_chains.c: see scan_chains.h. Two searches, breadth first, so that chains are as short as can
 * be: from the heads of what is lost to what hangs on them, and from the roots to what is kept. The
 * first object of a site that a search meets is the site's example. A pointer counts where it is
 * one that the object has its verdict by: to the start of what is reachable, and from something
 * that is reachable itself; anywhere else, any pointer.
 *
 * Of each object met the list keeps the word that led to it and the object that the word lies in.
 * The list, and what is read, are bounded (trace_snapshot.h): in a large heap an object that lies
 * too deep has no chain. A search ends sooner where each site has its example. */
#include "scan_chains.h"

#include "memory.h"
#include "ranges.h"
#include "scan_places.h"
#include "scan_sites.h"
#include "snapshot.h"

enum { AHEAD = 8 }; /* objects that are asked for before they are read */

struct met {
    mt_object object;
    uint64_t at;   /* the word that points to it; 0: the search began with it */
    uint32_t from; /* number in the list + 1 of the object that the word lies in; 0: in a root */
    uint32_t root; /* then: number of the root */
};

struct search {
    struct mt_mark_run *run;
    struct mt_places places;
    struct mt_scan_sites sites;
    struct met *list; /* in the order of their distance */
    uint32_t count;
    uint64_t *met;             /* a bit for each object: it is in the list */
    struct mt_ranges stood_on; /* where threads' stacks begin to count, sorted */
    uint64_t bytes_left;

    /* what is being read */
    uint32_t from, root;
    enum mt_verdict verdict; /* of what it lies in; a root's is MT_VERDICT_REACHABLE */
    enum mt_owner owner;
};

/* ---- a chain ---- */

/* The link that led to an object. Returns 0 where the word is another one by now: shared memory. */
static int tell_link(const struct search *search, const struct met *met, struct mt_link *link)
{
    const struct mt_objects *objects = search->run->objects;
    int is_start;
    *link = (struct mt_link){.at = met->at, .to = *(const uint64_t *)met->at};
    if (!mt_objects_near(objects, link->to) ||
        mt_object_at(objects, link->to, &is_start) != met->object)
        return 0;
    if (!met->from) {
        mt_places_tell(&search->places, &search->run->roots[met->root], link);
        return 1;
    }
    const struct met *holder = &search->list[met->from - 1];
    if (!holder->at && mt_places_tell_storage(&search->places, link))
        return 1;
    link->kind = mt_object_is_block(objects, holder->object) ? MT_LINK_BLOCK : MT_LINK_MAPPING;
    link->object = mt_object_start(objects, holder->object);
    return 1;
}

/* From the object, which a word led to, back to where the search began: of a long chain the last
 * links, and the first. */
static void say_chain(const struct search *search, const struct met *target)
{
    struct mt_link links[MT_CHAIN_LINKS_MAX];
    const struct met *met = target;
    uint32_t first = MT_CHAIN_LINKS_MAX, length = 0;
    for (int is_first = 0; !is_first; length++) {
        const struct met *holder = &search->list[met->from ? met->from - 1 : 0];
        is_first = !met->from || !holder->at;
        if ((first > 1 || (first && is_first)) && !tell_link(search, met, &links[--first]))
            return;
        met = holder;
    }
    const uint32_t kept = MT_CHAIN_LINKS_MAX - first;
    const struct mt_chain chain = {
        .address = mt_object_start(search->run->objects, target->object),
        .verdict = mt_object_verdict(search->run->objects, target->object),
        .skipped = length - kept,
    };
    mt_snapshot_say(MT_SNAPSHOT_CHAIN, &chain, sizeof chain, &links[first], kept * sizeof *links);
}

/* ---- the search ---- */

static int is_wanted(const struct search *search)
{
    const uint32_t *left = search->sites.left;
    return search->count < MT_CHAIN_OBJECTS_MAX && search->bytes_left &&
           (search->verdict == MT_VERDICT_DEFINITE || search->verdict == MT_VERDICT_INDIRECT
                ? left[MT_VERDICT_INDIRECT]
                : left[MT_VERDICT_REACHABLE] + left[MT_VERDICT_POSSIBLE]);
}

static int is_met(const struct search *search, mt_object object)
{
    return search->met[object / 64] >> object % 64 & 1;
}

static void meet(struct search *search, mt_object object, uint64_t at)
{
    if (is_met(search, object) || search->count == MT_CHAIN_OBJECTS_MAX)
        return;
    struct met *met = &search->list[search->count++];
    search->met[object / 64] |= UINT64_C(1) << object % 64;
    *met = (struct met){object, at, search->from, search->root};
    if (at && mt_scan_sites_take(&search->sites, search->run->objects, object))
        say_chain(search, met);
}

/* Whether the object has its verdict by such a pointer. */
static int is_reason(const struct search *search, mt_object object, int is_start, uint64_t word)
{
    const struct mt_mark_run *run = search->run;
    const int is_kept =
        search->verdict == MT_VERDICT_REACHABLE || search->verdict == MT_VERDICT_IGNORED;
    if (mt_mark_is_other(run->objects, search->owner, object, word, is_start))
        return 0;
    switch (mt_object_verdict(run->objects, object)) {
    case MT_VERDICT_REACHABLE:
    case MT_VERDICT_IGNORED:
        return is_kept && (is_start || mt_mark_is_explained(run, object, word));
    case MT_VERDICT_POSSIBLE:
        return is_kept || search->verdict == MT_VERDICT_POSSIBLE;
    case MT_VERDICT_INDIRECT:
        return search->verdict == MT_VERDICT_INDIRECT || search->verdict == MT_VERDICT_DEFINITE;
    default:
        return 0;
    }
}

/* A word that may be a pointer to an object. */
static void look_at(struct search *search, uint64_t at, uint64_t word)
{
    const struct mt_objects *objects = search->run->objects;
    struct mt_settled *settled = &search->run->settled; /* of met objects, here */
    int is_start;
    if (mt_settled_has(settled, word))
        return;
    const mt_object object = mt_object_at(objects, word, &is_start);
    if (object == MT_OBJECT_NONE) {
        mt_settled_add_none(settled, objects, word);
        return;
    }
    if (is_met(search, object)) {
        if (!is_start || !mt_object_is_block(objects, object))
            mt_settled_add(settled, objects, object, word);
    } else if (is_reason(search, object, is_start, word)) {
        meet(search, object, at);
    }
}

static void look_through(void *context, uint64_t start, uint64_t end)
{
    struct search *search = context;
    const struct mt_objects *objects = search->run->objects;
    start = (start + 7) & ~UINT64_C(7);
    if (end <= start)
        return;
    if (end - start > search->bytes_left)
        end = start + search->bytes_left;
    for (uint64_t at = start; at + 8 <= end; at += 8) {
        const uint64_t word = *(const uint64_t *)at;
        if (__builtin_expect(mt_objects_near(objects, word), 0))
            look_at(search, at, word);
    }
    search->bytes_left -= end - start;
}

static int note_stood_on(struct search *search)
{
    const struct mt_mark_run *run = search->run;
    if (!mt_ranges_start(&search->stood_on, run->root_count))
        return 0;
    for (uint32_t i = 0; i < run->root_count; i++)
        if (run->roots[i].thread && run->roots[i].end)
            mt_ranges_add(&search->stood_on, run->roots[i].start, run->roots[i].end, 0);
    mt_ranges_sort(&search->stood_on);
    return 1;
}

/* What a thread stands on (a block, a mapping of the program's) is not read as a whole. */
static int is_stood_on(const struct search *search, mt_object object)
{
    const uint64_t start = mt_object_start(search->run->objects, object);
    const uint64_t end = start + mt_object_size(search->run->objects, object);
    const struct mt_range *last = end > start ? mt_ranges_before(&search->stood_on, end - 1) : NULL;
    return last && last->start >= start;
}

static void read_object(struct search *search, uint32_t number)
{
    const struct mt_mark_run *run = search->run;
    const mt_object object = search->list[number].object;
    search->from = number + 1;
    search->verdict = mt_object_verdict(run->objects, object);
    if (search->verdict == MT_VERDICT_REACHABLE && is_stood_on(search, object))
        return;
    mt_mark_each_stretch(run, object, look_through, search);
}

/* Reads what has been met, in that order, and so on. */
static void read_on(struct search *search)
{
    for (uint32_t i = 0; i < search->count && is_wanted(search); i++) {
        if (i + AHEAD < search->count)
            mt_object_prefetch(search->run->objects, search->list[i + AHEAD].object);
        read_object(search, i);
    }
    while (search->count > 0)
        search->met[search->list[--search->count].object / 64] = 0; /* all of them go */
    mt_settled_clear(&search->run->settled);
    search->from = 0;
}

static void search_lost(struct search *search)
{
    const struct mt_mark_run *run = search->run;
    search->verdict = MT_VERDICT_DEFINITE;
    search->bytes_left = MT_CHAIN_BYTES_MAX;
    if (!is_wanted(search))
        return;
    for (uint32_t i = 0; i < run->head_count && i < MT_CHAIN_OBJECTS_MAX / 2; i++)
        meet(search, run->heads[i].head, 0);
    read_on(search);
}

static void read_roots(struct search *search, int of_threads)
{
    const struct mt_mark_run *run = search->run;
    for (search->root = 0; search->root < run->root_count; search->root++) {
        const struct mt_root *root = &run->roots[search->root];
        search->owner = root->owner;
        if (root->end && !root->thread == !of_threads)
            look_through(search, root->start, root->end);
    }
    search->owner = MT_OWNER_PROGRAM;
}

/* A module's data first: it says more than what happens to be on a stack as well. */
static void search_kept(struct search *search)
{
    const struct mt_mark_run *run = search->run;
    search->verdict = MT_VERDICT_REACHABLE;
    search->bytes_left = MT_CHAIN_BYTES_MAX;
    if (!is_wanted(search))
        return;
    read_roots(search, 0);
    read_roots(search, 1);
    for (uint32_t i = 0; i < run->root_count; i++)
        if (!run->roots[i].end)
            meet(search, run->roots[i].start, 0);
    read_on(search);
}

void mt_chains_write(const struct mt_scan_job *job, struct mt_mark_run *run)
{
    struct search search = {.run = run};
    if (run->is_in_place || !mt_places_start(&search.places, job, run) ||
        !mt_scan_sites_find(&search.sites, run, job->header, job->units))
        return;
    search.list = mt_map_kept(MT_CHAIN_OBJECTS_MAX * sizeof *search.list);
    search.met = mt_map_kept(((uint64_t)run->objects->all_leaves + 1) * MT_LEAF_WORDS / 8);
    if (!search.list || !search.met || !note_stood_on(&search))
        return;
    mt_settled_clear(&run->settled);
    search_lost(&search);
    search_kept(&search);
}
