/* marks_test.c: the preload's marks over heaps that are made up at random, and chains, held against
 * what is right by definition, found the slow way. A heap is a piece of real memory in which blocks
 * lie as glibc puts them, beside it a trace with their records, and an array of roots. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include "ranges.h"
#include "scan_chains.h"
#include "scan_mark.h"
#include "snapshot.h"
#include "unit.h"

enum {
    HEAP_BYTES = 1 << 19,
    RUN_BYTES = MT_LEAF_WORDS * 32,
    LEAVES = HEAP_BYTES / RUN_BYTES,
    TRACE_UNITS = 16,
    BLOCKS_MAX = 90,
    ROOTS_MAX = 8,
    STACKS = 40, /* few, so that sites have several blocks */
    ROUNDS = 500,
};

struct block {
    uint64_t start, bytes;
};

static char *heap;
static struct mt_header *trace;
static uint64_t *words[LEAVES];
static struct block blocks[BLOCKS_MAX];
static int count;
static uint64_t roots[ROOTS_MAX];
static struct mt_objects objects;
static struct mt_mark_run marks;

static unsigned any(unsigned below)
{
    return (unsigned)rand() % below;
}

/* ---- the made-up heap ---- */

static void make_trace(void)
{
    memset(trace, 0, TRACE_UNITS * MT_UNIT_BYTES);
    struct mt_extent *extent = (struct mt_extent *)((char *)trace + MT_UNIT_BYTES);
    *extent = (struct mt_extent){.magic = MT_EXTENT_MAGIC,
                                 .kind = MT_EXTENT_LEAVES,
                                 .units = TRACE_UNITS - 2,
                                 .used = LEAVES};
    *(struct mt_extent *)((char *)trace + (TRACE_UNITS - 1) * MT_UNIT_BYTES) = (struct mt_extent){
        .magic = MT_EXTENT_MAGIC, .kind = MT_EXTENT_NODES, .units = 1, .used = STACKS};
    /* Leaves come in the order of first use, not of addresses. */
    for (int i = 0; i < LEAVES; i++) {
        const int run = i * 7 % LEAVES;
        ((uint64_t *)((char *)extent + MT_LEAF_BASES_OFFSET))[i] =
            (uintptr_t)heap + (uintptr_t)run * RUN_BYTES;
        words[run] = (uint64_t *)((char *)extent + (1 + i) * MT_LEAF_BYTES);
    }
}

static void record(struct block block)
{
    const uint64_t offset = block.start - (uintptr_t)heap;
    uint64_t *word = words[offset / RUN_BYTES] + offset % RUN_BYTES / 32;
    *word = 1 + any(STACKS - 1);
    *word |= offset & 16 ? MT_WORD_HALF : 0;
    *word |= mt_is_large(block.bytes) ? MT_WORD_LARGE | block.bytes << MT_WORD_LARGE_SIZE_SHIFT
                                      : block.bytes << MT_WORD_SMALL_SIZE_SHIFT;
}

static void make_blocks(void)
{
    static const unsigned sizes[] = {
        0, 8, 24, 40, 48, 49, 100, 1000, 5000, RUN_BYTES - 8, RUN_BYTES + 8, 3 * RUN_BYTES};
    uint64_t at = 16 + 16 * any(600);
    for (count = 0; count < BLOCKS_MAX; count++) {
        const unsigned kind = any(12) ? any(8) : any(12);
        const struct block block = {(uintptr_t)heap + at, sizes[kind]};
        const uint64_t next = at + ((block.bytes + 8 + 15) & ~UINT64_C(15));
        if (next + 64 > HEAP_BYTES)
            return;
        blocks[count] = block;
        record(block);
        at = next < at + 32 ? at + 32 : next;
        at += any(4) ? 0 : 16 * any(40);
    }
}

/* Mostly to starts, some inside, one past the end, and some that are none. */
static uint64_t any_pointer(void)
{
    const struct block *block = &blocks[any((unsigned)count)];
    switch (any(8)) {
    case 0:
        return block->start + (block->bytes ? any((unsigned)block->bytes) : 0);
    case 1:
        return block->start + block->bytes;
    case 2:
        return (uintptr_t)heap + any(HEAP_BYTES);
    default:
        return block->start;
    }
}

static void make_pointers(void)
{
    ck_assert_int_gt(count, 0);
    const unsigned pointers = any((unsigned)count * 2);
    memset(heap, 0, HEAP_BYTES);
    for (unsigned i = 0; i < pointers; i++) {
        const struct block *block = &blocks[any((unsigned)count)];
        if (block->bytes >= 8)
            ((uint64_t *)block->start)[any((unsigned)block->bytes / 8)] = any_pointer();
    }
    for (unsigned i = 0; i < ROOTS_MAX; i++)
        roots[i] = any(3) ? any_pointer() : 0;
}

/* ---- by definition ---- */

static int block_around(uint64_t address)
{
    for (int i = 0; i < count; i++)
        if (address == blocks[i].start || address - blocks[i].start < blocks[i].bytes)
            return i;
    return -1;
}

/* leads[a][b]: pointers in block a lead to b, by starts alone or by any. */
static bool leads_to_start[BLOCKS_MAX][BLOCKS_MAX], leads[BLOCKS_MAX][BLOCKS_MAX];

static void close_over(bool relation[BLOCKS_MAX][BLOCKS_MAX])
{
    for (int via = 0; via < count; via++)
        for (int from = 0; from < count; from++)
            for (int to = 0; relation[from][via] && to < count; to++)
                relation[from][to] |= relation[via][to];
}

static void follow_all(void)
{
    memset(leads_to_start, 0, sizeof leads_to_start);
    memset(leads, 0, sizeof leads);
    for (int i = 0; i < count; i++) {
        leads[i][i] = leads_to_start[i][i] = true;
        for (uint64_t word = 0; word < blocks[i].bytes / 8; word++) {
            const uint64_t pointer = ((uint64_t *)blocks[i].start)[word];
            const int to = block_around(pointer);
            if (to < 0)
                continue;
            leads[i][to] = true;
            leads_to_start[i][to] |= pointer == blocks[to].start;
        }
    }
    close_over(leads);
    close_over(leads_to_start);
}

static bool is_led_to(int block, bool by_starts)
{
    for (int i = 0; i < ROOTS_MAX; i++) {
        const int to = block_around(roots[i]);
        if (to >= 0 && (by_starts ? roots[i] == blocks[to].start && leads_to_start[to][block]
                                  : leads[to][block]))
            return true;
    }
    return false;
}

/* ---- the marks ---- */

static mt_object object_of(int block)
{
    int is_start = 0;
    const mt_object object = mt_object_at(&objects, blocks[block].start, &is_start);
    ck_assert(is_start);
    ck_assert_uint_eq(mt_object_start(&objects, object), blocks[block].start);
    ck_assert_uint_eq(mt_object_size(&objects, object), blocks[block].bytes);
    return object;
}

static void run_marks(void)
{
    static struct mt_range area;
    static struct mt_ranges areas = {&area, 1, 1};
    area = (struct mt_range){(uintptr_t)heap, (uintptr_t)heap + HEAP_BYTES,
                             MT_AREA_READS | MT_AREA_WRITES};
    objects = (struct mt_objects){.granule_shift = 5};
    marks = (struct mt_mark_run){.objects = &objects, .areas = &areas};
    marks.pages = (struct mt_pages){.fd = -1, .page_bytes = 4096};
    ck_assert(mt_objects_build(&objects, trace, TRACE_UNITS, NULL));
    ck_assert(mt_mark_start(&marks));
    marks.room = 1 + any(3); /* too little, to be grey is the rule */
    mt_mark_root(&marks, (uintptr_t)roots, (uintptr_t)(roots + ROOTS_MAX));
    mt_mark_finish(&marks);
}

static bool is(int block, enum mt_verdict verdict)
{
    return mt_object_verdict(&objects, object_of(block)) == verdict;
}

static void give_back(void)
{
    munmap(marks.stack, MT_MARK_STACK_ROOM * sizeof *marks.stack);
    munmap(marks.heads, MT_HEADS_ROOM * sizeof *marks.heads);
    munmap(marks.roots, MT_ROOTS_ROOM * sizeof *marks.roots);
    munmap(objects.runs, (1 << 16) * sizeof *objects.runs);
}

static void hold_heads(void)
{
    uint64_t lost = 0, heads = 0, held = 0;
    for (int i = 0; i < count; i++) {
        if (is(i, MT_VERDICT_REACHABLE) || is(i, MT_VERDICT_POSSIBLE))
            continue;
        const bool is_head = is(i, MT_VERDICT_DEFINITE);
        bool is_below_head = false;
        for (int head = 0; head < count; head++)
            is_below_head |= head != i && leads[head][i] && is(head, MT_VERDICT_DEFINITE);
        ck_assert_int_eq(is_below_head, !is_head);
        lost++;
        heads += is_head;
    }
    for (uint32_t i = 0; i < marks.head_count; i++)
        held += marks.heads[i].objects;
    ck_assert_uint_eq(heads + held, lost);
}

START_TEST(marks_are_right_by_definition)
{
    heap = mmap(NULL, HEAP_BYTES + RUN_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                -1, 0);
    trace = mmap(NULL, TRACE_UNITS * MT_UNIT_BYTES, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert(heap != MAP_FAILED && trace != MAP_FAILED);
    heap = (char *)(((uintptr_t)heap + RUN_BYTES - 1) & ~(uintptr_t)(RUN_BYTES - 1));
    for (int round = 0; round < ROUNDS; round++) {
        srand((unsigned)round);
        make_trace();
        make_blocks();
        make_pointers();
        follow_all();
        run_marks();
        for (int i = 0; i < count; i++) {
            const bool is_reachable = is_led_to(i, true);
            ck_assert_msg(is(i, MT_VERDICT_REACHABLE) == is_reachable, "round %d block %d", round,
                          i);
            ck_assert_msg((is(i, MT_VERDICT_POSSIBLE) || is_reachable) == is_led_to(i, false),
                          "round %d block %d", round, i);
        }
        hold_heads();
        give_back();
    }
}
END_TEST

/* ---- chains ---- */

enum { CHAIN_BYTES_MAX = sizeof(struct mt_chain) + MT_CHAIN_LINKS_MAX * sizeof(struct mt_link) };

static struct {
    char chains[BLOCKS_MAX][CHAIN_BYTES_MAX] __attribute__((aligned(8)));
    unsigned links[BLOCKS_MAX];
    int count;
} said;

/* No mapping of these heaps has a file behind it. */
uint64_t mt_holes_next_data(const struct mt_holes *holes, uint64_t start, uint64_t end)
{
    ck_assert_uint_eq(holes->count, 0);
    ck_assert_uint_le(start, end);
    return start;
}

int mt_snapshot_say(enum mt_snapshot_fact kind, const void *head, size_t head_bytes,
                    const void *tail, size_t tail_bytes)
{
    ck_assert_int_eq(kind, MT_SNAPSHOT_CHAIN);
    ck_assert_int_lt(said.count, BLOCKS_MAX);
    ck_assert_uint_le(head_bytes + tail_bytes, CHAIN_BYTES_MAX);
    memcpy(said.chains[said.count], head, head_bytes);
    memcpy(said.chains[said.count] + head_bytes, tail, tail_bytes);
    said.links[said.count++] = (unsigned)(tail_bytes / sizeof(struct mt_link));
    return 1;
}

static uint64_t stack_of(int block)
{
    const mt_object object = object_of(block);
    return mt_object_word(&objects, object) & MT_WORD_STACK;
}

static enum mt_verdict verdict_of(int block)
{
    return mt_object_verdict(&objects, object_of(block));
}

/* The pointers that a verdict goes by. */
static bool leads_on(enum mt_verdict from, int to, uint64_t pointer)
{
    if (verdict_of(to) == MT_VERDICT_REACHABLE)
        return from == MT_VERDICT_REACHABLE && pointer == blocks[to].start;
    if (verdict_of(to) == MT_VERDICT_POSSIBLE)
        return from == MT_VERDICT_REACHABLE || from == MT_VERDICT_POSSIBLE;
    return verdict_of(to) == MT_VERDICT_INDIRECT &&
           (from == MT_VERDICT_INDIRECT || from == MT_VERDICT_DEFINITE);
}

/* How many pointers lead to each block from a root or a head; 0: it is a head itself. */
static void measure(unsigned distances[BLOCKS_MAX])
{
    memset(distances, 0, sizeof *distances * BLOCKS_MAX);
    for (int i = 0; i < ROOTS_MAX; i++) {
        const int to = block_around(roots[i]);
        if (to >= 0 && leads_on(MT_VERDICT_REACHABLE, to, roots[i]))
            distances[to] = 1;
    }
    for (bool is_new = true; is_new;) {
        is_new = false;
        for (int i = 0; i < count; i++) {
            if (!distances[i] && verdict_of(i) != MT_VERDICT_DEFINITE)
                continue;
            for (uint64_t word = 0; word < blocks[i].bytes / 8; word++) {
                const uint64_t pointer = ((uint64_t *)blocks[i].start)[word];
                const int to = pointer ? block_around(pointer) : -1;
                if (to < 0 || !leads_on(verdict_of(i), to, pointer) ||
                    (distances[to] && distances[to] <= distances[i] + 1))
                    continue;
                distances[to] = distances[i] + 1;
                is_new = true;
            }
        }
    }
}

/* Each link is there, and leads from where the one before has led to. */
static void hold_links(const struct mt_chain *chain, unsigned links)
{
    enum mt_verdict from = MT_VERDICT_REACHABLE;
    int block = -1;
    for (unsigned i = 0; i < links; i++) {
        const struct mt_link *link = &chain->links[i];
        ck_assert_uint_eq(*(const uint64_t *)link->at, link->to);
        if (link->kind == MT_LINK_BLOCK) {
            const int holder = block_around(link->at);
            ck_assert_uint_eq(link->object, blocks[holder].start);
            if (i == 0)
                ck_assert_int_eq(verdict_of(holder), MT_VERDICT_DEFINITE);
            else
                ck_assert_int_eq(holder, block);
            from = verdict_of(holder);
        } else {
            ck_assert_uint_eq(i, 0);
            ck_assert_uint_eq(link->kind, MT_LINK_REGION);
            ck_assert(link->at >= (uintptr_t)roots && link->at < (uintptr_t)(roots + ROOTS_MAX));
        }
        block = block_around(link->to);
        ck_assert_int_ge(block, 0);
        ck_assert(leads_on(from, block, link->to));
    }
    ck_assert_uint_eq(blocks[block].start, chain->address);
    ck_assert_uint_eq(verdict_of(block), chain->verdict);
}

/* One chain for each site and verdict, to the nearest of its blocks. */
static void hold_chains(void)
{
    unsigned distances[BLOCKS_MAX], nearest[STACKS][MT_VERDICT_COUNT] = {0};
    int expected = 0;
    measure(distances);
    for (int i = 0; i < count; i++) {
        unsigned *least = &nearest[stack_of(i)][verdict_of(i)];
        expected += distances[i] && !*least;
        if (distances[i] && (!*least || distances[i] < *least))
            *least = distances[i];
    }
    ck_assert_int_eq(said.count, expected);
    for (int i = 0; i < said.count; i++) {
        const struct mt_chain *chain = (const struct mt_chain *)said.chains[i];
        unsigned *least = &nearest[stack_of(block_around(chain->address))][chain->verdict];
        ck_assert_uint_ge(said.links[i] + chain->skipped, *least);
        /* What is under several heads belongs to one of them, and that may be a farther one. */
        if (chain->verdict != MT_VERDICT_INDIRECT)
            ck_assert_uint_eq(said.links[i] + chain->skipped, *least);
        *least = 0; /* no second one */
        if (!chain->skipped)
            hold_links(chain, said.links[i]);
    }
}

START_TEST(chains_are_true_and_shortest)
{
    struct mt_parked self = {.tid = 1, .state = MT_PARK_SELF};
    const struct mt_threads threads = {&self, 1};
    int deepest = 0;
    heap = mmap(NULL, HEAP_BYTES + RUN_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                -1, 0);
    trace = mmap(NULL, TRACE_UNITS * MT_UNIT_BYTES, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert(heap != MAP_FAILED && trace != MAP_FAILED);
    heap = (char *)(((uintptr_t)heap + RUN_BYTES - 1) & ~(uintptr_t)(RUN_BYTES - 1));
    const struct mt_scan_job job = {.header = trace, .units = TRACE_UNITS, .threads = &threads};
    for (int round = 0; round < ROUNDS / 4; round++) {
        srand((unsigned)round + 4711);
        make_trace();
        make_blocks();
        make_pointers();
        run_marks();
        said.count = 0;
        mt_chains_write(&job, &marks);
        hold_chains();
        for (int i = 0; i < said.count; i++)
            deepest = (int)said.links[i] > deepest ? (int)said.links[i] : deepest;
        give_back();
    }
    ck_assert_int_ge(deepest, 5); /* else nothing was tried */
}
END_TEST

static bool is_found(uint64_t at)
{
    int is_start = 0;
    const mt_object object = mt_object_at(&objects, at, &is_start);
    const int block = block_around(at);
    if (block < 0)
        return object == MT_OBJECT_NONE;
    return object != MT_OBJECT_NONE && mt_object_start(&objects, object) == blocks[block].start &&
           is_start == (at == blocks[block].start);
}

/* Each address of a block, and around it, is found to be what it is. Check takes down each
 * assertion that holds: of millions those that do not are enough. */
START_TEST(addresses_are_found)
{
    heap = mmap(NULL, HEAP_BYTES + RUN_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                -1, 0);
    trace = mmap(NULL, TRACE_UNITS * MT_UNIT_BYTES, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    heap = (char *)(((uintptr_t)heap + RUN_BYTES - 1) & ~(uintptr_t)(RUN_BYTES - 1));
    for (int round = 0; round < 5; round++) {
        srand((unsigned)round + 7777);
        make_trace();
        make_blocks();
        objects = (struct mt_objects){.granule_shift = 5};
        ck_assert(mt_objects_build(&objects, trace, TRACE_UNITS, NULL));
        for (uint64_t at = (uintptr_t)heap; at < (uintptr_t)heap + HEAP_BYTES; at++) {
            if (mt_objects_near(&objects, at) && !is_found(at))
                ck_abort_msg("round %d, address %#" PRIx64, round, at);
        }
    }
}
END_TEST

/* A program that has allocated nothing. */
START_TEST(without_objects_no_address_is_near)
{
    static struct mt_header empty;
    objects = (struct mt_objects){.granule_shift = 5};
    ck_assert(mt_objects_build(&objects, &empty, 1, NULL));
    for (unsigned shift = 0; shift < 64; shift++)
        ck_assert(!mt_objects_near(&objects, UINT64_C(1) << shift));
    ck_assert(!mt_objects_near(&objects, 0));
}
END_TEST

MT_UNIT_TESTS("marks", addresses_are_found, marks_are_right_by_definition,
              chains_are_true_and_shortest, without_objects_no_address_is_near)
