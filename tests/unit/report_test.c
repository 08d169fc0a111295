/* Reports of real stacks of this very program: names, lines and inlined calls from its own debug
 * information; fingerprints; rows; the JSON. */
#include <inttypes.h>
#include <jansson.h>
#include <string.h>
#include "built.h"
#include "fingerprint.h"
#include "frames.h"
#include "report.h"
#include "self_trace.h"
#include "site_name.h"

extern uint32_t (*const mt_test_inlined)(struct trace_builder *, int);
extern uint32_t (*const mt_test_plain)(struct trace_builder *, int);

static struct mt_error error;

/* ---- symbols ---- */

struct seen {
    const char *function, *file;
    bool is_inlined;
};

static void stack_is(const struct mt_trace *trace, struct mt_symbols *symbols, uint32_t stack,
                     const struct seen *wanted, size_t count)
{
    struct mt_frame_walk walk;
    mt_frames_begin(&walk, trace, symbols, stack);
    for (size_t i = 0; i < count; i++) {
        const struct mt_frame *frame = mt_frames_next(&walk);
        ck_assert_ptr_nonnull(frame);
        ck_assert_ptr_nonnull(frame->function);
        ck_assert_str_eq(frame->function->full, wanted[i].function);
        ck_assert_ptr_nonnull(frame->file);
        ck_assert_str_eq(mt_base_name(frame->file), wanted[i].file);
        ck_assert_uint_gt(frame->line, 0);
        ck_assert_int_eq(frame->is_inlined, wanted[i].is_inlined);
    }
}

START_TEST(calls_have_their_names_and_lines_inlined_or_not)
{
    struct trace_builder *builder = mt_self_trace();
    const uint32_t plain = mt_test_plain(builder, MT_FN_MALLOC);
    const uint32_t inlined = mt_test_inlined(builder, MT_FN_MALLOC);
    struct mt_trace *trace = mt_open_built(builder);
    struct mt_symbols *symbols;
    ck_assert_int_eq(mt_symbols_create(trace, NULL, &symbols, &error), MT_OK);

    static const char file[] = "inlined_calls.h";
    const struct seen wanted_plain[] = {{"third_call", file, false},
                                        {"second_call", file, false},
                                        {"first_call", file, false},
                                        {"entry_point", file, false}};
    stack_is(trace, symbols, plain, wanted_plain, 4);
    const struct seen wanted_inlined[] = {{"third_call", file, true},
                                          {"second_call", file, true},
                                          {"first_call", file, true},
                                          {"entry_point", file, false}};
    stack_is(trace, symbols, inlined, wanted_inlined, 4);
    ck_assert_ptr_null(mt_symbols_note(symbols, 0));
    mt_symbols_destroy(symbols);
    mt_trace_close(trace);
}
END_TEST

START_TEST(lines_are_those_of_the_calls)
{
    struct trace_builder *builder = mt_self_trace();
    const unsigned line = __LINE__ + 1;
    const uint32_t stack = mt_self_stack(builder, MT_FN_MALLOC);
    struct mt_trace *trace = mt_open_built(builder);
    struct mt_symbols *symbols;
    ck_assert_int_eq(mt_symbols_create(trace, NULL, &symbols, &error), MT_OK);
    struct mt_frame_walk walk;
    mt_frames_begin(&walk, trace, symbols, stack);
    ck_assert_uint_eq(mt_frames_next(&walk)->line, line);
    mt_symbols_destroy(symbols);
    mt_trace_close(trace);
}
END_TEST

/* The innermost frame of a stack of this program, whose module was changed by `spoil`. */
static void unnamed_after(void (*spoil)(struct mt_module *), const char *note)
{
    struct trace_builder *builder = mt_self_trace();
    const uint32_t stack = mt_self_stack(builder, MT_FN_MALLOC);
    spoil(mt_self_module(builder));
    struct mt_trace *trace = mt_open_built(builder);
    struct mt_symbols *symbols;
    ck_assert_int_eq(mt_symbols_create(trace, NULL, &symbols, &error), MT_OK);
    struct mt_frame_walk walk;
    mt_frames_begin(&walk, trace, symbols, stack);
    const struct mt_frame *frame = mt_frames_next(&walk);
    ck_assert_ptr_null(frame->function);
    ck_assert_ptr_null(frame->file);
    char *label = mt_frame_label(walk.location, frame), wanted[256];
    snprintf(wanted, sizeof wanted, "%s+0x%" PRIx64, mt_base_name(walk.location->module->path),
             walk.node->pc - walk.location->module->bias);
    ck_assert_str_eq(label, wanted);
    free(label);
    ck_assert_ptr_nonnull(mt_symbols_note(symbols, 0));
    ck_assert_msg(strstr(mt_symbols_note(symbols, 0), note) != NULL, "%s",
                  mt_symbols_note(symbols, 0));
    ck_assert_ptr_null(mt_symbols_note(symbols, 1)); /* said once */
    mt_symbols_destroy(symbols);
    mt_trace_close(trace);
}

static void change_build_id(struct mt_module *module)
{
    module->build_id[3] ^= 1;
}

static void forget_build_id(struct mt_module *module)
{
    module->build_id_bytes = 0;
}

static void change_path(struct mt_module *module)
{
    module->path[1] ^= 1;
}

START_TEST(a_file_that_is_not_the_one_that_ran_is_not_believed)
{
    unnamed_after(change_build_id, "its build-id differs");
    unnamed_after(forget_build_id, "its build-id differs");
    unnamed_after(change_path, "is not on this machine");
}
END_TEST

/* ---- fingerprints ---- */

static uint64_t fingerprint_of(const struct mt_trace *trace, uint32_t stack)
{
    struct mt_symbols *symbols;
    ck_assert_int_eq(mt_symbols_create(trace, NULL, &symbols, &error), MT_OK);
    const uint64_t fingerprint = mt_fingerprint(trace, symbols, MT_KIND_BLOCK, stack);
    mt_symbols_destroy(symbols);
    return fingerprint;
}

static __attribute__((noinline)) uint32_t other_caller(struct trace_builder *builder)
{
    const uint32_t stack = mt_test_plain(builder, MT_FN_MALLOC);
    __asm__ volatile("");
    return stack;
}

START_TEST(fingerprints_do_not_depend_on_inlining_but_on_callers)
{
    struct trace_builder *builder = mt_self_trace();
    const uint32_t plain = mt_test_plain(builder, MT_FN_MALLOC);
    const uint32_t again = mt_test_plain(builder, MT_FN_CALLOC);
    const uint32_t inlined = mt_test_inlined(builder, MT_FN_MALLOC);
    const uint32_t other = other_caller(builder);
    struct mt_trace *trace = mt_open_built(builder);
    const uint64_t fingerprint = fingerprint_of(trace, plain);
    ck_assert_uint_eq(fingerprint_of(trace, again), fingerprint); /* another line */
    ck_assert_uint_eq(fingerprint_of(trace, inlined), fingerprint);
    ck_assert_uint_ne(fingerprint_of(trace, other), fingerprint);
    ck_assert_uint_ne(fingerprint_of(trace, 0), fingerprint);
    mt_trace_close(trace);
}
END_TEST

START_TEST(fingerprints_do_not_depend_on_where_code_was_loaded)
{
    uint64_t fingerprints[2];
    for (int i = 0; i < 2; i++) {
        struct trace_builder *builder = mt_self_trace();
        const uint32_t stack = mt_self_stack(builder, MT_FN_MALLOC);
        struct mt_module *module = mt_self_module(builder);
        const uint64_t moved = i ? 0x10000000 : 0;
        module->start += moved;
        module->end += moved;
        module->bias += moved;
        for (uint32_t id = stack; id; id = mt_builder_node_at(builder, id)->parent) {
            if (mt_builder_node_at(builder, id)->module == module->id)
                mt_builder_node_at(builder, id)->pc += moved;
        }
        struct mt_trace *trace = mt_open_built(builder);
        fingerprints[i] = fingerprint_of(trace, stack);
        mt_trace_close(trace);
    }
    ck_assert_uint_eq(fingerprints[0], fingerprints[1]);
}
END_TEST

START_TEST(the_fingerprint_of_a_stack_without_names_is_known)
{
    struct trace_builder *builder = mt_builder_create(5);
    mt_builder_module(builder, 0x10000, 0x20000, 0, "/opt/a/libgone.so.1");
    const uint32_t outer = mt_builder_node(builder, 0, 0x10500, 1, MT_FN_UNKNOWN);
    const uint32_t inner = mt_builder_node(builder, outer, 0x10600, 1, MT_FN_MALLOC);
    struct mt_trace *trace = mt_open_built(builder);
    /* FNV-1a of 01 00 "libgone.so.1+0x600" 00 "libgone.so.1+0x500" 00: a change of it makes every
     * baseline of every user worthless, and must come with a new version. */
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    static const char text[] = "\1\0libgone.so.1+0x600\0libgone.so.1+0x500";
    for (size_t i = 0; i < sizeof text; i++)
        hash = (hash ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
    ck_assert_uint_eq(fingerprint_of(trace, inner), hash);
    mt_trace_close(trace);
}
END_TEST

/* ---- reports ---- */

/* Saves the trace under a name in memory; *ret_fd keeps it. */
static void save(struct trace_builder *builder, char path[32], int *ret_fd)
{
    *ret_fd = memfd_create("report.mtrace", MFD_CLOEXEC);
    ck_assert_int_ge(*ret_fd, 0);
    snprintf(path, 32, "/proc/self/fd/%d", *ret_fd);
    mt_builder_save(builder, path);
    mt_builder_destroy(builder);
}

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
    const uint32_t other = other_caller(builder);
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
    char path[32];
    int fd;
    save(build_blocks(), path, &fd);
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
    char path[32];
    int fd;
    save(build_blocks(), path, &fd);
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
    char path[32];
    int fd;
    save(build_blocks(), path, &fd);
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
    char path[32];
    int fd;
    save(build_growth(), path, &fd);
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
    char path[32];
    int fd;
    struct trace_builder *builder = mt_builder_create(5);
    mt_builder_thread(builder, 1, "main");
    const uint32_t stack = mt_builder_node(builder, 0, 0x1000, 0, MT_FN_MALLOC);
    mt_builder_block(builder, 0x100000, 0x8000, stack, 1, 7);
    mt_builder_snapshot(builder, MT_CAUSE_EXIT, 800)->residency = MT_RESIDENCY_SCAN;
    mt_builder_area(builder, 0x100000, 0x108000, "");
    mt_builder_pages(builder, 0, pages, MT_PAGE_PRESENT);
    save(builder, path, &fd);
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
    char path[32];
    int fd;
    save(build_blocks(), path, &fd);
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
    char path[32];
    int fd;
    save(build_blocks(), path, &fd);
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
    char path[32];
    int fd;
    struct trace_builder *builder = mt_self_trace();
    mt_builder_block(builder, 0x100000, 40, calls_itself(builder, 20), 1, 5);
    save(builder, path, &fd);
    char *text = print(path, &(const struct mt_report_options){0});
    ck_assert(strstr(text, "\n    (20 times)") || strstr(text, "\n    (21 times)"));
    ck_assert_ptr_nonnull(strstr(text, " times)\n    many_calls_of_itself_are_one_line"));
    free(text);
    close(fd);
}
END_TEST

START_TEST(nothing_unfreed_is_said_but_not_by_the_blind)
{
    char path[32];
    int fd;
    struct trace_builder *builder = mt_builder_create(5);
    mt_builder_thread(builder, 1, "main")->calls[MT_FN_MALLOC] = 1234;
    save(builder, path, &fd);
    char *text = print(path, &(const struct mt_report_options){0});
    ck_assert_ptr_nonnull(strstr(text, "nothing unfreed: 1,234 allocations, all freed\n"));
    ck_assert_ptr_null(strstr(text, "inconclusive"));
    free(text);
    close(fd);

    save(mt_builder_create(5), path, &fd);
    text = print(path, &(const struct mt_report_options){0});
    ck_assert_ptr_null(strstr(text, "nothing unfreed"));
    ck_assert_ptr_nonnull(strstr(text, "inconclusive: "));
    free(text);
    close(fd);
}
END_TEST

START_TEST(one_unreadable_trace_does_not_hide_the_others)
{
    char path[32];
    int fd;
    save(build_blocks(), path, &fd);
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

MT_UNIT_TESTS("report", calls_have_their_names_and_lines_inlined_or_not,
              lines_are_those_of_the_calls, a_file_that_is_not_the_one_that_ran_is_not_believed,
              fingerprints_do_not_depend_on_inlining_but_on_callers,
              fingerprints_do_not_depend_on_where_code_was_loaded,
              the_fingerprint_of_a_stack_without_names_is_known,
              json_is_the_same_for_the_same_trace_and_has_every_key,
              a_library_loaded_twice_is_one_site, options_select_and_order_rows,
              what_grows_alike_has_an_order, a_whole_page_that_is_not_resident_is_said,
              many_calls_of_itself_are_one_line, groups_are_named_and_summed_in_json,
              text_is_plain_where_it_should_be, nothing_unfreed_is_said_but_not_by_the_blind,
              one_unreadable_trace_does_not_hide_the_others)
