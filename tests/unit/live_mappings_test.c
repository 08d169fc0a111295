/* Mappings as the reader gives them: in address order, empty slots left out, pieces of one mapping
 * known as such, files by name, and what cannot be counted as damage. */
#include <string.h>
#include <unistd.h>
#include "built.h"

static struct trace_builder *builder;
static struct mt_trace *trace;
static uint32_t stack;

enum { MAPPINGS_MAX = 16, PAGE = 4096 };
static struct mt_live_mapping mappings[MAPPINGS_MAX];
static unsigned count;

static void begin(void)
{
    builder = mt_builder_create(5);
    uint32_t outer = mt_builder_node(builder, 0, 0x401000, 0, MT_FN_UNKNOWN);
    stack = mt_builder_node(builder, outer, 0x401100, 0, MT_FN_MMAP);
    mt_builder_thread(builder, 1, "main");
    count = 0;
}

static int keep(const struct mt_live_mapping *mapping, void *context)
{
    (void)context;
    ck_assert_uint_lt(count, MAPPINGS_MAX);
    mappings[count++] = *mapping;
    return 0;
}

static void read_back(uint64_t bad_mappings)
{
    trace = mt_open_built(builder);
    ck_assert_int_eq(mt_trace_mappings(trace, keep, NULL), 0);
    ck_assert_uint_eq(mt_trace_damage(trace)->bad_mappings, bad_mappings);
}

START_TEST(fields_in_address_order_without_empty_slots)
{
    begin();
    mt_builder_mapping(builder, 0x30000, 3 * PAGE, stack, 1, 70000);
    mt_builder_mapping(builder, 0x20000, PAGE, stack, 1, 7)->sequence = 0;
    mt_builder_mapping(builder, 0x10000, PAGE, stack, 99, 5)->protection = 6;
    read_back(0);
    ck_assert_uint_eq(count, 2);
    ck_assert_uint_eq(mappings[0].address, 0x10000);
    ck_assert_uint_eq(mappings[0].protection, 6);
    ck_assert_uint_eq(mappings[0].thread, 0); /* there is no such thread */
    ck_assert_uint_eq(mappings[1].bytes, 3 * PAGE);
    ck_assert_uint_eq(mappings[1].born_ms, 70000);
    ck_assert_uint_eq(mappings[1].thread, 1);
    ck_assert_uint_eq(mappings[1].stack, stack);
    ck_assert_int_eq(mappings[1].function, MT_FN_MMAP);
    ck_assert_int_eq(mappings[1].kind, MT_MAPPING_ANONYMOUS);
    mt_trace_close(trace);
}
END_TEST

START_TEST(pieces_that_touch_are_one_mapping)
{
    begin();
    mt_builder_mapping(builder, 0x10000, PAGE, stack, 1, 5);
    mt_builder_mapping(builder, 0x11000, PAGE, stack, 1, 5)->birth = 1;
    mt_builder_mapping(builder, 0x13000, PAGE, stack, 1, 5)->birth = 1; /* after a hole */
    mt_builder_mapping(builder, 0x14000, PAGE, stack, 1, 5);            /* another one */
    read_back(0);
    ck_assert_uint_eq(count, 4);
    const bool continues[] = {false, true, false, false};
    for (unsigned i = 0; i < 4; i++)
        ck_assert_int_eq(mappings[i].continues, continues[i]);
    mt_trace_close(trace);
}
END_TEST

START_TEST(files_segments_and_threads_are_told_apart)
{
    static const char name[] = "/srv/data.bin";
    struct {
        struct mt_file head;
        char path[sizeof name - 1];
    } file = {{3, 0}, {0}};
    begin();
    memcpy(file.path, name, sizeof file.path);
    mt_builder_fact(builder, MT_FACT_FILE, &file, sizeof file.head + sizeof file.path);
    struct mt_mapping *mapping = mt_builder_mapping(builder, 0x10000, PAGE, stack, 1, 5);
    mapping->kind_state = MT_MAPPING_FILE;
    mapping->detail = 3;
    mapping = mt_builder_mapping(builder, 0x20000, PAGE, stack, 1, 5);
    mapping->kind_state = MT_MAPPING_SHARED | MT_MAPPING_SYSTEM_V << 4;
    mapping->detail = 3;
    for (unsigned state = 0; state < 2; state++) {
        mapping = mt_builder_mapping(builder, 0x30000 + state * PAGE, PAGE, stack, 1, 5);
        mapping->kind_state = (uint8_t)(MT_MAPPING_STACK | state << 4);
        mapping->detail = 3;
    }
    read_back(0);
    ck_assert_uint_eq(count, 4);
    ck_assert_str_eq(mappings[0].file, name);
    ck_assert_int_eq(mappings[0].segment, -1);
    ck_assert_ptr_null(mappings[1].file);
    ck_assert_int_eq(mappings[1].segment, 3);
    ck_assert(mappings[2].is_in_use && !mappings[3].is_in_use);
    ck_assert_uint_eq(mappings[2].tid, 3);
    mt_trace_close(trace);
}
END_TEST

START_TEST(what_cannot_be_is_damage)
{
    begin();
    mt_builder_mapping(builder, 0x10000, PAGE, stack, 1, 5);
    mt_builder_mapping(builder, 0x20000, 0, stack, 1, 5);
    mt_builder_mapping(builder, UINT64_MAX - PAGE, PAGE, stack, 1, 5);
    mt_builder_mapping(builder, 0x30000, UINT64_MAX, stack, 1, 5);
    mt_builder_mapping(builder, 0x40000, PAGE, stack, 1, 5)->kind_state = 15;
    mt_builder_mapping(builder, 0x50000, PAGE, 12345, 1, 5);
    read_back(5);
    ck_assert_uint_eq(count, 1);
    mt_trace_close(trace);
}
END_TEST

START_TEST(of_two_mappings_of_one_range_the_newer_stands)
{
    begin();
    mt_builder_mapping(builder, 0x10000, 3 * PAGE, stack, 1, 5);
    mt_builder_mapping(builder, 0x12000, 3 * PAGE, stack, 1, 5);
    read_back(1);
    ck_assert_uint_eq(count, 1);
    ck_assert_uint_eq(mappings[0].address, 0x12000);
    mt_trace_close(trace);
}
END_TEST

/* A process that was killed, or is read, while mprotect divides a mapping. */
START_TEST(of_two_pieces_of_one_mapping_the_later_counts)
{
    begin();
    mt_builder_mapping(builder, 0x10000, 3 * PAGE, stack, 1, 5)->sequence = 7;
    struct mt_mapping *piece = mt_builder_mapping(builder, 0x11000, PAGE, stack, 1, 5);
    piece->birth = 1;
    piece->sequence = 9;
    piece->protection = 3;
    read_back(0);
    ck_assert_uint_eq(count, 3);
    for (unsigned i = 0; i < 3; i++) {
        ck_assert_uint_eq(mappings[i].address, 0x10000 + i * PAGE);
        ck_assert_uint_eq(mappings[i].bytes, PAGE);
        ck_assert_int_eq(mappings[i].continues, i > 0);
    }
    ck_assert_uint_eq(mappings[1].protection, 3);
    ck_assert_uint_eq(mappings[2].protection, 1);
    mt_trace_close(trace);
}
END_TEST

/* Its neighbour in the other reading, where there is none, must not be asked for. */
START_TEST(the_last_sequence_that_can_be_is_one)
{
    begin();
    struct mt_header *header = mt_builder_header(builder);
    header->end = MT_END_RUNNING;
    header->pid = (uint32_t)getpid();
    header->process_start = 0;
    mt_builder_mapping(builder, 0x10000, PAGE, stack, 1, 5);
    mt_builder_mapping(builder, 0x20000, PAGE, stack, 1, 5)->sequence = UINT64_MAX;
    read_back(0);
    ck_assert_uint_eq(count, 2);
    ck_assert_uint_eq(mappings[1].address, 0x20000);
    ck_assert_uint_eq(mappings[1].bytes, PAGE);
    mt_trace_close(trace);
}
END_TEST

MT_UNIT_TESTS("live_mappings", of_two_pieces_of_one_mapping_the_later_counts,
              fields_in_address_order_without_empty_slots, pieces_that_touch_are_one_mapping,
              files_segments_and_threads_are_told_apart, what_cannot_be_is_damage,
              of_two_mappings_of_one_range_the_newer_stands, the_last_sequence_that_can_be_is_one)
