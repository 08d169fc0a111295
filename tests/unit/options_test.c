/* Command lines: what is understood, what is refused and with which words, and where operands go.
 */
#include <string.h>
#include "report.h"
#include "report_options.h"
#include "unit.h"

static struct mt_report_options options;
static struct mt_error error;
static int operand;

/* Parses "report" and the words of `line`, separated by blanks. */
static char *words[32];
static int parse_line(const char *line, bool stop_at_operand)
{
    static char copy[1024];
    const struct mt_option_table tables[] = {{mt_report_option_list, &options}, {NULL, NULL}};
    int count = 0;
    static char name[] = "report";
    words[count++] = name;
    strcpy(copy, line);
    for (char *word = strtok(copy, " "); word; word = strtok(NULL, " "))
        words[count++] = word;
    words[count] = NULL;
    memset(&options, 0, sizeof options);
    memset(&error, 0, sizeof error);
    return mt_options_parse(count, words, tables, stop_at_operand, &operand, &error);
}

static int parse(const char *line)
{
    return parse_line(line, false);
}

static void refuses(const char *line, const char *text)
{
    ck_assert_int_eq(parse(line), MT_USAGE);
    ck_assert_str_eq(error.text, text);
    ck_assert_int_eq(error.status, MT_USAGE);
}

START_TEST(every_option_goes_where_it_belongs)
{
    ck_assert_int_eq(parse("--format=json --group-by file --sort=blocks --top=7 --min-bytes=3K "
                           "--min-age=1.5 --verdict=definite,reachable --kind=mapping "
                           "--storage=mmap,brk --sysroot=/srv/root --color=never"),
                     MT_OK);
    ck_assert_str_eq(mt_report_formats[options.format].name, "json");
    ck_assert_int_eq(options.group_by, MT_GROUP_FILE);
    ck_assert_int_eq(options.sort, MT_SORT_BLOCKS);
    ck_assert_uint_eq(options.top, 7);
    ck_assert_uint_eq(options.min_bytes, 3072);
    ck_assert_uint_eq(options.min_age_ms, 1500);
    ck_assert_uint_eq(options.verdicts, 1u << MT_VERDICT_DEFINITE | 1u << MT_VERDICT_REACHABLE);
    ck_assert_uint_eq(options.kinds, 1u << MT_KIND_MAPPING);
    ck_assert_uint_eq(options.storages, 1u << MT_STORAGE_MMAP | 1u << MT_STORAGE_BRK);
    ck_assert_str_eq(options.sysroot, "/srv/root");
    ck_assert_int_eq(options.color, MT_COLOR_NEVER);
}
END_TEST

START_TEST(all_is_every_word_of_a_list)
{
    ck_assert_int_eq(parse("--verdict=all --storage=all --kind=block,all"), MT_OK);
    ck_assert_uint_eq(options.verdicts, (1u << MT_VERDICT_COUNT) - 1);
    ck_assert_uint_eq(options.storages, (1u << MT_STORAGE_COUNT) - 1);
    ck_assert_uint_eq(options.kinds, (1u << MT_KIND_COUNT) - 1);
}
END_TEST

START_TEST(sizes_take_units)
{
    static const struct {
        const char *text;
        uint64_t bytes;
    } sizes[] = {{"0", 0},
                 {"1", 1},
                 {"2k", 2048},
                 {"3M", 3145728},
                 {"4G", UINT64_C(4294967296)},
                 {"18446744073709551615", UINT64_MAX},
                 {"17179869183G", UINT64_C(17179869183) << 30}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        uint64_t bytes = 42;
        ck_assert_int_eq(mt_value_bytes(sizes[i].text, &bytes, &error), MT_OK);
        ck_assert_uint_eq(bytes, sizes[i].bytes);
    }
    static const char *const bad[] = {"",
                                      "K",
                                      "-1",
                                      "+1",
                                      " 1",
                                      "1 ",
                                      "1KB",
                                      "1T",
                                      "1.5M",
                                      "0x1",
                                      "1e3",
                                      "17179869184G",
                                      "18446744073709551616"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uint64_t bytes = 42;
        ck_assert_int_eq(mt_value_bytes(bad[i], &bytes, &error), MT_USAGE);
        ck_assert_uint_eq(bytes, 42);
    }
}
END_TEST

START_TEST(seconds_may_have_a_fraction)
{
    uint64_t ms;
    ck_assert_int_eq(mt_value_seconds("60", &ms, &error), MT_OK);
    ck_assert_uint_eq(ms, 60000);
    ck_assert_int_eq(mt_value_seconds("0.0005", &ms, &error), MT_OK);
    ck_assert_uint_eq(ms, 1);
    static const char *const bad[] = {"", "-1", "1s", "nan", "inf", "1e999", "0x10p3 "};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        ck_assert_int_eq(mt_value_seconds(bad[i], &ms, &error), MT_USAGE);
}
END_TEST

START_TEST(wrong_usage_is_said_in_one_line)
{
    refuses("--top=many", "--top=many: not a number");
    refuses("--top=", "--top=: not a number");
    refuses("--min-bytes=12X", "--min-bytes=12X: not a size (try: 4096, 64K, 10M or 1G)");
    refuses("--format=xml", "--format=xml: xml is not known (try: text, json, html)");
    refuses("--storage=brk,hepa",
            "--storage=brk,hepa: hepa is not known (try: brk, arena, mmap, unknown)");
    refuses("--kind=", "--kind=:  is not known (try: block, mapping)");
    refuses("--sysroot=", "--sysroot=: needs a folder");
    refuses("--frobnicate", "--frobnicate: no such option");
    refuses("-x", "-x: no such option");
    refuses("trace -qz", "-q: no such option");
    refuses("--top", "--top: needs a value");
    refuses("--help=me", "--help=me: takes no value");
}
END_TEST

START_TEST(operands_stand_anywhere_or_end_the_options)
{
    ck_assert_int_eq(parse("one --top=3 two -- --three"), MT_OK);
    ck_assert_uint_eq(options.top, 3);
    ck_assert_int_eq(operand, 3);
    ck_assert_str_eq(words[3], "one");
    ck_assert_str_eq(words[4], "two");
    ck_assert_str_eq(words[5], "--three");

    ck_assert_int_eq(parse_line("--top=3 program --top=5 -x", true), MT_OK);
    ck_assert_uint_eq(options.top, 3);
    ck_assert_int_eq(operand, 2);
    ck_assert_str_eq(words[operand], "program");

    ck_assert_int_eq(parse_line("-- program --top=5", true), MT_OK);
    ck_assert_uint_eq(options.top, 0);
    ck_assert_str_eq(words[operand], "program");
}
END_TEST

START_TEST(help_is_seen_wherever_it_stands)
{
    ck_assert_int_eq(parse("--help"), MT_OPTIONS_HELP);
    ck_assert_int_eq(parse("-h"), MT_OPTIONS_HELP);
    ck_assert_int_eq(parse("trace --top=1 --help"), MT_OPTIONS_HELP);
    ck_assert_int_eq(parse_line("program --help", true), MT_OK);
}
END_TEST

START_TEST(the_help_screen_names_every_option_and_no_other)
{
    size_t in_table = 0, in_help = 0;
    for (const struct mt_option *option = mt_report_option_list; option->name; option++) {
        char text[64];
        if (option->letter)
            snprintf(text, sizeof text, "  -%c, --%s", option->letter, option->name);
        else
            snprintf(text, sizeof text, "  --%s%s", option->name, option->has_value ? "=" : "");
        ck_assert_msg(strstr(MT_REPORT_OPTIONS_HELP, text) != NULL, "%s", option->name);
        in_table++;
    }
    for (const char *at = MT_REPORT_OPTIONS_HELP; (at = strstr(at, "\n  -")); at++)
        in_help++;
    ck_assert_uint_eq(in_table, in_help);
}
END_TEST

MT_UNIT_TESTS("options", every_option_goes_where_it_belongs, all_is_every_word_of_a_list,
              sizes_take_units, seconds_may_have_a_fraction, wrong_usage_is_said_in_one_line,
              operands_stand_anywhere_or_end_the_options, help_is_seen_wherever_it_stands,
              the_help_screen_names_every_option_and_no_other)
