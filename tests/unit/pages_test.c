/* Pages of objects: random address spaces and blocks against a model that has one state per page;
 * the sums over all blocks and over what none covers are those of the pages. */
#include <string.h>
#include "built.h"
#include "sites.h"

enum { BASE = 0x10000000, PAGE = 4096, PAGES = 600, ROUNDS = 40, TAKEN_MS = 5000 };

/* What the model knows of a page. */
enum state { NO_AREA, NO_PAGES, NOWHERE, RESIDENT, HUGE, OF_FILE, ZERO, SWAPPED, STATES };
static enum state model[PAGES];
static unsigned char covered[PAGES * PAGE];

static const unsigned bits[STATES] = {
    [RESIDENT] = MT_PAGE_PRESENT,
    [HUGE] = MT_PAGE_PRESENT | MT_PAGE_HUGE,
    [OF_FILE] = MT_PAGE_PRESENT | MT_PAGE_FILE,
    [ZERO] = MT_PAGE_PRESENT | MT_PAGE_ZERO,
    [SWAPPED] = MT_PAGE_SWAPPED,
};

static unsigned below(unsigned limit)
{
    return (unsigned)rand() % limit;
}

/* ---- the address space, in the model and in the trace ---- */

static void add_runs(struct trace_builder *builder, unsigned start, unsigned end)
{
    for (unsigned page = start; page < end;) {
        const enum state state = NOWHERE + below(STATES - NOWHERE);
        unsigned count = 1 + below(9);
        count = count < end - page ? count : end - page;
        for (unsigned i = 0; i < count; i++)
            model[page + i] = state;
        if (state != NOWHERE)
            mt_builder_pages(builder, page - start, count, bits[state]);
        page += count;
    }
}

static void add_areas(struct trace_builder *builder)
{
    memset(model, 0, sizeof model);
    for (unsigned page = below(5); page < PAGES;) {
        unsigned end = page + 1 + below(60);
        end = end < PAGES ? end : PAGES;
        struct mt_area *area =
            mt_builder_area(builder, BASE + (uint64_t)page * PAGE, BASE + (uint64_t)end * PAGE, "");
        if (below(5) == 0) {
            area->flags |= MT_AREA_NO_PAGES;
            for (unsigned i = page; i < end; i++)
                model[i] = NO_PAGES;
        } else {
            add_runs(builder, page, end);
        }
        page = end + (below(2) ? below(7) : 0);
    }
}

static void add_blocks(struct trace_builder *builder)
{
    const uint32_t stack = mt_builder_node(builder, 0, 0x1000, 0, MT_FN_MALLOC);
    memset(covered, 0, sizeof covered);
    for (uint64_t at = 0; at < PAGES * PAGE;) {
        const unsigned largest = below(4) ? 300 : 40000;
        uint64_t bytes = below(largest);
        bytes = at + bytes <= PAGES * PAGE ? bytes : PAGES * PAGE - at;
        mt_builder_block(builder, BASE + at, bytes, stack, 1, 7);
        memset(covered + at, 1, bytes);
        at = (at + bytes + 64) / 32 * 32 + 32 * below(8);
    }
}

/* ---- what must come out ---- */

static void count_bytes(struct mt_pages *pages, enum state state, uint64_t bytes)
{
    pages->resident += state == RESIDENT || state == HUGE || state == OF_FILE ? bytes : 0;
    pages->huge += state == HUGE ? bytes : 0;
    pages->swapped += state == SWAPPED ? bytes : 0;
    pages->never_touched += state == NOWHERE || state == ZERO ? bytes : 0;
    pages->unseen += state == NO_AREA || state == NO_PAGES ? bytes : 0;
}

static struct mt_pages by_model(uint64_t address, uint64_t bytes)
{
    struct mt_pages pages = {0};
    const uint64_t end = address - BASE + bytes;
    for (uint64_t at = address - BASE; at < end;) {
        const uint64_t page_end = (at / PAGE + 1) * PAGE, next = page_end < end ? page_end : end;
        count_bytes(&pages, model[at / PAGE], next - at);
        at = next;
    }
    return pages;
}

static void compare(const struct mt_pages *found, const struct mt_pages *wanted)
{
    ck_assert_mem_eq(found, wanted, sizeof *found);
}

struct comparing {
    struct mt_page_walk ascending, jumping;
    struct mt_pages_sum sum;
};

static int compare_block(const struct mt_block *block, void *context)
{
    struct comparing *comparing = context;
    const struct mt_pages wanted = by_model(block->address, block->size_bytes);
    struct mt_pages found =
        mt_pages_next(&comparing->ascending, block->address, block->size_bytes, block->born_ms);
    compare(&found, &wanted);
    mt_pages_add(&comparing->sum, &found, 1);

    const uint64_t other = BASE + below(PAGES * PAGE - 50000), bytes = below(50000);
    const struct mt_pages there = by_model(other, bytes);
    found = mt_pages_next(&comparing->jumping, other, bytes, 0);
    compare(&found, &there);

    found = mt_pages_next(&comparing->jumping, other, bytes, TAKEN_MS + 1);
    ck_assert_uint_eq(found.unseen, bytes);
    return 0;
}

static void check_sums(const struct mt_pages_sum *blocks)
{
    struct mt_pages_sum sum = *blocks;
    struct mt_pages all = {0}, uncovered = {0};
    for (unsigned at = 0; at < PAGES * PAGE; at++) {
        count_bytes(&all, model[at / PAGE], 1);
        if (!covered[at])
            count_bytes(&uncovered, model[at / PAGE], 1);
    }
    mt_pages_add(&sum, &uncovered, 1);
    const struct mt_pages found = mt_pages_round(&sum);
    compare(&found, &all);
}

START_TEST(pages_are_split_among_the_blocks_in_them)
{
    for (unsigned round = 0; round < ROUNDS; round++) {
        srand(round);
        struct trace_builder *builder = mt_builder_create(5);
        add_blocks(builder);
        mt_builder_snapshot(builder, MT_CAUSE_EXIT, TAKEN_MS)->residency = MT_RESIDENCY_SCAN;
        add_areas(builder);
        struct mt_trace *trace = mt_open_built(builder);
        struct comparing comparing = {mt_pages_begin(trace), mt_pages_begin(trace), {0}};
        ck_assert_int_eq(mt_trace_blocks(trace, compare_block, &comparing), 0);
        check_sums(&comparing.sum);

        struct mt_sites *sites;
        struct mt_error error;
        const struct mt_site_filter all = {.verdicts = MT_VERDICTS_ALL,
                                           .born_before_ms = UINT64_MAX};
        ck_assert_int_eq(mt_sites_collect(trace, &all, &sites, &error), MT_OK);
        ck_assert_uint_eq(mt_sites_count(sites), 1);
        const struct mt_pages sum = mt_pages_round(&comparing.sum);
        compare(&mt_sites_at(sites, 0)->pages, &sum);
        mt_sites_free(sites);
        mt_trace_close(trace);
    }
}
END_TEST

START_TEST(what_is_known_depends_on_the_way_it_was_asked)
{
    static const struct {
        const char *method;
        enum mt_residency residency;
        bool has_resident, has_swapped, has_huge;
    } wanted[] = {
        {NULL, MT_RESIDENCY_NONE, false, false, false},
        {"pagemap_scan", MT_RESIDENCY_SCAN, true, true, true},
        {"pagemap", MT_RESIDENCY_PAGEMAP, true, true, false},
        {"mincore", MT_RESIDENCY_MINCORE, true, false, false},
        {NULL, (enum mt_residency)77, false, false, false},
    };
    for (unsigned i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        struct trace_builder *builder = mt_builder_create(5);
        mt_builder_snapshot(builder, MT_CAUSE_EXIT, 1)->residency = wanted[i].residency;
        struct mt_trace *trace = mt_open_built(builder);
        const struct mt_pages_known known = mt_pages_known(trace);
        ck_assert_pstr_eq(known.method, wanted[i].method);
        ck_assert_int_eq(known.has_resident, wanted[i].has_resident);
        ck_assert_int_eq(known.has_swapped, wanted[i].has_swapped);
        ck_assert_int_eq(known.has_huge, wanted[i].has_huge);
        mt_trace_close(trace);
    }
}
END_TEST

START_TEST(without_a_snapshot_nothing_is_known)
{
    struct trace_builder *builder = mt_builder_create(5);
    struct mt_trace *trace = mt_open_built(builder);
    struct mt_page_walk walk = mt_pages_begin(trace);
    ck_assert_ptr_null(mt_pages_known(trace).method);
    ck_assert_uint_eq(mt_pages_next(&walk, BASE, 100, 0).unseen, 100);
    mt_trace_close(trace);
}
END_TEST

MT_UNIT_TESTS("pages", pages_are_split_among_the_blocks_in_them,
              what_is_known_depends_on_the_way_it_was_asked, without_a_snapshot_nothing_is_known)
