/* Stacks of this very program: names, lines and inlined calls from its own debug information, and
 * their fingerprints. */
#include <inttypes.h>
#include <string.h>
#include "built.h"
#include "fingerprint.h"
#include "frames.h"
#include "self_trace.h"
#include "site_name.h"

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

START_TEST(fingerprints_do_not_depend_on_inlining_but_on_callers)
{
    struct trace_builder *builder = mt_self_trace();
    const uint32_t plain = mt_test_plain(builder, MT_FN_MALLOC);
    const uint32_t again = mt_test_plain(builder, MT_FN_CALLOC);
    const uint32_t inlined = mt_test_inlined(builder, MT_FN_MALLOC);
    const uint32_t other = mt_test_other(builder);
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

MT_UNIT_TESTS("own stacks", calls_have_their_names_and_lines_inlined_or_not,
              lines_are_those_of_the_calls, a_file_that_is_not_the_one_that_ran_is_not_believed,
              fingerprints_do_not_depend_on_inlining_but_on_callers,
              fingerprints_do_not_depend_on_where_code_was_loaded,
              the_fingerprint_of_a_stack_without_names_is_known)
