/* The trace as a whole: what opens, what is refused and with which words, what the facts, threads,
 * nodes and counters say, and what becomes of damaged parts. */
#include "built.h"

#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

static struct trace_builder *sound(void)
{
    struct trace_builder *builder = mt_builder_create(5);
    mt_builder_text(builder, MT_FACT_EXECUTABLE, "/usr/bin/app");
    mt_builder_fact(builder, MT_FACT_COMMAND, "app\0\0-x", 7);
    mt_builder_text(builder, MT_FACT_LIMIT, "one");
    mt_builder_text(builder, MT_FACT_LIMIT, "two");
    mt_builder_module(builder, 0x400000, 0x500000, MT_MODULE_MAIN, "/usr/bin/app");
    mt_builder_thread(builder, 1, "main");
    uint32_t outer = mt_builder_node(builder, 0, 0x401000, 1, MT_FN_UNKNOWN);
    uint32_t inner = mt_builder_node(builder, outer, 0x401100, 1, MT_FN_MALLOC);
    mt_builder_block(builder, 0x10000, 24, inner, 1, 7);
    return builder;
}

static int count_block(const struct mt_block *block, void *context)
{
    (void)block;
    ++*(unsigned *)context;
    return 0;
}

static unsigned block_count(const struct mt_trace *trace)
{
    unsigned count = 0;
    mt_trace_blocks(trace, count_block, &count);
    return count;
}

/* ---- sound ---- */

START_TEST(a_sound_trace_says_everything)
{
    struct mt_trace *trace = mt_open_built(sound());
    const struct mt_damage none = {0};
    ck_assert_mem_eq(mt_trace_damage(trace), &none, sizeof none);
    ck_assert_str_eq(mt_trace_text(trace, MT_FACT_EXECUTABLE), "/usr/bin/app");
    ck_assert_ptr_null(mt_trace_text(trace, MT_FACT_HOST));
    ck_assert_ptr_null(mt_trace_text(trace, 12345));

    unsigned count;
    const char *const *command = mt_trace_command(trace, &count);
    ck_assert_uint_eq(count, 3);
    ck_assert_str_eq(command[0], "app");
    ck_assert_str_eq(command[1], "");
    ck_assert_str_eq(command[2], "-x");
    ck_assert_ptr_null(command[3]);

    const char *const *limits = mt_trace_limits(trace);
    ck_assert_str_eq(limits[0], "one");
    ck_assert_str_eq(limits[1], "two");
    ck_assert_ptr_null(limits[2]);

    const struct mt_loaded *module = mt_trace_module(trace, 1);
    ck_assert_uint_eq(mt_trace_module_count(trace), 1);
    ck_assert_uint_eq(module->start, 0x400000);
    ck_assert_uint_eq(module->end, 0x500000);
    ck_assert_uint_eq(module->bias, 0x400000);
    ck_assert_uint_eq(module->flags, MT_MODULE_MAIN);
    ck_assert_uint_eq(module->build_id_bytes, 4);
    ck_assert_mem_eq(module->build_id, "\1\0\0\0", 4);
    ck_assert_str_eq(module->path, "/usr/bin/app");
    ck_assert_ptr_null(mt_trace_module(trace, 0));
    ck_assert_ptr_null(mt_trace_module(trace, 2));
    ck_assert_ptr_null(mt_trace_module(trace, UINT32_MAX));

    ck_assert_uint_eq(mt_trace_thread_count(trace), 1);
    ck_assert_str_eq(mt_trace_thread(trace, 1)->name, "main");
    ck_assert_ptr_null(mt_trace_thread(trace, 0));
    ck_assert_ptr_null(mt_trace_thread(trace, 2));
    ck_assert_ptr_null(mt_trace_thread(trace, UINT32_MAX));

    ck_assert_uint_eq(mt_trace_node_limit(trace), 6);
    ck_assert_uint_eq(mt_trace_node(trace, 5)->pc, 0x401100);
    ck_assert_uint_eq(mt_trace_node(trace, 5)->parent, 4);
    ck_assert_ptr_null(mt_trace_node(trace, 3));
    ck_assert_ptr_null(mt_trace_node(trace, 6));
    ck_assert_ptr_null(mt_trace_node(trace, UINT32_MAX));
    ck_assert_uint_eq(block_count(trace), 1);
    mt_trace_close(trace);
}
END_TEST

START_TEST(totals_are_sums_over_threads)
{
    struct trace_builder *builder = sound();
    /* The second in an extent of its own, the third beyond what blocks can name. */
    static const uint32_t slots[] = {1, 128, 10007};
    for (unsigned i = 0; i < 3; i++) {
        struct mt_thread *thread = mt_builder_thread(builder, slots[i], "t");
        thread->calls[MT_FN_NEW] = 7;
        thread->calls[MT_FN_DELETE] = 4;
        thread->allocated_bytes = 700;
        thread->freed_bytes = 300;
        thread->unknown_frees = 2;
        thread->other_releases = 1;
        thread->cut_stacks = 1;
    }
    struct mt_trace *trace = mt_open_built(builder);
    struct mt_totals totals = mt_trace_totals(trace);
    ck_assert_uint_eq(mt_trace_thread_count(trace), 10007);
    ck_assert_uint_eq(totals.allocations, 21);
    ck_assert_uint_eq(totals.frees, 9);
    ck_assert_uint_eq(totals.allocated_bytes, 2100);
    ck_assert_uint_eq(totals.freed_bytes, 900);
    ck_assert_uint_eq(totals.unknown_frees, 6);
    ck_assert_uint_eq(totals.cut_stacks, 3);
    ck_assert_uint_eq(totals.calls[MT_FN_NEW], 21);
    ck_assert_uint_eq(totals.calls[MT_FN_MALLOC], 0);
    ck_assert_uint_eq(totals.peak_bytes, 1200); /* what all have now */
    mt_trace_close(trace);
}
END_TEST

START_TEST(the_peak_of_a_lone_thread_is_exact)
{
    struct trace_builder *builder = sound();
    struct mt_thread *thread = mt_builder_thread(builder, 1, "main");
    thread->live_added = 1000;
    thread->live_high = 1500;
    thread->allocated_bytes = 3000;
    thread->freed_bytes = 2100;
    mt_builder_header(builder)->live_bytes = 1000;
    mt_builder_header(builder)->peak_bytes = 1200;
    struct mt_trace *trace = mt_open_built(builder);
    ck_assert_uint_eq(mt_trace_totals(trace).peak_bytes, 1500);
    mt_trace_close(trace);
}
END_TEST

START_TEST(a_parent_may_have_a_higher_id)
{
    struct trace_builder *builder = sound();
    uint32_t child = mt_builder_node(builder, 0, 0x1, 0, MT_FN_MALLOC);
    uint32_t parent = mt_builder_node(builder, 0, 0x2, 0, MT_FN_UNKNOWN);
    mt_builder_node_at(builder, child)->parent = parent;
    struct mt_trace *trace = mt_open_built(builder);
    ck_assert_uint_eq(mt_trace_node(trace, child)->parent, parent);
    ck_assert_uint_eq(mt_trace_damage(trace)->bad_nodes, 0);
    mt_trace_close(trace);
}
END_TEST

START_TEST(unknown_kinds_are_skipped)
{
    struct trace_builder *builder = sound();
    mt_builder_fact(builder, 4000000000u, "?", 1);
    mt_builder_text(builder, MT_FACT_HOST, "host");
    struct mt_extent *extent = mt_builder_extent(builder, 77, 3, 0);
    memset((char *)extent + MT_UNIT_BYTES, 0xa5, MT_UNIT_BYTES);
    uint32_t node = mt_builder_node(builder, 5, 0x3, 0, MT_FN_UNKNOWN);
    struct mt_trace *trace = mt_open_built(builder);
    const struct mt_damage none = {0};
    ck_assert_mem_eq(mt_trace_damage(trace), &none, sizeof none);
    ck_assert_str_eq(mt_trace_text(trace, MT_FACT_HOST), "host");
    ck_assert_uint_eq(mt_trace_node(trace, node)->parent, 5);
    mt_trace_close(trace);
}
END_TEST

START_TEST(an_extent_that_was_being_made_is_no_damage)
{
    struct trace_builder *builder = sound();
    mt_builder_extent(builder, MT_EXTENT_LEAVES, 16, 9)->magic = 0;
    mt_builder_extent(builder, 77, 1, 0); /* a head behind it */
    struct mt_trace *trace = mt_open_built(builder);
    const struct mt_damage none = {0};
    ck_assert_mem_eq(mt_trace_damage(trace), &none, sizeof none);
    mt_trace_close(trace);
}
END_TEST

/* ---- refused ---- */

static void expect_refused(struct trace_builder *builder, uint64_t bytes, const char *why)
{
    struct mt_trace *trace = NULL;
    struct mt_error error = {0};
    ck_assert_int_eq(mt_open_cut(builder, bytes, &trace, &error), MT_UNREADABLE);
    ck_assert_int_eq(error.status, MT_UNREADABLE);
    ck_assert_ptr_null(trace);
    const char *text = strstr(error.text, ": ");
    ck_assert_ptr_nonnull(text);
    ck_assert_str_eq(text + 2, why);
}

#define REFUSED(field, value, why)                                                                 \
    do {                                                                                           \
        struct trace_builder *builder = sound();                                                   \
        mt_builder_header(builder)->field = value;                                                 \
        expect_refused(builder, mt_builder_bytes(builder), why);                                   \
    } while (0)

START_TEST(what_cannot_be_read_is_refused_with_its_reason)
{
    REFUSED(magic[0], 0x88, "offset 0: not a trace (its first bytes are others)");
    REFUSED(byte_order, 0x04030201,
            "offset 16: written in the other byte order (read it on such a machine)");
    REFUSED(byte_order, 0x01020305, "offset 16: no known byte order (damaged)");
    REFUSED(version, 0,
            "offset 8: format version 0 is not one that this memtrace reads (oldest: 1)");
    REFUSED(word_bits, 32, "offset 20: words of 32 bits, only 64 can be read");
    REFUSED(header_bytes, 8192, "offset 24: wrong header size (damaged)");
    REFUSED(unit_bytes, 4096, "offset 28: wrong unit size (damaged)");
    REFUSED(granule_shift, 6, "offset 48: impossible granule (damaged)");

    struct trace_builder *builder = sound();
    mt_builder_header(builder)->version = 7;
    mt_builder_header(builder)->version_oldest = 3;
    expect_refused(builder, mt_builder_bytes(builder),
                   "offset 12: format version 7 needs a reader of version 3, this one is 2 "
                   "(update memtrace)");
    expect_refused(sound(), 0, "offset 0: the file is empty");
    expect_refused(sound(), 5, "offset 5: the file ends in the header, which has 4096 bytes");
    expect_refused(sound(), 4095, "offset 4095: the file ends in the header, which has 4096 bytes");
}
END_TEST

START_TEST(what_is_no_regular_file_is_refused)
{
    struct mt_trace *trace;
    struct mt_error error;
    ck_assert_int_eq(mt_trace_open("/", &trace, &error), MT_UNREADABLE);
    ck_assert_str_eq(error.text, "/: is a directory, not a trace");
    ck_assert_int_eq(mt_trace_open("/dev/null", &trace, &error), MT_UNREADABLE);
    ck_assert_str_eq(error.text, "/dev/null: is not a regular file");
    ck_assert_int_eq(mt_trace_open("/no\nsuch", &trace, &error), MT_UNREADABLE);
    ck_assert_str_eq(error.text, "/no?such: No such file or directory");

    char fifo[] = "/tmp/memtrace-fifo-XXXXXX";
    ck_assert_ptr_nonnull(mkdtemp(fifo));
    rmdir(fifo);
    ck_assert_int_eq(mkfifo(fifo, 0600), 0);
    ck_assert_int_eq(mt_trace_open(fifo, &trace, &error), MT_UNREADABLE); /* and does not wait */
    unlink(fifo);
    ck_assert_ptr_nonnull(strstr(error.text, ": is not a regular file"));
}
END_TEST

START_TEST(a_newer_version_that_lets_us_read_opens)
{
    struct trace_builder *builder = sound();
    mt_builder_header(builder)->version = 7;
    struct mt_trace *trace = mt_open_built(builder);
    ck_assert_uint_eq(block_count(trace), 1);
    mt_trace_close(trace);
}
END_TEST

/* ---- damaged ---- */

static void expect_damage(struct mt_trace *trace, uint64_t offset, const char *why)
{
    char first[256];
    snprintf(first, sizeof first, "offset %lu: %s", (unsigned long)offset, why);
    ck_assert_str_eq(mt_trace_damage(trace)->first, first);
}

START_TEST(a_file_that_ends_early_opens_as_far_as_it_goes)
{
    /* Unit 1: facts, 2: threads, 3: nodes, 4: leaves. */
    struct mt_trace *trace;
    struct mt_error error;
    ck_assert_int_eq(mt_open_cut(sound(), 4 * MT_UNIT_BYTES, &trace, &error), 0);
    expect_damage(trace, 262144, "the file ends here, its header counts 327680 bytes");
    ck_assert_uint_eq(mt_trace_damage(trace)->missing_bytes, MT_UNIT_BYTES);
    ck_assert_uint_eq(block_count(trace), 0);
    ck_assert_ptr_nonnull(mt_trace_node(trace, 5));
    mt_trace_close(trace);

    ck_assert_int_eq(mt_open_cut(sound(), 4 * MT_UNIT_BYTES + 8192, &trace, &error), 0);
    ck_assert_uint_eq(mt_trace_damage(trace)->missing_bytes, MT_UNIT_BYTES - 8192);
    ck_assert_uint_eq(block_count(trace), 1);
    mt_trace_close(trace);
}
END_TEST

START_TEST(a_file_may_end_anywhere)
{
    uint64_t bytes = 5 * MT_UNIT_BYTES;
    for (uint64_t cut = 0; cut < bytes; cut += cut < 512 ? 1 : 1021) {
        struct mt_trace *trace = NULL;
        struct mt_error error;
        int status = mt_open_cut(sound(), cut, &trace, &error);
        ck_assert_int_eq(status, cut < MT_HEADER_BYTES ? MT_UNREADABLE : MT_OK);
        if (status)
            continue;
        ck_assert_uint_eq(mt_trace_damage(trace)->missing_bytes, bytes - cut);
        ck_assert_uint_le(block_count(trace), 1);
        mt_trace_close(trace);
    }
}
END_TEST

START_TEST(any_byte_may_be_another)
{
    srand(4711);
    for (int i = 0; i < 1000; i++) {
        struct trace_builder *builder = sound();
        for (int flips = 1 + rand() % 4; flips > 0; flips--) {
            uint64_t unit = (uint64_t)(rand() % 5), at = (uint64_t)(rand() % 256);
            if (rand() % 4 == 0)
                at += MT_LEAF_BYTES;
            *(char *)mt_builder_at(builder, unit * MT_UNIT_BYTES + at) ^= (char)(1 << rand() % 8);
        }
        struct mt_trace *trace = NULL;
        struct mt_error error;
        int status = mt_open_cut(builder, 5 * MT_UNIT_BYTES, &trace, &error);
        ck_assert_int_eq(status, trace ? MT_OK : MT_UNREADABLE);
        if (trace)
            block_count(trace);
        mt_trace_close(trace);
    }
}
END_TEST

START_TEST(the_next_head_is_found_behind_a_spoiled_one)
{
    struct trace_builder *builder = sound();
    struct mt_extent *nodes = mt_builder_at(builder, 3 * MT_UNIT_BYTES);
    ck_assert_uint_eq(nodes->kind, MT_EXTENT_NODES);
    nodes->magic ^= 1;
    struct mt_trace *trace = mt_open_built(builder);
    expect_damage(trace, 3 * MT_UNIT_BYTES, "no extent begins here");
    ck_assert_uint_eq(mt_trace_damage(trace)->bad_extents, 1);
    ck_assert_uint_eq(mt_trace_damage(trace)->bad_blocks, 1); /* its stack is lost */
    ck_assert_uint_eq(block_count(trace), 0);
    mt_trace_close(trace);
}
END_TEST

#define BAD_EXTENT(kind, length, ordinal, bytes, why)                                              \
    do {                                                                                           \
        struct trace_builder *builder = sound();                                                   \
        struct mt_extent *extent = mt_builder_extent(builder, kind, 1, ordinal);                   \
        extent->units = length;                                                                    \
        extent->used = bytes;                                                                      \
        uint64_t offset = mt_builder_offset(builder, extent);                                      \
        struct mt_trace *trace = mt_open_built(builder);                                           \
        expect_damage(trace, offset, why);                                                         \
        ck_assert_uint_eq(mt_trace_damage(trace)->bad_extents, 1);                                 \
        ck_assert_uint_eq(block_count(trace), 1);                                                  \
        mt_trace_close(trace);                                                                     \
    } while (0)

START_TEST(impossible_extents_are_left_out)
{
    BAD_EXTENT(MT_EXTENT_LEAVES, 0, 1, 0, "an extent without length");
    BAD_EXTENT(MT_EXTENT_LEAVES, 2, 1, 0, "an extent reaches beyond the units in use");
    BAD_EXTENT(MT_EXTENT_LEAVES, UINT32_MAX, 1, 0, "an extent reaches beyond the units in use");
    BAD_EXTENT(MT_EXTENT_NODES, 1, 8192, 0, "a NODES extent of impossible length or ordinal");
    BAD_EXTENT(MT_EXTENT_THREADS, 1, 520, 0, "a THREADS extent of impossible length or ordinal");
    BAD_EXTENT(MT_EXTENT_FACTS, 1, 1, 65473, "a FACTS extent that holds more than its length");
    BAD_EXTENT(MT_EXTENT_NODES, 1, 0, 9, "a second NODES extent of ordinal 0");
}
END_TEST

START_TEST(cycles_of_nodes_are_cut)
{
    struct trace_builder *builder = sound();
    uint32_t a = mt_builder_node(builder, 0, 0x1, 0, MT_FN_MALLOC);
    uint32_t b = mt_builder_node(builder, a, 0x2, 0, MT_FN_MALLOC);
    uint32_t c = mt_builder_node(builder, b, 0x3, 0, MT_FN_MALLOC);
    uint32_t self = mt_builder_node(builder, 0, 0x4, 0, MT_FN_MALLOC);
    mt_builder_node_at(builder, a)->parent = b;
    mt_builder_node_at(builder, self)->parent = self;
    struct mt_trace *trace = mt_open_built(builder);
    ck_assert_uint_eq(mt_trace_damage(trace)->bad_nodes, 4);
    expect_damage(trace, 3 * MT_UNIT_BYTES + a * 16, "node 6 leads to no outermost frame");
    ck_assert_ptr_null(mt_trace_node(trace, a));
    ck_assert_ptr_null(mt_trace_node(trace, b));
    ck_assert_ptr_null(mt_trace_node(trace, c));
    ck_assert_ptr_null(mt_trace_node(trace, self));
    ck_assert_ptr_nonnull(mt_trace_node(trace, 5));
    mt_trace_close(trace);
}
END_TEST

START_TEST(stacks_of_1024_frames_are_followed_and_no_deeper)
{
    struct trace_builder *builder = sound();
    uint32_t node = 0;
    for (int depth = 0; depth < 1024; depth++)
        node = mt_builder_node(builder, node, 0x1, 0, MT_FN_MALLOC);
    uint32_t too_deep = mt_builder_node(builder, node, 0x1, 0, MT_FN_MALLOC);
    struct mt_trace *trace = mt_open_built(builder);
    ck_assert_ptr_nonnull(mt_trace_node(trace, node));
    ck_assert_ptr_null(mt_trace_node(trace, too_deep));
    ck_assert_uint_eq(mt_trace_damage(trace)->bad_nodes, 1);
    mt_trace_close(trace);
}
END_TEST

START_TEST(bad_facts_are_left_out)
{
    struct trace_builder *builder = sound();
    mt_builder_module(builder, 0x9, 0x8, 0, "ends before it starts");
    mt_builder_module(builder, 0x8, 0x9, 0, "doubled")->id = 1;
    mt_builder_module(builder, 0x8, 0x9, 0, "nameless")->id = 0;
    mt_builder_module(builder, 0x8, 0x9, 0, "long id")->build_id_bytes = 33;
    struct mt_module *last = mt_builder_module(builder, 0x8, 0x9, 0, "sound");
    ((struct mt_fact *)mt_builder_text(builder, MT_FACT_HOST, "beyond"))->payload_bytes = 1 << 20;
    uint32_t id = last->id;
    struct mt_trace *trace = mt_open_built(builder);
    ck_assert_uint_eq(mt_trace_damage(trace)->bad_facts, 5);
    ck_assert_str_eq(mt_trace_module(trace, 1)->path, "/usr/bin/app");
    ck_assert_str_eq(mt_trace_module(trace, id)->path, "sound");
    ck_assert_ptr_null(mt_trace_text(trace, MT_FACT_HOST));
    ck_assert_uint_eq(mt_trace_module_count(trace), id);
    mt_trace_close(trace);
}
END_TEST

START_TEST(leaves_of_impossible_addresses_are_left_out)
{
    struct trace_builder *builder = sound();
    uint64_t *bases = mt_builder_at(builder, 4 * MT_UNIT_BYTES + MT_LEAF_BASES_OFFSET);
    bases[1] = 0x10020;
    bases[2] = UINT64_C(1) << 57;
    bases[3] = bases[0];
    struct mt_trace *trace = mt_open_built(builder);
    ck_assert_uint_eq(mt_trace_damage(trace)->bad_extents, 3);
    expect_damage(trace, 4 * MT_UNIT_BYTES + 64 + 8, "no leaf can begin at address 0x10020");
    ck_assert_uint_eq(block_count(trace), 1);
    mt_trace_close(trace);
}
END_TEST

START_TEST(a_sparse_file_of_an_exbibyte_is_read_at_once)
{
    struct mt_trace *trace;
    struct mt_error error;
    struct trace_builder *builder = sound();
    mt_builder_header(builder)->units_used = UINT64_C(1) << 44;
    char path[MT_BUILT_PATH_BYTES];
    int fd = mt_save_cut(builder, 5 * MT_UNIT_BYTES, path);
    ck_assert_int_eq(ftruncate(fd, INT64_C(1) << 60), 0);
    ck_assert_int_eq(mt_trace_open(path, &trace, &error), 0);
    ck_assert_uint_eq(block_count(trace), 1);
    const struct mt_damage none = {0};
    ck_assert_mem_eq(mt_trace_damage(trace), &none, sizeof none);
    mt_trace_close(trace);
    close(fd);
}
END_TEST

/* Facts that claim a gibibyte of zeros that the file does not store. */
START_TEST(memory_follows_what_is_in_the_file)
{
    struct trace_builder *builder = sound();
    for (uint32_t i = 0; i < 1000; i++) {
        struct mt_extent *extent = mt_builder_extent(builder, MT_EXTENT_FACTS, 17, 1 + i);
        struct mt_fact *fact = (struct mt_fact *)(extent + 1);
        *fact = (struct mt_fact){MT_FACT_LIMIT, (1 << 20) - 8};
        extent->used = 1 << 20;
    }
    struct rusage usage;
    struct mt_trace *trace = NULL;
    struct mt_error error;
    char path[MT_BUILT_PATH_BYTES];
    int fd = mt_save_built(builder, path);
    ck_assert_int_eq(mt_trace_open(path, &trace, &error), MT_OK);
    ck_assert_str_eq(mt_trace_limits(trace)[1001], "");
    ck_assert_int_eq(getrusage(RUSAGE_SELF, &usage), 0);
    ck_assert_int_lt(usage.ru_maxrss, 700 << 10); /* KiB; a sanitizer keeps 256 MiB to itself */
    ck_assert_uint_eq(mt_trace_damage(trace)->bad_facts, 0);
    mt_trace_close(trace);
    close(fd);
}
END_TEST

MT_UNIT_TESTS("trace", a_sound_trace_says_everything, totals_are_sums_over_threads,
              the_peak_of_a_lone_thread_is_exact, a_parent_may_have_a_higher_id,
              unknown_kinds_are_skipped, an_extent_that_was_being_made_is_no_damage,
              what_cannot_be_read_is_refused_with_its_reason, what_is_no_regular_file_is_refused,
              a_newer_version_that_lets_us_read_opens,
              a_file_that_ends_early_opens_as_far_as_it_goes, a_file_may_end_anywhere,
              any_byte_may_be_another, the_next_head_is_found_behind_a_spoiled_one,
              impossible_extents_are_left_out, cycles_of_nodes_are_cut,
              stacks_of_1024_frames_are_followed_and_no_deeper, bad_facts_are_left_out,
              leaves_of_impossible_addresses_are_left_out,
              a_sparse_file_of_an_exbibyte_is_read_at_once, memory_follows_what_is_in_the_file)
