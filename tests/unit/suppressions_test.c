/* suppressions_test.c: both formats, what they match, and what is said of a line that is neither.
 */
#include <string.h>
#include "suppressions.h"
#include "unit.h"

static const struct mt_matched_frame stack[] = {
    {"malloc", "malloc", "malloc", NULL, NULL},
    {"_ZN5Cache6insertEi", "Cache::insert(int)", "Cache::insert", "src/cache.cpp",
     "/opt/app/lib/libcache.so.1"},
    {"handle", "handle", "handle", "src/server.c", "/opt/app/bin/server"},
    {"main", "main", "main", "src/main.c", "/opt/app/bin/server"},
};
enum { FRAMES = sizeof stack / sizeof *stack };

static bool hides(const char *text, enum mt_verdict verdict)
{
    struct mt_suppressions list = {0};
    struct mt_error error;
    ck_assert_msg(mt_suppressions_parse(&list, "test.supp", text, &error) == MT_OK, "%s",
                  error.text);
    const bool found = mt_suppressions_find(&list, verdict, stack, FRAMES) != NULL;
    mt_suppressions_finish(&list);
    return found;
}

#define HIDES(text) ck_assert_msg(hides(text, MT_VERDICT_DEFINITE), "%s", text)
#define SHOWS(text) ck_assert_msg(!hides(text, MT_VERDICT_DEFINITE), "%s", text)

START_TEST(patterns_of_leak_sanitizer)
{
    HIDES("leak:insert");
    HIDES("leak:Cache::insert");
    HIDES("leak:^Cache::insert(int)$");
    HIDES("leak:^handle$");
    HIDES("leak:libcache.so");
    HIDES("leak:src/server.c");
    HIDES("leak:^Cache*int");
    HIDES("leak:^C*::*t)$");
    HIDES("leak:_ZN5Cache");
    HIDES("# comment\n\n  leak:  main  \n");
    HIDES("leak:nothing\nleak:main");
    SHOWS("leak:^insert");
    SHOWS("leak:insert$");
    SHOWS("leak:^handl$");
    SHOWS("leak:Cache*long");
    SHOWS("leak:handle::");
    SHOWS("");
}
END_TEST

#define BLOCK(lines) "{\n   name\n   Memcheck:Leak\n" lines "}\n"

START_TEST(blocks_of_valgrind)
{
    HIDES(BLOCK("fun:malloc\nfun:_ZN5Cache6insertEi\n"));
    HIDES(BLOCK("fun:malloc\nfun:Cache::*\nfun:handle\nfun:main\n"));
    HIDES(BLOCK("fun:_ZN5Cache6insertE?\n"));
    HIDES(BLOCK("...\nfun:main\n"));
    HIDES(BLOCK("fun:malloc\n...\nobj:*/server\n"));
    HIDES(BLOCK("fun:malloc\nobj:*/libcache.so*\nfun:handle\n"));
    HIDES(BLOCK("fun:malloc\nsrc:*cache.cpp\n"));
    HIDES(BLOCK("match-leak-kinds: reachable,definite\nfun:*\n"));
    HIDES(BLOCK("match-leak-kinds:all\nfun:*\n"));
    SHOWS(BLOCK("match-leak-kinds: possible\nfun:*\n"));
    SHOWS(BLOCK("fun:handle\n"));
    SHOWS(BLOCK("fun:malloc\nfun:handle\n"));
    SHOWS(BLOCK("fun:Cache\n"));
    SHOWS(BLOCK("fun:malloc\nfun:*\nfun:*\nfun:*\nfun:*\n"));
    SHOWS("{\n x\n Memcheck:Cond\n fun:*\n}\n{\n y\n Helgrind:Race\n fun:*\n}\n");
    HIDES("{\n x\n Memcheck:Cond\n fun:*\n}\nleak:main\n");
    HIDES("{\n x\n Memcheck,Other:Leak\n fun:*\n}\n");
}
END_TEST

START_TEST(dots_stand_for_any_number_of_frames)
{
    HIDES(BLOCK("...\nfun:malloc\n...\nfun:main\n"));
    HIDES(BLOCK("...\n...\nfun:handle\n...\n"));
    HIDES(BLOCK("fun:malloc\n...\n...\nfun:Cache*\n"));
    HIDES(BLOCK("...\nfun:*\nfun:main\n"));
    SHOWS(BLOCK("...\nfun:main\nfun:*\n"));
    SHOWS(BLOCK("...\nfun:handle\n...\nfun:malloc\n"));
    SHOWS(BLOCK("...\nfun:malloc\nfun:handle\n"));
}
END_TEST

/* Trying every way to share out the frames would take longer than the universe lasts. */
START_TEST(many_dots_take_no_time)
{
    static struct mt_matched_frame deep[500];
    struct mt_suppressions list = {0};
    struct mt_error error;
    char text[1024] = "{\n name\n Memcheck:Leak\n";
    for (size_t i = 0; i < sizeof deep / sizeof *deep; i++)
        deep[i].symbol = "f";
    for (int i = 0; i < 11; i++)
        strcat(text, "...\nfun:f\n");
    strcat(text, "fun:none\n}\n");
    ck_assert_int_eq(mt_suppressions_parse(&list, "test.supp", text, &error), MT_OK);
    ck_assert_ptr_null(mt_suppressions_find(&list, MT_VERDICT_DEFINITE, deep, 500));
    mt_suppressions_finish(&list);
}
END_TEST

static void refuse(const char *text, const char *expected)
{
    struct mt_suppressions list = {0};
    struct mt_error error;
    ck_assert_int_eq(mt_suppressions_parse(&list, "test.supp", text, &error), MT_USAGE);
    ck_assert_str_eq(error.text, expected);
    mt_suppressions_finish(&list);
}

START_TEST(lines_that_are_neither)
{
    refuse("leak:a\nlaek:b\n", "test.supp:2: \"laek:b\": expected leak:PATTERN, or { and a "
                               "Valgrind suppression");
    refuse("leak:\n", "test.supp:1: \"leak:\": expected leak:PATTERN, or { and a Valgrind "
                      "suppression");
    refuse("{\n name\n Memcheck:Leak\n function:f\n}\n",
           "test.supp:4: \"function:f\": expected fun:, obj:, src:, ... or }");
    refuse(BLOCK("match-leak-kinds: certain\nfun:f\n"),
           "test.supp:4: \"match-leak-kinds: certain\": expected definite, indirect, possible, "
           "reachable or all");
    refuse("{\n name\n Memcheck:Leak\n fun:f\n", "test.supp:4: \"end of file\": expected }");
    refuse("{\n", "test.supp:1: \"end of file\": expected the suppression's name");
    refuse(BLOCK(""), "test.supp:4: \"}\": expected fun:, obj:, src: or ...");
}
END_TEST

MT_UNIT_TESTS("suppressions", patterns_of_leak_sanitizer, blocks_of_valgrind,
              dots_stand_for_any_number_of_frames, many_dots_take_no_time, lines_that_are_neither)
