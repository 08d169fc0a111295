/* Explanations: objects of this very program, kept by its own globals, through chains that are
 * built. */
#include "explain.h"

#include <inttypes.h>
#include <string.h>
#include "built.h"
#include "self_trace.h"

enum { BASE = 0x10000000, APART = 0x100 };

/* What the chains begin with. */
struct {
    void *first, *second;
} test_registry;
static void *test_hidden[4];

static struct mt_error error;
static char path[] = "/tmp/explain.XXXXXX";

/* Blocks at BASE, BASE + APART, …, one of each verdict by its number; a snapshot at exit. */
static struct trace_builder *begin(void)
{
    struct trace_builder *builder = mt_self_trace();
    const uint32_t stack = mt_self_stack(builder, MT_FN_MALLOC);
    struct mt_thread *thread = mt_builder_thread(builder, 1, "worker");
    thread->tid = 4712;
    mt_builder_snapshot(builder, MT_CAUSE_EXIT, 800);
    mt_builder_scan(builder, 1);
    for (unsigned i = 0; i < MT_VERDICT_SUSPECT; i++) {
        mt_builder_block(builder, BASE + APART * i, 64, stack, 1, 12);
        mt_builder_verdict(builder, BASE + APART * i, (enum mt_verdict)i);
    }
    return builder;
}

static void add_chain(struct trace_builder *builder, uint64_t address, uint32_t skipped,
                      const struct mt_link *links, size_t count)
{
    char payload[1024];
    const struct mt_chain chain = {
        .address = address, .verdict = (uint32_t)((address - BASE) / APART), .skipped = skipped};
    memcpy(payload, &chain, sizeof chain);
    memcpy(payload + sizeof chain, links, count * sizeof *links);
    mt_builder_seen(builder, MT_SNAPSHOT_CHAIN, payload,
                    (uint32_t)(sizeof chain + count * sizeof *links));
}

static struct mt_report *open_report(struct trace_builder *builder,
                                     struct mt_report_options *options)
{
    strcpy(path + sizeof path - 7, "XXXXXX");
    const int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    close(fd);
    mt_builder_save(builder, path);
    mt_builder_destroy(builder);
    struct mt_report *report;
    const int status = mt_report_open(path, options, &report, &error);
    unlink(path);
    ck_assert_msg(status == MT_OK, "%s", error.text);
    return report;
}

/* What is said of `what`; NULL where that fails, then `error` says why. The caller frees it. */
static char *explain(struct trace_builder *builder, const char *what)
{
    struct mt_report_options options = {.explain = what};
    struct mt_report *report = open_report(builder, &options);
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    const int status = mt_explain_print(report, &options, out, &error);
    fclose(out);
    mt_report_close(report);
    if (status == MT_OK)
        return text;
    ck_assert_int_eq(status, MT_USAGE);
    free(text);
    return NULL;
}

static void says(struct trace_builder *builder, const char *what, const char *part)
{
    char *text = explain(builder, what);
    ck_assert_msg(text != NULL, "%s", error.text);
    ck_assert_msg(strstr(text, part) != NULL, "no '%s' in:\n%s", part, text);
    free(text);
}

START_TEST(every_verdict_has_its_words)
{
    says(begin(), "0x10000000",
         "block of 64 bytes, not freed\nmalloc, 12 ms after the start, "
         "thread worker\n    begin  ");
    says(begin(), "0x10000000", "it was made after the scan began");
    says(begin(), "0x10000100", "pointers lead to it, through this, which is not in the trace\n");
    says(begin(), "0x10000200", "possibly lost");
    says(begin(), "0x10000300", "it was lost with this head, which is not in the trace\n");
    says(begin(), "0x10000400", "nothing points to it, and nothing else is lost with it\n");
    says(begin(), "0x10000500", "the program told the tracer to ignore it\n");
    says(begin(), "0x1000013f", "0x1000013f lies 63 bytes inside of\n0x10000100  block");
}
END_TEST

START_TEST(a_head_says_what_hangs_on_it)
{
    struct trace_builder *builder = begin();
    const struct mt_leak_head head = {BASE + 4 * APART, 3, 84};
    mt_builder_seen(builder, MT_SNAPSHOT_HEADS, &head, sizeof head);
    says(builder, "0x10000400",
         "nothing points to it; 3 objects (84 bytes) that only it leads to "
         "are lost with it\n");
}
END_TEST

START_TEST(a_chain_names_globals_stacks_registers_and_blocks)
{
    const uint64_t kept = BASE + APART, inner = BASE;
    const struct mt_link links[] = {
        {(uint64_t)(uintptr_t)&test_registry.second, 0, inner, MT_LINK_GLOBAL, 0},
        {inner + 16, inner, kept, MT_LINK_BLOCK, 0},
    };
    struct trace_builder *builder = begin();
    add_chain(builder, kept, 12, links, 2);
    says(builder, "0x10000100", "through this\n    global test_registry+8 in explain_test+0x");
    builder = begin();
    add_chain(builder, kept, 12, links, 2);
    says(builder, "0x10000100",
         "    … 12 links left out\n    block of 64 bytes by begin at +16\n    this object\n");

    const struct mt_link others[][1] = {
        {{(uint64_t)(uintptr_t)test_hidden, 0, kept, MT_LINK_GLOBAL, 0}},
        {{0x7ffe1000, 0x7ffe0000, kept, MT_LINK_STACK, 4712}},
        {{0, 0, kept, MT_LINK_REGISTER, 4712}},
        {{0, 0, kept + 8, MT_LINK_REGISTER, 99}},
        {{0x70001000, 0, kept, MT_LINK_TLS, 4712}},
        {{0x70001000, 0, kept, MT_LINK_REGION, 0}},
        {{0x70001010, 0x70001000, kept, MT_LINK_MAPPING, 0}},
        {{1, 0, kept, MT_LINK_GLOBAL, 0}},
        {{0x1234, 0, kept, 77, 0}},
    };
    static const char *const parts[] = {
        "    global test_hidden in explain_test+0x",
        "    stack of thread worker (4712) at 0x7ffe1000\n    this object\n",
        "    register of thread worker (4712)\n",
        "    register of thread 99\n    this object, its inside at +8\n",
        "    thread-local storage of thread worker (4712) at 0x70001000\n",
        "    memory at 0x70001000, whose making was not seen\n",
        "    mapping at 0x70001000, which has gone since at +16\n",
        "    global at 0x1\n",
        "    0x1234\n",
    };
    for (unsigned i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        builder = begin();
        add_chain(builder, kept, 0, others[i], 1);
        says(builder, "0x10000100", parts[i]);
    }
}
END_TEST

START_TEST(a_fingerprint_stands_for_all_objects_of_its_site)
{
    struct mt_report_options options = {.verdicts = MT_VERDICTS_ALL};
    struct mt_report *report = open_report(begin(), &options);
    char fingerprint[32];
    snprintf(fingerprint, sizeof fingerprint, "%016" PRIx64, report->rows.items[0].fingerprint);
    mt_report_close(report);
    says(begin(), fingerprint, "  begin\n    begin  ");
    says(begin(), fingerprint,
         "1 object definitely lost, 64 bytes\n1 object indirectly lost, 64 bytes\n"
         "1 object possibly lost, 64 bytes\n1 object still reachable, 64 bytes\n"
         "1 object not freed, 64 bytes\n\n0x10000400  block of 64 bytes, definitely lost\n");
    says(begin(), fingerprint, "\nand 1 more object of this site\n");
}
END_TEST

START_TEST(what_is_not_there_is_said_to_be_so)
{
    static const char *const wrong[] = {"",       "0x",   "12", "xyz", "0x12g", "0123456789abcdeg",
                                        "0x12 3", "-0x12"};
    for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        ck_assert_ptr_null(explain(begin(), wrong[i]));
        ck_assert_msg(strstr(error.text, "neither an address") != NULL, "%s", error.text);
    }
    ck_assert_ptr_null(explain(begin(), "0x10000140")); /* just behind a block */
    ck_assert_ptr_nonnull(strstr(error.text, "lies in no live block"));
    ck_assert_ptr_null(explain(begin(), "0123456789abcdef"));
    ck_assert_ptr_nonnull(strstr(error.text, "has this fingerprint"));

    struct trace_builder *builder = mt_self_trace();
    mt_builder_block(builder, BASE, 8, mt_self_stack(builder, MT_FN_MALLOC), 0, 1);
    says(builder, "0x10000000", "whether it leaked is not known: no scan ran");
}
END_TEST

MT_UNIT_TESTS("explain", every_verdict_has_its_words, a_head_says_what_hangs_on_it,
              a_chain_names_globals_stacks_registers_and_blocks,
              a_fingerprint_stands_for_all_objects_of_its_site, what_is_not_there_is_said_to_be_so)
