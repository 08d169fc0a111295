/* Reports: rows, their order and groups, the text and the JSON, of blocks that stacks of this very
 * program made. */
#include <jansson.h>
#include <string.h>
#include "built.h"
#include "report.h"
#include "self_trace.h"

static struct mt_error error;

/* Three stacks: two through this program (80 and 30 bytes), one through a library that was loaded
 * twice (50 and 5 bytes). */
static struct trace_builder *build_blocks(void)
{
    struct trace_builder *builder = mt_self_trace();
    mt_builder_thread(builder, 1, "main");
    mt_builder_thread(builder, 2, "worker")->calls[MT_FN_MALLOC] = 9;
    mt_builder_text(builder, MT_FACT_EXECUTABLE, "/usr/bin/app\xff");
    mt_builder_text(builder, MT_FACT_ALLOCATOR, "glibc 2.36");
    mt_builder_fact(builder, MT_FACT_COMMAND, "app\0-x\0a b", 11);
    const uint32_t plain = mt_test_plain(builder, MT_FN_MALLOC);
    const uint32_t other = mt_test_other(builder);
    const struct mt_module *first =
        mt_builder_module(builder, 0x10000, 0x20000, 0, "/opt/lib\033[1mbad.so");
    const uint16_t first_id = (uint16_t)first->id;
    struct mt_module *second =
        mt_builder_module(builder, 0x50000, 0x60000, 0, "/opt/lib\033[1mbad.so");
    memcpy(second->build_id, first->build_id, sizeof second->build_id);
    const uint32_t once = mt_builder_node(builder, 0, 0x10600, first_id, MT_FN_MALLOC);
    const uint32_t twice = mt_builder_node(builder, 0, 0x50600, (uint16_t)second->id, MT_FN_MALLOC);
    mt_builder_block(builder, 0x100000, 40, plain, 1, 5);
    mt_builder_block(builder, 0x100100, 40, plain, 2, 600);
    mt_builder_block(builder, 0x100200, 30, other, 1, 20);
    mt_builder_block(builder, 0x100300, 50, once, 1, 100);
    mt_builder_block(builder, 0x100400, 5, twice, 2, 700);
    return builder;
}

static char *print(const char *path, const struct mt_report_options *options)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    const int status = mt_report_traces(&path, 1, options, out, &error);
    fclose(out);
    ck_assert_msg(status == MT_OK, "%s", error.text);
    return text;
}

static json_t *parse(const char *text)
{
    json_error_t why;
    json_t *value = json_loads(text, JSON_REJECT_DUPLICATES, &why);
    ck_assert_msg(value != NULL, "%s", why.text);
    return value;
}

static unsigned format_named(const char *name)
{
    unsigned format = 0;
    while (strcmp(mt_report_formats[format].name, name) != 0)
        format++;
    return format;
}

START_TEST(json_is_the_same_for_the_same_trace_and_has_every_key)
{
    char path[MT_BUILT_PATH_BYTES];
    const int fd = mt_save_built(build_blocks(), path);
    const struct mt_report_options options = {.format = format_named("json")};
    char *text = print(path, &options), *again = print(path, &options);
    ck_assert_str_eq(text, again);
    free(again);

    json_t *root = parse(text), *process, *trace, *totals, *sites;
    free(text);
    json_int_t mappings, mapping_bytes;
    json_int_t allocations, unfreed, bytes, oldest, newest, objects, in_arena;
    const char *schema, *executable, *end, *scan, *function, *first_thread, *second_thread,
        *allocator;
    ck_assert_int_eq(json_unpack(root, "{s:s, s:o, s:o, s:o, s:o}", "schema", &schema, "process",
                                 &process, "trace", &trace, "totals", &totals, "sites", &sites),
                     0);
    ck_assert_str_eq(schema, "memtrace-report/1");
    ck_assert_int_eq(json_unpack(process, "{s:s, s:s, s:n, s:i}", "executable", &executable, "end",
                                 &end, "signal", "exit_status", &(int){0}),
                     0);
    ck_assert_str_eq(executable, "/usr/bin/app?");
    ck_assert_str_eq(end, "exited");
    ck_assert_int_eq(json_unpack(trace, "{s:s, s:s}", "scan", &scan, "allocator", &allocator), 0);
    ck_assert_str_eq(allocator, "glibc 2.36");
    ck_assert_str_eq(scan, "none");
    ck_assert_int_eq(json_unpack(totals, "{s:I, s:I, s:I, s:I, s:I}", "allocations", &allocations,
                                 "unfreed_blocks", &unfreed, "unfreed_bytes", &bytes,
                                 "unfreed_mappings", &mappings, "unfreed_mapping_bytes",
                                 &mapping_bytes),
                     0);
    ck_assert_int_eq(mappings, 0);
    ck_assert_int_eq(mapping_bytes, 0);
    ck_assert_int_eq(allocations, 9);
    ck_assert_int_eq(unfreed, 5);
    ck_assert_int_eq(bytes, 165);

    ck_assert_uint_eq(json_array_size(sites), 3);
    ck_assert_int_eq(json_unpack(json_array_get(sites, 0),
                                 "{s:I, s:I, s:s, s:I, s:I, s:[s, s], s:{s:I}, s:n, s:n}",
                                 "objects", &objects, "bytes", &bytes, "function", &function,
                                 "oldest_ms", &oldest, "newest_ms", &newest, "threads",
                                 &first_thread, &second_thread, "storage", "arena", &in_arena,
                                 "resident_bytes", "suppressed_by"),
                     0);
    ck_assert_int_eq(objects, 2);
    ck_assert_int_eq(bytes, 80);
    ck_assert_str_eq(function, "malloc");
    ck_assert_int_eq(oldest, 5);
    ck_assert_int_eq(newest, 600);
    ck_assert_str_eq(first_thread, "main");
    ck_assert_str_eq(second_thread, "worker");
    json_decref(root);
    close(fd);
}
END_TEST

START_TEST(a_library_loaded_twice_is_one_site)
{
    char path[MT_BUILT_PATH_BYTES];
    const int fd = mt_save_built(build_blocks(), path);
    struct mt_report *report;
    const struct mt_report_options options = {0};
    ck_assert_int_eq(mt_report_open(path, &options, &report, &error), MT_OK);
    ck_assert_uint_eq(report->rows.count, 3);
    const struct mt_row *row = &report->rows.items[1];
    ck_assert_uint_eq(row->site.bytes, 55);
    ck_assert_uint_eq(row->site.objects, 2);
    ck_assert_uint_eq(row->site.oldest_ms, 100);
    ck_assert_uint_eq(row->site.newest_ms, 700);
    ck_assert_uint_eq(row->site.thread_count, 2);
    mt_report_close(report);
    close(fd);
}
END_TEST

static void rows_are(const char *path, const struct mt_report_options *options,
                     const uint64_t *bytes, size_t count)
{
    struct mt_report *report;
    ck_assert_int_eq(mt_report_open(path, options, &report, &error), MT_OK);
    ck_assert_uint_eq(report->rows.shown, count);
    for (size_t i = 0; i < count; i++)
        ck_assert_uint_eq(report->rows.items[i].site.bytes, bytes[i]);
    ck_assert_uint_eq(report->unfreed.all.bytes, 165); /* whatever is left out */
    mt_report_close(report);
}

#define ROWS_ARE(path, options, ...)                                                               \
    rows_are(path, &(const struct mt_report_options)options, (const uint64_t[]){__VA_ARGS__},      \
             sizeof(uint64_t[]){__VA_ARGS__} / sizeof(uint64_t))
#define WITH(...)                                                                                  \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }

START_TEST(options_select_and_order_rows)
{
    char path[MT_BUILT_PATH_BYTES];
    const int fd = mt_save_built(build_blocks(), path);
    ROWS_ARE(path, WITH(0), 80, 55, 30);
    ROWS_ARE(path, WITH(.top = 2), 80, 55);
    ROWS_ARE(path, WITH(.min_bytes = 55), 80, 55);
    ROWS_ARE(path, WITH(.min_bytes = 56), 80);
    ROWS_ARE(path, WITH(.min_age_ms = 712), 50, 40, 30); /* ended after 812 ms */
    ROWS_ARE(path, WITH(.min_age_ms = 713), 40, 30);
    ROWS_ARE(path, WITH(.storages = 1u << MT_STORAGE_ARENA), 80, 55, 30);
    ROWS_ARE(path, WITH(.group_by = MT_GROUP_MODULE), 110, 55);
    ROWS_ARE(path, WITH(.group_by = MT_GROUP_FUNCTION), 110, 55); /* both by third_call */
    rows_are(path, &(const struct mt_report_options){.storages = 1u << MT_STORAGE_MMAP}, NULL, 0);
    rows_are(path, &(const struct mt_report_options){.kinds = 1u << MT_KIND_MAPPING}, NULL, 0);
    close(fd);
}
END_TEST

/* Sites that grow alike: so many blocks of 10 bytes each, over the whole life. */
static struct trace_builder *build_growth(void)
{
    enum { SITES = 6, BLOCKS = 40 };
    struct trace_builder *builder = mt_builder_create(5);
    mt_builder_thread(builder, 1, "main");
    mt_builder_module(builder, 0x10000, 0x20000, 0, "/opt/a/libgone.so.1");
    for (uint64_t i = 0; i < SITES * BLOCKS; i++) {
        static uint32_t stacks[SITES];
        const uint64_t site = i % SITES;
        if (i < SITES)
            stacks[site] = mt_builder_node(builder, 0, 0x10100 + 16 * site, 1, MT_FN_MALLOC);
        mt_builder_block(builder, 0x100000 + 256 * i, 10, stacks[site], 1, i / SITES * 20);
    }
    return builder;
}

START_TEST(what_grows_alike_has_an_order)
{
    char path[MT_BUILT_PATH_BYTES];
    const int fd = mt_save_built(build_growth(), path);
    struct mt_report *report;
    const struct mt_report_options options = {.growing = true};
    ck_assert_int_eq(mt_report_open(path, &options, &report, &error), MT_OK);
    ck_assert_uint_eq(report->rows.count, 6);
    for (size_t i = 1; i < 6; i++) {
        const struct mt_row *row = &report->rows.items[i];
        ck_assert_double_eq(row->slope.bytes_per_second, row[-1].slope.bytes_per_second);
        ck_assert_uint_gt(row->fingerprint, row[-1].fingerprint);
    }
    mt_report_close(report);
    close(fd);
}
END_TEST

/* A block of eight pages of which the first so many are in RAM. */
static char *print_resident(uint64_t pages)
{
    char path[MT_BUILT_PATH_BYTES];
    struct trace_builder *builder = mt_builder_create(5);
    mt_builder_thread(builder, 1, "main");
    const uint32_t stack = mt_builder_node(builder, 0, 0x1000, 0, MT_FN_MALLOC);
    mt_builder_block(builder, 0x100000, 0x8000, stack, 1, 7);
    mt_builder_snapshot(builder, MT_CAUSE_EXIT, 800)->residency = MT_RESIDENCY_SCAN;
    mt_builder_area(builder, 0x100000, 0x108000, "");
    mt_builder_pages(builder, 0, pages, MT_PAGE_PRESENT);
    const int fd = mt_save_built(builder, path);
    char *text = print(path, &(const struct mt_report_options){0});
    close(fd);
    return text;
}

START_TEST(a_whole_page_that_is_not_resident_is_said)
{
    char *text = print_resident(7);
    ck_assert_msg(strstr(text, "\n    28,672 bytes resident, 4,096 never touched\n") != NULL, "%s",
                  text);
    free(text);
    text = print_resident(8);
    ck_assert_ptr_null(strstr(text, "resident"));
    free(text);
}
END_TEST

START_TEST(groups_are_named_and_summed_in_json)
{
    char path[MT_BUILT_PATH_BYTES];
    const int fd = mt_save_built(build_blocks(), path);
    char *text = print(path, &(const struct mt_report_options){.format = format_named("json"),
                                                               .group_by = MT_GROUP_FUNCTION});
    json_t *root = parse(text);
    free(text);
    json_int_t sites, objects;
    const char *function;
    ck_assert_int_eq(json_unpack(json_array_get(json_object_get(root, "sites"), 0),
                                 "{s:I, s:I, s:[{s:s, s:n}]}", "sites", &sites, "objects", &objects,
                                 "stack", "function", &function, "line"),
                     0);
    ck_assert_int_eq(sites, 2);
    ck_assert_int_eq(objects, 3);
    ck_assert_str_eq(function, "third_call");
    json_decref(root);
    close(fd);
}
END_TEST

START_TEST(text_is_plain_where_it_should_be)
{
    char path[MT_BUILT_PATH_BYTES];
    const int fd = mt_save_built(build_blocks(), path);
    char *text = print(path, &(const struct mt_report_options){0});
    ck_assert_ptr_null(strchr(text, '\033'));
    ck_assert_ptr_nonnull(strstr(text, "app -x 'a b'\nprocess 4711 exited with status 0"));
    ck_assert_ptr_nonnull(strstr(text, "\n80 bytes in 2 blocks  48%  third_call\n"));
    ck_assert_ptr_nonnull(strstr(text, "\n55 bytes in 2 blocks  33%  lib?[1mbad.so+0x600\n"));
    ck_assert_ptr_nonnull(strstr(text, "\ntotal 165 bytes in 5 blocks not freed"));
    free(text);

    text = print(path, &(const struct mt_report_options){.color = MT_COLOR_ALWAYS});
    ck_assert_ptr_nonnull(strstr(text, "\033[1mapp -x 'a b'\033[0m\n"));
    ck_assert_ptr_null(strstr(text, "\033[1mbad"));
    free(text);
    close(fd);
}
END_TEST

static __attribute__((noinline)) uint32_t calls_itself(struct trace_builder *builder, int times)
{
    const uint32_t stack =
        times ? calls_itself(builder, times - 1) : mt_self_stack(builder, MT_FN_MALLOC);
    __asm__ volatile(""); /* neither a tail call nor a loop */
    return stack;
}

START_TEST(many_calls_of_itself_are_one_line)
{
    char path[MT_BUILT_PATH_BYTES];
    struct trace_builder *builder = mt_self_trace();
    mt_builder_block(builder, 0x100000, 40, calls_itself(builder, 20), 1, 5);
    const int fd = mt_save_built(builder, path);
    char *text = print(path, &(const struct mt_report_options){0});
    ck_assert(strstr(text, "\n    (20 times)") || strstr(text, "\n    (21 times)"));
    ck_assert_ptr_nonnull(strstr(text, " times)\n    many_calls_of_itself_are_one_line"));
    free(text);
    close(fd);
}
END_TEST

START_TEST(nothing_unfreed_is_said_but_not_by_the_blind)
{
    char path[MT_BUILT_PATH_BYTES];
    struct trace_builder *builder = mt_builder_create(5);
    mt_builder_thread(builder, 1, "main")->calls[MT_FN_MALLOC] = 1234;
    int fd = mt_save_built(builder, path);
    char *text = print(path, &(const struct mt_report_options){0});
    ck_assert_ptr_nonnull(strstr(text, "nothing unfreed: 1,234 allocations, all freed\n"));
    ck_assert_ptr_null(strstr(text, "inconclusive"));
    free(text);
    close(fd);

    fd = mt_save_built(mt_builder_create(5), path);
    text = print(path, &(const struct mt_report_options){0});
    ck_assert_ptr_null(strstr(text, "nothing unfreed"));
    ck_assert_ptr_nonnull(strstr(text, "inconclusive: "));
    free(text);
    close(fd);
}
END_TEST

START_TEST(one_unreadable_trace_does_not_hide_the_others)
{
    char path[MT_BUILT_PATH_BYTES];
    const int fd = mt_save_built(build_blocks(), path);
    const char *const paths[] = {"/proc/self/no.mtrace", path, "/proc/self/none.mtrace", path};
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    const struct mt_report_options options = {.format = format_named("json")};
    ck_assert_int_eq(mt_report_traces(paths, 4, &options, out, &error), MT_UNREADABLE);
    fclose(out);
    ck_assert_ptr_nonnull(strstr(error.text, "no.mtrace"));
    json_t *root = parse(text);
    ck_assert_uint_eq(json_array_size(root), 2);
    json_decref(root);
    free(text);
    close(fd);
}
END_TEST

MT_UNIT_TESTS("report", json_is_the_same_for_the_same_trace_and_has_every_key,
              a_library_loaded_twice_is_one_site, options_select_and_order_rows,
              what_grows_alike_has_an_order, a_whole_page_that_is_not_resident_is_said,
              many_calls_of_itself_are_one_line, groups_are_named_and_summed_in_json,
              text_is_plain_where_it_should_be, nothing_unfreed_is_said_but_not_by_the_blind,
              one_unreadable_trace_does_not_hide_the_others)
