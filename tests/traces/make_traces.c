/* make_traces.c: FOLDER: writes the traces of this folder, good ones and such as have one fault
 * each, after which they are named. See README.md. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "memtrace/trace_errors.h"
#include "memtrace/trace_freed.h"
#include "trace_builder.h"

/* Where sound_parts() puts things. */
enum { FACTS = 1, THREADS = 2, NODES = 3, LEAVES = 4, UNITS = 5 };

static struct mt_extent *extent_at(struct trace_builder *builder, uint64_t unit)
{
    return mt_builder_at(builder, unit * MT_UNIT_BYTES);
}

static void say_facts(struct trace_builder *builder)
{
    static const char command[] = "app\0-x\0a \"quoted\"\nargument";
    mt_builder_text(builder, MT_FACT_EXECUTABLE, "/usr/bin/app");
    mt_builder_fact(builder, MT_FACT_COMMAND, command, sizeof command);
    mt_builder_text(builder, MT_FACT_DIRECTORY, "/home/user");
    mt_builder_text(builder, MT_FACT_ALLOCATOR, "glibc 2.36");
    mt_builder_text(builder, MT_FACT_OPTIONS, "depth=64:quiet=1");
    mt_builder_module(builder, 0x400000, 0x500000, MT_MODULE_MAIN | MT_MODULE_STARTUP,
                      "/usr/bin/app");
    mt_builder_module(builder, 0x7f0000000000, 0x7f0000200000, MT_MODULE_STARTUP,
                      "/opt/app/lib/libc.so.6");
    mt_builder_module(builder, 0x7f0000400000, 0x7f0000500000, 0, "/opt/app/lib/plugin.so")
        ->loaded_ms = 120;
}

static void say_threads(struct trace_builder *builder)
{
    struct mt_thread *first = mt_builder_thread(builder, 1, "app");
    first->calls[MT_FN_MALLOC] = 11;
    first->calls[MT_FN_CALLOC] = 2;
    first->calls[MT_FN_FREE] = 7;
    first->unknown_frees = 1;
    first->allocated_bytes = 5000;
    first->freed_bytes = 1000;
    first->live_high = 4500;
    struct mt_thread *second = mt_builder_thread(builder, 2, "worker");
    second->started_ms = 30;
    second->calls[MT_FN_NEW] = 3;
    second->calls[MT_FN_DELETE] = 1;
    second->cut_stacks = 2;
    second->allocated_bytes = 300;
    second->freed_bytes = 100;
}

/* Two stacks with one outer part: ids 4 to 7. */
static void say_nodes(struct trace_builder *builder, uint32_t *ret_malloc, uint32_t *ret_new)
{
    uint32_t start = mt_builder_node(builder, 0, 0x401020, 1, MT_FN_UNKNOWN);
    uint32_t main_node = mt_builder_node(builder, start, 0x401500, 1, MT_FN_UNKNOWN);
    *ret_malloc = mt_builder_node(builder, main_node, 0x401600, 1, MT_FN_MALLOC);
    *ret_new = mt_builder_node(builder, main_node, 0x7f0000401234, 3, MT_FN_NEW);
    mt_builder_node_at(builder, start)->flags = MT_NODE_CUT_UNKNOWN;
}

static void say_blocks(struct trace_builder *builder, uint32_t malloc_node, uint32_t new_node)
{
    struct mt_header *header = mt_builder_header(builder);
    header->brk_start = 0x1000000;
    header->brk_end = 0x1021000;
    mt_builder_block(builder, 0x1000010, 24, malloc_node, 1, 5);
    mt_builder_block(builder, 0x1000030, 0, malloc_node, 1, 6);
    mt_builder_block(builder, 0x1003ff0, 3000, malloc_node, 1, 70);
    mt_builder_block(builder, 0x7f1000000010, 200, new_node, 2, 300);
    mt_builder_block(builder, 0x7f2000000010, 1 << 20, malloc_node, 1, 512);
    *mt_builder_second(builder, 0x7f2000000010) |= MT_WORD_OWN_MAPPING;
}

static struct trace_builder *sound(unsigned granule_shift)
{
    uint32_t malloc_node, new_node;
    struct trace_builder *builder = mt_builder_create(granule_shift);
    say_facts(builder);
    say_threads(builder);
    say_nodes(builder, &malloc_node, &new_node);
    say_blocks(builder, malloc_node, new_node);
    return builder;
}

/* The same as its process saw itself at its end. */
static struct trace_builder *sound_with_snapshot(void)
{
    struct trace_builder *builder = sound(5);
    mt_builder_snapshot(builder, MT_CAUSE_EXIT, 800)->residency = MT_RESIDENCY_SCAN;
    mt_builder_area(builder, 0x1000000, 0x1021000, "[heap]");
    mt_builder_pages(builder, 0, 2, MT_PAGE_PRESENT);
    mt_builder_pages(builder, 3, 1, MT_PAGE_SWAPPED); /* and page 4, of the third block, nowhere */
    mt_builder_area(builder, 0x7f1000000000, 0x7f1000001000, "")->flags = MT_AREA_NO_PAGES;
    mt_builder_area(builder, 0x7f2000000000, 0x7f2000101000, "");
    mt_builder_pages(builder, 0, 16, MT_PAGE_PRESENT);
    mt_builder_pages(builder, 16, 16, MT_PAGE_PRESENT | MT_PAGE_ZERO);
    mt_builder_pages(builder, 128, 64, MT_PAGE_PRESENT | MT_PAGE_HUGE);
    return builder;
}

/* The first `bytes` of it; 0: all. */
static void save_cut(struct trace_builder *builder, const char *name, uint64_t bytes)
{
    char path[256];
    snprintf(path, sizeof path, "%s.mtrace", name);
    mt_builder_save_cut(builder, path, bytes ? bytes : mt_builder_bytes(builder));
    mt_builder_destroy(builder);
}

static void save(struct trace_builder *builder, const char *name)
{
    save_cut(builder, name, 0);
}

/* ---- sound ones ---- */

static void make_sound(void)
{
    save(sound(5), "sound");

    struct trace_builder *builder = sound(4);
    mt_builder_block(builder, 0x2000008, 8, 6, 1, 1);
    mt_builder_block(builder, 0x2000010, 8, 6, 1, 2);
    mt_builder_block(builder, 0x2000018, 640, 6, 1, 3);
    save(builder, "sound_granules_of_16_bytes");

    builder = sound(5);
    mt_builder_header(builder)->version = 9;
    save(builder, "newer_version_for_old_readers");

    builder = sound(5);
    mt_builder_text(builder, MT_FACT_HOST, "elsewhere");
    mt_builder_header(builder)->end = MT_END_RUNNING;
    mt_builder_header(builder)->flags = MT_FLAG_FORKED;
    mt_builder_header(builder)->ended_ms = 0;
    save(builder, "killed_on_another_machine");

    save(sound_with_snapshot(), "snapshot");

    builder = sound(5);
    mt_builder_fact(builder, 4711, "a kind to come", 14);
    mt_builder_extent(builder, 4711, 1, 0);
    mt_builder_text(builder, MT_FACT_LIMIT, "behind them");
    save(builder, "kinds_to_come");
}

/* ---- with verdicts ---- */

/* Two snapshots: what was reachable at 100 ms was lost at 600; the block of 24 bytes is a head with
 * one under it, and the two mappings are kept by a global. The last block came after. The registers
 * of so many threads of two were seen. */
static struct trace_builder *judged(unsigned registers)
{
    struct trace_builder *builder = sound(5);
    const uint64_t births[] = {
        mt_builder_mapping(builder, 0x7f3000000000, 8192, 6, 1, 20)->birth,
        mt_builder_mapping(builder, 0x7f3000010000, 4096, 7, 2, 30)->birth,
    };
    mt_builder_snapshot(builder, MT_CAUSE_REQUEST, 100);
    mt_builder_scan(builder, 2);
    for (uint64_t address = 0x1000010; address <= 0x1000030; address += 0x20)
        mt_builder_verdict(builder, address, MT_VERDICT_REACHABLE);

    mt_builder_snapshot(builder, MT_CAUSE_EXIT, 600);
    struct mt_scan *scan = mt_builder_scan(builder, 2);
    scan->threads_registers = registers;
    scan->root_bytes = 70000;
    scan->heap_bytes = 1061000;
    scan->scan_us = 1500;
    mt_builder_verdict(builder, 0x1000010, MT_VERDICT_DEFINITE);
    mt_builder_verdict(builder, 0x1000030, MT_VERDICT_INDIRECT);
    mt_builder_verdict(builder, 0x1003ff0, MT_VERDICT_POSSIBLE);
    mt_builder_verdict(builder, 0x7f1000000010, MT_VERDICT_IGNORED);
    mt_builder_verdict(builder, 0x7f2000000010, MT_VERDICT_REACHABLE);
    mt_builder_block(builder, 0x1000070, 40, 6, 1, 700);
    const struct mt_mapping_verdict mappings[] = {
        {births[0], 0x7f3000000000, MT_VERDICT_REACHABLE},
        {births[1], 0x7f3000010000, MT_VERDICT_DEFINITE},
    };
    mt_builder_seen(builder, MT_SNAPSHOT_MAPPINGS, mappings, sizeof mappings);
    const struct mt_leak_head head = {0x1000010, 1, 0};
    mt_builder_seen(builder, MT_SNAPSHOT_HEADS, &head, sizeof head);
    struct {
        struct mt_chain chain;
        struct mt_link links[2];
    } chain = {{0x7f2000000010, MT_VERDICT_REACHABLE, 3},
               {{0x4f0010, 0x4f0000, 0x7f3000000000, MT_LINK_GLOBAL, 0},
                {0x7f3000000040, 0x7f3000000000, 0x7f2000000010, MT_LINK_MAPPING, 0}}};
    mt_builder_seen(builder, MT_SNAPSHOT_CHAIN, &chain, sizeof chain);
    return builder;
}

static void make_judged(void)
{
    save(judged(1), "verdicts");
    save(judged(2), "verdicts_of_all_threads");

    struct trace_builder *builder = judged(1);
    mt_builder_snapshot(builder, MT_CAUSE_EXIT, 800);
    struct mt_scan *scan = mt_builder_scan(builder, 2);
    scan->flags = MT_SCAN_INCOMPLETE;
    scan->problem = MT_SCAN_DIED;
    save(builder, "verdicts_of_a_scan_that_died");

    builder = sound(5);
    mt_builder_snapshot(builder, MT_CAUSE_EXIT, 800);
    mt_builder_scan(builder, 1);
    static const uint64_t blocks[] = {0x1000010, 0x1000030, 0x1003ff0, 0x7f1000000010,
                                      0x7f2000000010};
    for (unsigned i = 0; i < sizeof blocks / sizeof blocks[0]; i++)
        mt_builder_verdict(builder, blocks[i], MT_VERDICT_REACHABLE);
    save(builder, "verdicts_without_a_leak");

    builder = judged(1);
    mt_builder_verdict(builder, 0x1000010, (enum mt_verdict)14);
    save(builder, "verdict_of_no_known_kind");
}

/* ---- such as cannot be read ---- */

static void make_unreadable(void)
{
    struct trace_builder *builder = sound(5);
    save_cut(sound(5), "truncated_in_header", 1000);

    memcpy(mt_builder_header(builder)->magic, "\x89PNG\r\n\x1a\n", 8);
    save_cut(builder, "not_a_trace", MT_HEADER_BYTES);

    builder = sound(5);
    mt_builder_header(builder)->version = 9;
    mt_builder_header(builder)->version_oldest = 8;
    save_cut(builder, "newer_version", MT_HEADER_BYTES);

    builder = sound(5);
    mt_builder_header(builder)->version = 0;
    save_cut(builder, "older_version", MT_HEADER_BYTES);

    builder = sound(5);
    struct mt_header *header = mt_builder_header(builder);
    header->version = __builtin_bswap32(header->version);
    header->version_oldest = __builtin_bswap32(header->version_oldest);
    header->byte_order = __builtin_bswap32(header->byte_order);
    header->word_bits = __builtin_bswap16(header->word_bits);
    save_cut(builder, "other_byte_order", MT_HEADER_BYTES);

    builder = sound(5);
    mt_builder_header(builder)->word_bits = 32;
    save_cut(builder, "other_word_size", MT_HEADER_BYTES);

    builder = sound(5);
    mt_builder_header(builder)->unit_bytes = 1;
    save_cut(builder, "wrong_unit_size", MT_HEADER_BYTES);

    builder = sound(5);
    mt_builder_header(builder)->granule_shift = 63;
    save_cut(builder, "impossible_granule", MT_HEADER_BYTES);
}

/* ---- such as have a sound part ---- */

static void make_damaged(void)
{
    save_cut(sound(5), "truncated_after_header", MT_HEADER_BYTES);
    save_cut(sound(5), "truncated_in_facts", FACTS * MT_UNIT_BYTES + 200);
    save_cut(sound(5), "truncated_in_nodes", NODES * MT_UNIT_BYTES + 100);
    save_cut(sound(5), "truncated_in_leaves", LEAVES * MT_UNIT_BYTES + 2 * MT_LEAF_BYTES);

    struct trace_builder *builder = sound(5);
    extent_at(builder, NODES)->magic ^= 0x80;
    save(builder, "spoiled_head_of_nodes");

    builder = sound(5);
    extent_at(builder, LEAVES)->units = 4000;
    save(builder, "extent_too_long");

    builder = sound(5);
    extent_at(builder, FACTS)->used = UINT64_MAX;
    save(builder, "facts_too_long");

    builder = sound(5);
    mt_builder_module(builder, 0x10, 0x20, 0, "/a/second/module/1")->id = 1;
    save(builder, "module_twice");

    builder = sound(5);
    mt_builder_node_at(builder, 4)->parent = 6;
    save(builder, "cycle_of_nodes");

    builder = sound(5);
    mt_builder_block(builder, 0x1000100, 24, 33000000, 1, 5);
    save(builder, "block_without_stack");

    builder = sound(5);
    *mt_builder_block(builder, 0x1000100, 49, 6, 1, 5) -= UINT64_C(1) << MT_WORD_LARGE_SIZE_SHIFT;
    save(builder, "block_of_impossible_size");

    builder = sound(5);
    mt_builder_block(builder, 0x1004200, 100, 6, 1, 400); /* inside of one of 3000 bytes */
    save(builder, "stale_block");

    builder = sound_with_snapshot();
    mt_builder_pages(builder, 256, 2, MT_PAGE_PRESENT); /* the area has 257 */
    save(builder, "pages_beyond_their_area");

    builder = sound_with_snapshot();
    mt_builder_header(builder)->snapshots_taken++;
    save(builder, "snapshot_missing");

    builder = sound(5);
    mt_builder_header(builder)->flags |= MT_FLAG_FULL;
    mt_builder_header(builder)->lost_blocks = 13;
    mt_builder_header(builder)->lost_stacks = 17;
    mt_builder_header(builder)->lost_facts = 2;
    save(builder, "full_disk");
}

/* ---- with looks at the system ---- */

static void fill(struct mt_sample *sample, uint64_t mib)
{
    uint64_t *figures = sample->figures;
    figures[MT_FIGURE_VM_SIZE] = UINT64_C(8) << 30; /* what the trace itself has set aside */
    figures[MT_FIGURE_VM_SIZE] += (mib + 10) << 20;
    figures[MT_FIGURE_VM_RSS] = figures[MT_FIGURE_VM_HWM] = (mib + 2) << 20;
    figures[MT_FIGURE_RSS_ANON] = mib << 20;
    figures[MT_FIGURE_RSS_FILE] = 2 << 20;
    figures[MT_FIGURE_RSS_SHMEM] = figures[MT_FIGURE_VM_SWAP] = 0;
    figures[MT_FIGURE_THREADS] = 2;
    figures[MT_FIGURE_OOM_SCORE] = 600 + mib;
    figures[MT_FIGURE_MEM_TOTAL] = UINT64_C(4) << 30;
    figures[MT_FIGURE_MEM_AVAILABLE] = (UINT64_C(3) << 30) - (mib << 20);
    figures[MT_FIGURE_PSWPIN] = 0;
    figures[MT_FIGURE_PSWPOUT] = mib * 8;
    figures[MT_FIGURE_PGSCAN_DIRECT] = 3 + mib;
    figures[MT_FIGURE_OOM_KILL] = 5;
    figures[MT_FIGURE_CGROUP_MAX] = 64 << 20;
    figures[MT_FIGURE_CGROUP_CURRENT] = (mib + 3) << 20;
    figures[MT_FIGURE_CGROUP_EVENTS_OOM_KILL] = 1;
}

static void grow(struct trace_builder *builder)
{
    struct mt_sample *sample;
    for (uint64_t second = 0; second <= 4; second++) {
        fill(sample = mt_builder_sample(builder, 0, second * 1000), second * 15);
        sample->figures[MT_FIGURE_LIVE_BYTES] = second * 14 << 20;
        sample->figures[MT_FIGURE_MAPPED_BYTES] = 0;
    }
}

static struct trace_builder *killed(void)
{
    struct trace_builder *builder = sound(5);
    struct mt_header *header = mt_builder_header(builder);
    header->end = MT_END_RUNNING;
    header->flags = 0;
    header->ended_ms = 0;
    header->end_signal = 9;
    return builder;
}

static void make_looks(void)
{
    struct trace_builder *builder = sound(5);
    grow(builder);
    mt_builder_header(builder)->ended_ms = 4000;
    save(builder, "looks");

    builder = killed();
    grow(builder);
    mt_builder_block(builder, 0x1008000, 1 << 20, 6, 1, 4100);
    struct mt_sample *last = mt_builder_sample(builder, 1, 4150);
    last->figures[MT_FIGURE_OOM_KILL] = 6;
    last->figures[MT_FIGURE_CGROUP_EVENTS_OOM_KILL] = 2;
    save(builder, "looks_before_oom");

    builder = killed();
    fill(mt_builder_sample(builder, 0, 0), 1);
    fill(mt_builder_sample(builder, 0, 800), 2);
    save(builder, "looks_before_kill");

    builder = sound(5);
    grow(builder);
    mt_builder_sample(builder, 1, UINT64_MAX);
    mt_builder_sample(builder, 1, 3)->sequence = 0;
    save(builder, "look_of_impossible_time");
}

static struct mt_freed *freed_slot(struct mt_extent *extent, uint32_t stack)
{
    return (struct mt_freed *)extent + 1 + stack % MT_FREED_PER_EXTENT;
}

static void make_freed(void)
{
    struct trace_builder *builder = sound(5);
    struct mt_extent *extent = mt_builder_extent(builder, MT_EXTENT_FREED, 1, 0);
    *freed_slot(extent, 6) = (struct mt_freed){997, 16, {4, 5}, {700, 276}};
    save(builder, "freed");

    builder = sound(5);
    mt_builder_header(builder)->lost_freed = 12;
    extent = mt_builder_extent(builder, MT_EXTENT_FREED, 1, 0);
    *freed_slot(extent, 6) = (struct mt_freed){9, 0, {4, 4000}, {4, 5}};
    *freed_slot(extent, 7) = (struct mt_freed){8, UINT64_MAX, {4, 5}, {3, UINT64_MAX}};
    *freed_slot(extent, 1000) = (struct mt_freed){7, 0, {4}, {7}};
    *freed_slot(mt_builder_extent(builder, MT_EXTENT_FREED, 1, 0), 6) =
        (struct mt_freed){.blocks = 3};
    mt_builder_extent(builder, MT_EXTENT_FREED, 1, MT_FREED_EXTENTS);
    save(builder, "freed_by_nobody");
}

/* One misuse in slot `at`: of `kind`, with the key that belongs to it. */
static struct mt_misuse *misuse(struct mt_extent *extent, uint32_t at, enum mt_misuse_kind kind,
                                uint32_t stack, uint32_t allocated)
{
    struct mt_misuse *slot = (struct mt_misuse *)extent + at;
    *slot = (struct mt_misuse){
        .key = mt_misuse_key(kind, stack, allocated),
        .count = 1,
        .first_ms = 100 - at,
        .last_ms = 200,
        .address = 0x1000010,
        .stack = stack,
        .allocated = allocated,
        .tid = 1001,
        .thread = 1,
        .function = MT_FN_FREE,
        .kind = kind,
    };
    return slot;
}

/* One of each kind, and places. */
static void make_errors(void)
{
    struct trace_builder *builder = sound(5);
    struct mt_extent *extent = mt_builder_extent(builder, MT_EXTENT_ERRORS, 1, 0);
    struct mt_errors_head *head = (struct mt_errors_head *)(extent + 1);
    *head = (struct mt_errors_head){.checks = MT_CHECKED_CALLS, .lost = 2, .blind = 3};
    for (uint32_t kind = 1; kind < MT_MISUSE_COUNT; kind++) {
        struct mt_misuse *slot =
            misuse(extent, kind, kind, 5, kind == MT_MISUSE_WRONG_FREE ? 0 : 6);
        slot->block = slot->allocated ? 0x1000008 : 0;
        slot->block_bytes = slot->allocated ? 24 : 0;
        slot->bytes = kind == MT_MISUSE_IMPOSSIBLE_SIZE ? (uint64_t)-5 : 4;
    }
    struct mt_misuse *twice = (struct mt_misuse *)extent + MT_MISUSE_DOUBLE_FREE;
    twice->count = 7;
    twice->freed = 7;
    twice->freed_function = MT_FN_DELETE;
    twice->freed_thread = 2;
    struct mt_misuse *access = (struct mt_misuse *)extent + MT_MISUSE_OUT_OF_BOUNDS;
    access->function = MT_FN_UNKNOWN;
    access->flags = MT_MISUSE_WRITE;
    access->address = 0x1000008 + 24 + 3;
    for (uint32_t place = 0; place <= MT_PLACE_NONE + 1; place++) {
        struct mt_misuse *slot = misuse(extent, 100 + place, MT_MISUSE_WRONG_FREE, 4, 0);
        slot->key = mt_misuse_key(MT_MISUSE_WRONG_FREE, 4 + place % 2, 0);
        slot->stack = 4 + place % 2;
        slot->first_ms = 300 + place;
        slot->place = (uint8_t)place;
        slot->detail = 1;
    }
    extent->used = MT_MISUSE_COUNT + MT_PLACE_NONE + 1;
    save(builder, "errors");
}

/* What a writer cannot have meant. */
static void make_bad_errors(void)
{
    struct trace_builder *builder = sound(5);
    struct mt_extent *extent = mt_builder_extent(builder, MT_EXTENT_ERRORS, 1, 0);
    misuse(extent, 1, MT_MISUSE_DOUBLE_FREE, 5, 6)->key ^= 1;
    misuse(extent, 2, MT_MISUSE_DOUBLE_FREE, 4000, 5000)->freed = 6000;
    misuse(extent, 3, MT_MISUSE_COUNT, 5, 6);
    misuse(extent, 4, MT_MISUSE_MISMATCH, 5, 6)->function = MT_FN_COUNT;
    misuse(extent, 5, MT_MISUSE_INNER_FREE, 5, 6)->count = UINT64_MAX;
    misuse(extent, 6, MT_MISUSE_UNMAPPED, 5, 6)->count = 0;
    struct mt_misuse *far = misuse(extent, 7, MT_MISUSE_OVERRUN, 5, 6);
    far->block = UINT64_MAX;
    far->block_bytes = UINT64_MAX;
    far->bytes = UINT64_MAX;
    far->thread = UINT16_MAX;
    far->freed_function = MT_FN_FREE;
    far->freed_thread = UINT16_MAX;
    mt_builder_extent(builder, MT_EXTENT_ERRORS, 1, 0);
    mt_builder_extent(builder, MT_EXTENT_ERRORS, 2, 0);
    save(builder, "errors_of_nobody");
}

int main(int argc, char **argv)
{
    if (argc != 2 || chdir(argv[1]) != 0) {
        fprintf(stderr, "usage: make_traces FOLDER\n");
        return EXIT_FAILURE;
    }
    make_sound();
    make_judged();
    make_unreadable();
    make_damaged();
    make_looks();
    make_freed();
    make_errors();
    make_bad_errors();
    return EXIT_SUCCESS;
}
