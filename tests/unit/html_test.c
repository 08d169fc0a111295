/* The parts of the page: text that stays text, stacks that share their callers, lines of sources.
 */
#include <fcntl.h>
#include <jansson.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "block.h"
#include "markup.h"
#include "report.h"
#include "source_lines.h"
#include "stacks.h"
#include "trace_builder.h"
#include "unit.h"

static void becomes(const char *text, const char *markup)
{
    char *written;
    size_t length;
    FILE *out = open_memstream(&written, &length);
    mt_markup_text(out, text);
    fclose(out);
    ck_assert_str_eq(written, markup);
    free(written);
}

START_TEST(text_is_no_markup)
{
    becomes("plain \xc3\xbc", "plain \xc3\xbc");
    becomes("</script><b a='1' b=\"2\">&amp;",
            "&lt;/script&gt;&lt;b a=&#39;1&#39; b=&quot;2&quot;&gt;&amp;amp;");
    becomes("a\033[31m\xff\xc2\x9b z\n", "a?[31m??? z?");
}
END_TEST

START_TEST(nothing_ends_a_block)
{
    char *written;
    size_t length;
    FILE *out = open_memstream(&written, &length);
    FILE *block = mt_block_open(out);
    fputs("[\"</script><!--\",\"", block);
    for (int i = 0; i < 10000; i++) /* more than a stream holds back */
        fputs("a<", block);
    fputs("\"]", block);
    fclose(block);
    fputs("<end>", out);
    fclose(out);
    ck_assert_ptr_eq(strchr(written, '<'), written + length - 5);
    written[length - 5] = 0;
    json_t *list = json_loads(written, 0, NULL);
    ck_assert_str_eq(json_string_value(json_array_get(list, 0)), "</script><!--");
    ck_assert_uint_eq(json_string_length(json_array_get(list, 1)), 20000);
    json_decref(list);
    free(written);
}
END_TEST

/* ---- traces ---- */

static struct mt_trace *opened(struct trace_builder *builder)
{
    struct mt_trace *trace;
    struct mt_error error;
    mt_builder_save(builder, "html_test.mtrace");
    ck_assert_int_eq(mt_trace_open("html_test.mtrace", &trace, &error), MT_OK);
    unlink("html_test.mtrace");
    return trace;
}

static json_t *written_stacks(const struct mt_stacks *stacks)
{
    char *text;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    fputc('{', out);
    mt_stacks_write(stacks, out);
    fputs("\"end\":0}", out);
    fclose(out);
    json_error_t error;
    json_t *written = json_loads(text, 0, &error);
    ck_assert_msg(written != NULL, "%s: %s", error.text, text);
    free(text);
    return written;
}

static json_int_t number_at(json_t *object, const char *table, const char *column, size_t index)
{
    json_t *numbers = json_object_get(json_object_get(object, table), column);
    ck_assert_uint_gt(json_array_size(numbers), index);
    return json_integer_value(json_array_get(numbers, index));
}

START_TEST(stacks_share_their_callers)
{
    struct trace_builder *builder = mt_builder_create(5);
    mt_builder_module(builder, 0x400000, 0x500000, MT_MODULE_MAIN, "/bin/<app>");
    const uint32_t outer = mt_builder_node(builder, 0, 0x400010, 1, MT_FN_UNKNOWN);
    const uint32_t one = mt_builder_node(builder, outer, 0x400020, 1, MT_FN_MALLOC);
    const uint32_t two = mt_builder_node(builder, outer, 0x400030, 1, MT_FN_MALLOC);
    struct mt_trace *trace = opened(builder);
    struct mt_symbols *symbols;
    struct mt_error error;
    ck_assert_int_eq(mt_symbols_create(trace, NULL, &symbols, &error), MT_OK);
    struct mt_source_lines *lines = mt_source_lines_create(trace, NULL);
    struct mt_stacks *stacks = mt_stacks_create(trace, symbols, lines);

    ck_assert_int_eq(mt_stacks_add(stacks, one), 1);
    ck_assert_int_eq(mt_stacks_add(stacks, two), 2);
    ck_assert_int_eq(mt_stacks_add(stacks, one), 1);
    ck_assert_int_eq(mt_stacks_add(stacks, outer), 0);
    ck_assert_int_eq(mt_stacks_add(stacks, 0), -1);
    ck_assert_int_eq(mt_stacks_add_name(stacks, "group"), 3);

    json_t *written = written_stacks(stacks);
    static const json_int_t frames[] = {-2, -1, -3, 0}, ups[] = {0, 1, 2, 0};
    for (size_t i = 0; i < 4; i++)
        ck_assert_int_eq(number_at(written, "nodes", "up", i), ups[i]);
    ck_assert_int_eq(number_at(written, "nodes", "frame", 3), frames[3]);
    ck_assert_int_eq(number_at(written, "addresses", "offset", 0), 0x20);
    ck_assert_int_eq(number_at(written, "nodes", "frame", 1), frames[1]);
    json_decref(written);
    mt_stacks_destroy(stacks);
    mt_source_lines_destroy(lines);
    mt_symbols_destroy(symbols);
    mt_trace_close(trace);
    mt_builder_destroy(builder);
}
END_TEST

static unsigned count_of(const char *text, const char *part)
{
    unsigned count = 0;
    for (; (text = strstr(text, part)); text++)
        count++;
    return count;
}

/* A program that says where it is, again and again. */
static void add_phases(struct trace_builder *builder, uint32_t count)
{
    for (uint32_t i = 1; i <= count; i++) {
        const struct mt_epoch epoch = {.number = i, .kind = MT_EPOCH_PHASE, .ms = i};
        mt_builder_fact(builder, MT_FACT_EPOCH, &epoch, sizeof epoch);
    }
}

START_TEST(same_trace_same_page)
{
    struct trace_builder *builder = mt_builder_create(5);
    mt_builder_module(builder, 0x400000, 0x500000, MT_MODULE_MAIN, "/bin/app");
    const uint32_t stack = mt_builder_node(builder, 0, 0x400010, 1, MT_FN_MALLOC);
    mt_builder_thread(builder, 1, "app");
    mt_builder_block(builder, 0x601010, 100, stack, 1, 5);
    add_phases(builder, 150);
    mt_builder_save(builder, "html_test.mtrace");
    struct mt_report_options options = {0};
    while (strcmp(mt_report_formats[options.format].name, "html") != 0)
        options.format++;
    char *pages[2];
    for (int i = 0; i < 2; i++) {
        struct mt_report *report;
        struct mt_error error;
        size_t length;
        ck_assert_int_eq(mt_report_open("html_test.mtrace", &options, &report, &error), MT_OK);
        FILE *out = open_memstream(&pages[i], &length);
        mt_report_print(&report, 1, &options, out);
        fclose(out);
        mt_report_close(report);
    }
    ck_assert_str_eq(pages[0], pages[1]);
    ck_assert_ptr_nonnull(strstr(pages[0], "100"));
    ck_assert_uint_eq(count_of(pages[0], "\"kind\":\"phase\""), 100); /* no more marks */
    free(pages[0]);
    free(pages[1]);
    unlink("html_test.mtrace");
    mt_builder_destroy(builder);
}
END_TEST

/* ---- sources ---- */

static void write_source(const char *text, time_t changed)
{
    FILE *file = fopen("html_test.c.txt", "w");
    fputs(text, file);
    fclose(file);
    const struct timespec times[2] = {{.tv_sec = changed}, {.tv_sec = changed}};
    ck_assert_int_eq(utimensat(AT_FDCWD, "html_test.c.txt", times, 0), 0);
}

START_TEST(lines_of_sources)
{
    struct trace_builder *builder = mt_builder_create(5);
    mt_builder_header(builder)->started_unix_ns = UINT64_C(2000000000000000000);
    struct mt_trace *trace = opened(builder);
    char folder[4096], line[MT_SOURCE_LINE_SIZE];
    ck_assert_ptr_nonnull(getcwd(folder, sizeof folder));
    struct mt_frame frame = {.file = "html_test.c.txt", .directory = folder, .line = 2};

    write_source("one\n\t two\xff\033 \r\n\nfour", 1999999999);
    struct mt_source_lines *lines = mt_source_lines_create(trace, NULL);
    ck_assert(mt_source_line(lines, &frame, line));
    ck_assert_str_eq(line, "two??");
    frame.line = 4;
    ck_assert(mt_source_line(lines, &frame, line));
    ck_assert_str_eq(line, "four");
    frame.line = 3;
    ck_assert(!mt_source_line(lines, &frame, line)); /* an empty one */
    frame.line = 5;
    ck_assert(!mt_source_line(lines, &frame, line));
    frame.line = 1;
    frame.directory = "relative";
    ck_assert(!mt_source_line(lines, &frame, line));
    mt_source_lines_destroy(lines);

    frame.directory = folder;
    write_source("one\n", 2000000001); /* after the process began */
    lines = mt_source_lines_create(trace, NULL);
    ck_assert(!mt_source_line(lines, &frame, line));
    mt_source_lines_destroy(lines);

    char wide[1000];
    memset(wide, 'w', sizeof wide);
    memcpy(wide + MT_SOURCE_LINE_SIZE - 2, "\xc3\xbc", 2);
    wide[sizeof wide - 1] = 0;
    write_source(wide, 1999999999);
    lines = mt_source_lines_create(trace, NULL);
    ck_assert(mt_source_line(lines, &frame, line));
    ck_assert_uint_eq(strlen(line), MT_SOURCE_LINE_SIZE - 2); /* not half a character */
    mt_source_lines_destroy(lines);
    unlink("html_test.c.txt");
    mt_trace_close(trace);
    mt_builder_destroy(builder);
}
END_TEST

MT_UNIT_TESTS("html", text_is_no_markup, nothing_ends_a_block, stacks_share_their_callers,
              same_trace_same_page, lines_of_sources)
