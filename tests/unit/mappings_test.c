/* The preload's table of mappings against a model that is too simple to be wrong: an array with an
 * entry for each page. Random operations, then all records are read from the trace as the analyzer
 * reads them, and every page is compared. With one thread, with several that have regions of their
 * own, and with a signal handler that does the same in the middle of theirs. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include "extents.h"
#include "mappings.h"
#include "process.h"
#include "unit.h"

enum { PAGE = 4096, PAGES = 512, EXTENTS_MAX = 64, REGIONS_MAX = 5 };

/* ---- what stands around the table in the preload ---- */

struct mt_process *mt_process;
static struct mt_extent *extents[EXTENTS_MAX];
static unsigned extent_count, extents_allowed;

struct mt_extent *mt_extent_take(uint32_t units)
{
    (void)units;
    if (extent_count == extents_allowed)
        return NULL;
    struct mt_extent *extent =
        mmap(NULL, MT_UNIT_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return extents[extent_count++] = extent;
}

void mt_extent_publish(struct mt_extent *extent, enum mt_extent_kind kind, uint32_t units,
                       uint32_t ordinal, uint64_t used)
{
    extent->kind = kind;
    extent->units = units;
    extent->ordinal = ordinal;
    extent->used = used;
}

static void begin(unsigned extents_max)
{
    mt_process = calloc(1, sizeof *mt_process);
    mt_process->header = calloc(1, sizeof *mt_process->header);
    extents_allowed = extents_max;
}

/* ---- the model ---- */

struct page {
    uint64_t birth; /* 0: not mapped */
    uint64_t skipped;
    unsigned protection;
};

/* A range of addresses that really is mapped, so that put_back finds it so. */
struct region {
    uint64_t start;
    uint64_t random;
    struct page page[PAGES];
};

static struct region regions[REGIONS_MAX];

/* Check's own assertions take a lock and a system call: too much for signal handlers and for
 * millions of pages. */
#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

static void begin_region(struct region *region, uint64_t seed)
{
    void *at = mmap(NULL, PAGES * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    MUST(at != MAP_FAILED);
    *region = (struct region){.start = (uint64_t)at, .random = seed};
}

static unsigned below(struct region *region, unsigned limit)
{
    region->random = region->random * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (unsigned)(region->random >> 33) % limit;
}

static void do_insert(struct region *region, unsigned first, unsigned count)
{
    const struct mt_mapping mapping = {.address = region->start + first * PAGE,
                                       .bytes = (uint64_t)count * PAGE,
                                       .stack = 4,
                                       .kind_state = MT_MAPPING_ANONYMOUS,
                                       .protection = (uint8_t)below(region, 3)};
    const uint64_t birth = mt_mapping_insert(&mapping);
    MUST(birth != 0);
    for (unsigned i = 0; i < count; i++)
        region->page[first + i] = (struct page){birth, i * PAGE, mapping.protection};
}

static void do_remove(struct region *region, unsigned first, unsigned count)
{
    mt_mapping_drop(
        mt_mapping_take(region->start + first * PAGE, region->start + (first + count) * PAGE));
    memset(&region->page[first], 0, count * sizeof region->page[0]);
}

static void do_fail(struct region *region, unsigned first, unsigned count)
{
    mt_mapping_put_back(
        mt_mapping_take(region->start + first * PAGE, region->start + (first + count) * PAGE));
}

static void do_protect(struct region *region, unsigned first, unsigned count)
{
    const unsigned protection = below(region, 3);
    mt_mapping_protect(region->start + first * PAGE, region->start + (first + count) * PAGE,
                       protection, 1);
    for (unsigned i = first; i < first + count; i++)
        if (region->page[i].birth)
            region->page[i].protection = protection;
}

static void do_forget(struct region *region, unsigned first)
{
    struct mt_mapping mapping;
    const uint64_t at = region->start + first * PAGE;
    if (!mt_mapping_find(at, &mapping) || mapping.address > at)
        return;
    MUST(mapping.birth == region->page[first].birth);
    mt_mapping_forget(mapping.address, mapping.birth + 1); /* another one: nothing happens */
    mt_mapping_forget(mapping.address, mapping.birth);
    memset(&region->page[(mapping.address - region->start) / PAGE], 0,
           mapping.bytes / PAGE * sizeof region->page[0]);
}

static void step(struct region *region)
{
    static void (*const changes[])(struct region *, unsigned, unsigned) = {
        do_insert, do_insert, do_remove, do_remove, do_fail, do_protect, do_protect};
    const unsigned what = below(region, 60), first = below(region, PAGES);
    const unsigned most = below(region, 8) ? 12 : PAGES;
    unsigned count = 1 + below(region, most);
    if (count > PAGES - first)
        count = PAGES - first;
    if (what == 0)
        do_forget(region, first);
    else
        changes[what % 7](region, first, count);
}

/* ---- comparing ---- */

static const struct mt_mapping *slot(unsigned extent, unsigned i)
{
    return (const struct mt_mapping *)((const char *)extents[extent] + (1 + i) * MT_MAPPING_BYTES);
}

/* Lays the records of a region out by pages; each must lie alone where it lies. */
static unsigned read_pages(const struct region *region, struct page pages[PAGES])
{
    unsigned count = 0;
    memset(pages, 0, PAGES * sizeof pages[0]);
    for (unsigned extent = 0; extent < extent_count; extent++) {
        for (unsigned i = 0; i < extents[extent]->used; i++) {
            const struct mt_mapping *record = slot(extent, i);
            if (!record->sequence || record->address - region->start >= PAGES * PAGE)
                continue;
            count++;
            for (uint64_t offset = 0; offset < record->bytes; offset += PAGE) {
                struct page *page = &pages[(record->address + offset - region->start) / PAGE];
                MUST(page->birth == 0);
                *page = (struct page){record->birth, record->skipped_bytes + offset,
                                      record->protection};
            }
        }
    }
    return count;
}

/* Records as few as there can be: a new one where something changes from page to page. */
static unsigned least_records(const struct region *region)
{
    unsigned count = 0;
    for (unsigned i = 0; i < PAGES; i++) {
        const struct page *page = &region->page[i], *last = i ? page - 1 : NULL;
        if (page->birth &&
            (!last || last->birth != page->birth || last->protection != page->protection))
            count++;
    }
    return count;
}

static void compare(const struct region *region)
{
    struct page pages[PAGES];
    const unsigned records = read_pages(region, pages);
    for (unsigned i = 0; i < PAGES; i++) {
        MUST(pages[i].birth == region->page[i].birth);
        MUST(pages[i].protection == region->page[i].protection);
        MUST(pages[i].skipped == region->page[i].skipped);
    }
    MUST(records == least_records(region));
}

/* ---- tests ---- */

START_TEST(random_operations_agree_with_an_array_of_pages)
{
    begin(EXTENTS_MAX);
    begin_region(&regions[0], 1);
    for (unsigned i = 0; i < 400000; i++) {
        step(&regions[0]);
        if (i % 64 == 0 || i < 2000)
            compare(&regions[0]);
    }
    compare(&regions[0]);
    ck_assert_uint_eq(extent_count, 1); /* slots are used again */
    ck_assert_uint_eq(mt_process->header->lost_mappings, 0);
}
END_TEST

static void *run_region(void *argument)
{
    for (unsigned i = 0; i < 60000; i++)
        step(argument);
    return NULL;
}

static volatile sig_atomic_t handled;

static void handle(int signal)
{
    static volatile int is_inside; /* its region is one thread's at a time */
    const int error = errno;
    (void)signal;
    if (__atomic_exchange_n(&is_inside, 1, __ATOMIC_ACQUIRE))
        return;
    for (int i = 0; i < 5; i++)
        step(&regions[REGIONS_MAX - 1]);
    handled++;
    errno = error;
    __atomic_store_n(&is_inside, 0, __ATOMIC_RELEASE);
}

START_TEST(threads_and_signal_handlers_do_not_disturb_each_other)
{
    pthread_t threads[REGIONS_MAX - 1];
    const struct itimerval often = {{0, 200}, {0, 200}}, never = {{0, 0}, {0, 0}};
    begin(EXTENTS_MAX);
    for (unsigned i = 0; i < REGIONS_MAX; i++)
        begin_region(&regions[i], 100 + i);
    signal(SIGALRM, handle);
    setitimer(ITIMER_REAL, &often, NULL);
    for (unsigned i = 0; i < REGIONS_MAX - 1; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, run_region, &regions[i]), 0);
    for (unsigned i = 0; i < REGIONS_MAX - 1; i++)
        pthread_join(threads[i], NULL);
    setitimer(ITIMER_REAL, &never, NULL);
    for (unsigned i = 0; i < REGIONS_MAX; i++)
        compare(&regions[i]);
    ck_assert_int_gt(handled, 10);
    ck_assert_uint_eq(mt_process->header->lost_mappings, 0);
}
END_TEST

START_TEST(a_million_mappings_made_and_unmade_take_one_extent)
{
    begin(EXTENTS_MAX);
    begin_region(&regions[0], 7);
    for (unsigned i = 0; i < 1000000; i++) {
        do_insert(&regions[0], i % PAGES, 1);
        do_remove(&regions[0], i % PAGES, 1);
    }
    compare(&regions[0]);
    ck_assert_uint_eq(extent_count, 1);
}
END_TEST

START_TEST(what_finds_no_room_is_counted)
{
    begin(1);
    const uint64_t start = UINT64_C(1) << 40;
    for (unsigned i = 0; i < MT_MAPPINGS_PER_EXTENT + 5; i++) {
        const struct mt_mapping mapping = {.address = start + 3 * i * PAGE, .bytes = 3 * PAGE};
        ck_assert_int_eq(mt_mapping_insert(&mapping) != 0, i < MT_MAPPINGS_PER_EXTENT);
    }
    ck_assert_uint_eq(mt_process->header->lost_mappings, 5);
    /* A hole in the middle needs a record more than there is room for: the upper part is lost. */
    mt_mapping_drop(mt_mapping_take(start + PAGE, start + 2 * PAGE));
    ck_assert_uint_eq(mt_process->header->lost_mappings, 6);
    struct mt_mapping left;
    ck_assert_int_eq(mt_mapping_find(start, &left), 1);
    ck_assert_uint_eq(left.bytes, PAGE);
    ck_assert_int_eq(mt_mapping_find(start + PAGE, &left), 1);
    ck_assert_uint_eq(left.address, start + 3 * PAGE);
}
END_TEST

START_TEST(what_a_failed_call_unmapped_is_not_put_back)
{
    begin(EXTENTS_MAX);
    begin_region(&regions[0], 1);
    do_insert(&regions[0], 0, 2);
    do_insert(&regions[0], 2, 2);
    const mt_taken taken = mt_mapping_take(regions[0].start, regions[0].start + 4 * PAGE);
    munmap((void *)regions[0].start, 2 * PAGE);
    mt_mapping_put_back(taken);
    memset(regions[0].page, 0, 2 * sizeof regions[0].page[0]);
    compare(&regions[0]);
}
END_TEST

START_TEST(growth_of_the_break_by_one_stack_is_one_mapping)
{
    begin(EXTENTS_MAX);
    struct mt_mapping mapping = {
        .address = 1 << 20, .bytes = 100, .stack = 4, .kind_state = MT_MAPPING_BRK};
    const uint64_t birth = mt_mapping_insert(&mapping);
    for (int i = 0; i < 10; i++) {
        mapping.address += 100;
        ck_assert_uint_eq(mt_mapping_insert(&mapping), birth);
    }
    mapping.address += 100;
    mapping.stack = 5;
    ck_assert_uint_ne(mt_mapping_insert(&mapping), birth);
    struct mt_mapping found;
    ck_assert_int_eq(mt_mapping_find(1 << 20, &found), 1);
    ck_assert_uint_eq(found.bytes, 1100);
    ck_assert_uint_eq(mt_process->mappings->live, 2);
}
END_TEST

/* A reader must not find it gone: its record is never taken out to be changed. */
START_TEST(what_is_protected_in_part_keeps_its_record)
{
    const uint64_t start = 1 << 20;
    const struct mt_mapping mapping = {
        .address = start, .bytes = 8 * PAGE, .protection = 3, .kind_state = MT_MAPPING_ANONYMOUS};
    begin(1);
    mt_mapping_insert(&mapping);
    const struct mt_mapping *record = (const struct mt_mapping *)(extents[0] + 1);
    const uint64_t sequence = record->sequence;
    mt_mapping_protect(start + 3 * PAGE, start + 4 * PAGE, 1, 1);
    ck_assert_uint_eq(mt_process->mappings->live, 3);
    ck_assert_uint_eq(record->bytes, 3 * PAGE);
    mt_mapping_protect(start, start + 2 * PAGE, 3, 0);
    mt_mapping_protect(start, start + 8 * PAGE, 3, 1);
    ck_assert_uint_eq(mt_process->mappings->live, 1);
    ck_assert_uint_eq(mt_process->mappings->bytes, 8 * PAGE);
    ck_assert_uint_eq(record->bytes, 8 * PAGE);
    ck_assert_uint_eq(record->sequence, sequence);
    ck_assert_uint_eq(record->protection, 3);
    ck_assert_uint_eq(record->kind_state, MT_MAPPING_ANONYMOUS);
}
END_TEST

MT_UNIT_TESTS("mappings", what_is_protected_in_part_keeps_its_record,
              random_operations_agree_with_an_array_of_pages,
              threads_and_signal_handlers_do_not_disturb_each_other,
              a_million_mappings_made_and_unmade_take_one_extent, what_finds_no_room_is_counted,
              what_a_failed_call_unmapped_is_not_put_back,
              growth_of_the_break_by_one_stack_is_one_mapping)
