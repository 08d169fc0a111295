/* Snapshots: what the preload's writer has written, and what a builder has, comes back; what cannot
 * be is counted and left out. */
#include "snapshot.h"
#include <inttypes.h>
#include <string.h>
#include "built.h"

enum { BASE = 0x10000000, PAGE = 4096 };

static struct mt_error error;

/* ---- by the preload's writer ---- */

static struct mt_trace *open_written(int snapshots, int facts)
{
    char folder[] = "/tmp/memtrace-snapshot-XXXXXX", path[64], words[512];
    struct mt_trace *trace = NULL;
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/trace", folder);
    snprintf(words, sizeof words, "'%s' '%s' %d %d", SNAPSHOT_WRITER, path, snapshots, facts);
    ck_assert_int_eq(system(words), 0);
    ck_assert_int_eq(mt_trace_open(path, &trace, &error), MT_OK);
    unlink(path);
    rmdir(folder);
    return trace;
}

static void check_areas(const struct mt_seen *seen, uint64_t number, size_t count)
{
    ck_assert_ptr_nonnull(seen);
    ck_assert_uint_eq(seen->head.number, number);
    ck_assert_uint_eq(seen->head.cause, MT_CAUSE_REQUEST);
    ck_assert_uint_eq(seen->head.residency, MT_RESIDENCY_MINCORE);
    ck_assert_uint_eq(seen->head.taken_ms, 1234);
    ck_assert_uint_eq(seen->area_count, count);
    for (uint64_t i = 0; i < count; i++) {
        const size_t length = (number * 31 + i * 7) % 500;
        ck_assert_uint_eq(seen->areas[i].start, (number * 100000 + i) * PAGE);
        ck_assert_uint_eq(strlen(seen->areas[i].name), length);
        ck_assert_uint_eq(strspn(seen->areas[i].name, (char[]){(char)('a' + i % 26), 0}), length);
    }
}

START_TEST(what_process_and_child_wrote_comes_back_in_order)
{
    static const int facts[] = {0, 1, 100, 230, 1000};
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
        for (int snapshots = 1; snapshots <= 7; snapshots++) {
            struct mt_trace *trace = open_written(snapshots, facts[i]);
            const size_t count = 2 * (size_t)facts[i] + 1;
            check_areas(mt_trace_snapshot(trace, MT_NEWEST), (uint64_t)snapshots, count);
            if (snapshots > 1)
                check_areas(mt_trace_snapshot(trace, MT_BEFORE), (uint64_t)snapshots - 1, count);
            else
                ck_assert_ptr_null(mt_trace_snapshot(trace, MT_BEFORE));
            ck_assert_str_eq(mt_trace_damage(trace)->first, "");
            ck_assert_uint_eq(mt_trace_damage(trace)->lost_facts, 0);
            mt_trace_close(trace);
        }
    }
}
END_TEST

START_TEST(room_is_used_again)
{
    uint64_t units[2];
    for (int i = 0; i < 2; i++) {
        struct mt_trace *trace = open_written(i ? 20 : 2, 400);
        units[i] = mt_trace_header(trace)->units_used;
        mt_trace_close(trace);
    }
    ck_assert_uint_le(units[1], units[0] + 2); /* names differ in length */
}
END_TEST

/* ---- built ---- */

static struct trace_builder *build(unsigned areas, unsigned runs)
{
    struct trace_builder *builder = mt_builder_create(5);
    mt_builder_snapshot(builder, MT_CAUSE_EXIT, 7)->residency = MT_RESIDENCY_SCAN;
    for (uint64_t i = 0; i < areas; i++) {
        const uint64_t start = BASE + i * (2 * runs + 1) * PAGE;
        char name[32];
        snprintf(name, sizeof name, "area %" PRIu64, i);
        mt_builder_area(builder, start, start + 2 * runs * PAGE, name);
        for (uint64_t run = 0; run < runs; run++)
            mt_builder_pages(builder, 2 * run, 1, (unsigned)(1 + (i + run) % 31));
    }
    return builder;
}

START_TEST(areas_have_their_runs_over_many_extents)
{
    struct mt_trace *trace = mt_open_built(build(300, 100));
    const struct mt_seen *seen = mt_trace_snapshot(trace, MT_NEWEST);
    ck_assert_uint_eq(seen->area_count, 300);
    for (uint64_t i = 0; i < 300; i++) {
        const struct mt_seen_area *area = &seen->areas[i];
        ck_assert_uint_eq(area->run_count, 100);
        for (uint64_t run = 0; run < 100; run++)
            ck_assert_uint_eq(area->runs[run],
                              mt_pages_encode(2 * run, 1, (unsigned)(1 + (i + run) % 31)));
        ck_assert_ptr_eq(mt_seen_area_at(seen, area->start), area);
        ck_assert_ptr_eq(mt_seen_area_at(seen, area->end - 1), area);
        ck_assert_ptr_null(mt_seen_area_at(seen, area->end));
    }
    ck_assert_ptr_null(mt_seen_area_at(seen, BASE - 1));
    mt_trace_close(trace);
}
END_TEST

/* Opens a damaged one that must open, and checks that what it says of the damage has `reason`. */
static const struct mt_seen *open_damaged(struct trace_builder *builder, const char *reason,
                                          struct mt_trace **ret_trace)
{
    *ret_trace = mt_open_built(builder);
    const struct mt_damage *damage = mt_trace_damage(*ret_trace);
    ck_assert_msg(strstr(damage->first, reason) != NULL, "%s", damage->first);
    ck_assert_uint_eq(damage->bad_facts + damage->bad_extents, 1);
    return mt_trace_snapshot(*ret_trace, MT_NEWEST);
}

START_TEST(what_cannot_be_is_left_out)
{
    struct mt_trace *trace;
    struct trace_builder *builder = build(2, 3);
    mt_builder_pages(builder, 6, 1, 1);
    const struct mt_seen *seen = open_damaged(builder, "a run of pages that cannot be", &trace);
    ck_assert_uint_eq(seen->areas[1].run_count, 3);
    mt_trace_close(trace);

    builder = build(2, 3);
    mt_builder_pages(builder, 3, 1, 1); /* before the last */
    seen = open_damaged(builder, "a run of pages that cannot be", &trace);
    ck_assert_uint_eq(seen->areas[1].run_count, 3);
    mt_trace_close(trace);

    builder = build(2, 3);
    mt_builder_area(builder, BASE, BASE + PAGE, "");
    mt_builder_pages(builder, 0, 1, 1);
    seen = open_damaged(builder, "does not follow the one before it", &trace);
    ck_assert_uint_eq(seen->area_count, 2);
    mt_trace_close(trace);

    builder = build(0, 0);
    mt_builder_pages(builder, 0, 1, 1);
    open_damaged(builder, "runs of pages of no area", &trace);
    mt_trace_close(trace);

    builder = build(0, 0);
    mt_builder_area(builder, BASE, BASE + 1, "");
    open_damaged(builder, "an area of an impossible range", &trace);
    mt_trace_close(trace);

    builder = mt_builder_create(5);
    mt_builder_snapshot(builder, MT_CAUSE_EXIT, 7)->page_bytes = 4095;
    ck_assert_ptr_null(open_damaged(builder, "snapshot 1 has no sound head", &trace));
    mt_trace_close(trace);

    builder = build(3, 3);
    mt_builder_header(builder)->snapshots_taken = 3;
    ck_assert_ptr_null(open_damaged(builder, "snapshot 3 is not there", &trace));
    mt_trace_close(trace);
}
END_TEST

static int check_payload(const void *payload, size_t bytes, void *context)
{
    unsigned *count = context;
    ck_assert_uint_eq((uintptr_t)payload % 8, 0);
    ck_assert_uint_eq(bytes, 8);
    ++*count;
    return *count == 5;
}

START_TEST(facts_of_a_kind_are_visited_until_one_says_enough)
{
    struct mt_trace *trace = mt_open_built(build(3, 3));
    const struct mt_seen *seen = mt_trace_snapshot(trace, MT_NEWEST);
    unsigned count = 0;
    ck_assert_int_eq(mt_seen_facts(seen, MT_SNAPSHOT_PAGES, check_payload, &count), 1);
    ck_assert_uint_eq(count, 5);
    ck_assert_int_eq(mt_seen_facts(seen, MT_SNAPSHOT_SCAN, check_payload, &count), 0);
    mt_trace_close(trace);
}
END_TEST

static void check_sound(const struct mt_seen *seen)
{
    for (size_t i = 0; seen && i < seen->area_count; i++) {
        const struct mt_seen_area *area = &seen->areas[i];
        ck_assert_uint_lt(area->start, area->end);
        ck_assert(i == 0 || seen->areas[i - 1].end <= area->start);
        uint64_t last = 0;
        for (size_t run = 0; run < area->run_count; run++) {
            ck_assert_uint_ge(mt_pages_first(area->runs[run]), last);
            last = mt_pages_first(area->runs[run]) + mt_pages_count(area->runs[run]);
            ck_assert_uint_le(last, (area->end - area->start) / seen->head.page_bytes);
        }
    }
}

START_TEST(whatever_the_bytes_what_is_given_is_sound)
{
    for (unsigned round = 0; round < 3000; round++) {
        srand(round);
        struct trace_builder *builder = build(4, 20);
        uint8_t *first = mt_builder_at(builder, MT_UNIT_BYTES);
        for (unsigned i = 0; i < 1 + round % 4; i++)
            first[rand() % 1500] = (uint8_t)rand();
        struct mt_trace *trace = mt_open_built(builder);
        check_sound(mt_trace_snapshot(trace, MT_NEWEST));
        mt_trace_close(trace);
    }
}
END_TEST

MT_UNIT_TESTS("snapshot", what_process_and_child_wrote_comes_back_in_order, room_is_used_again,
              areas_have_their_runs_over_many_extents, what_cannot_be_is_left_out,
              facts_of_a_kind_are_visited_until_one_says_enough,
              whatever_the_bytes_what_is_given_is_sound)
