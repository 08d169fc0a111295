/* misuse.c: from the misuses of a trace to those that are told, each with one sentence and a
 * fingerprint. What symbols know better than the tracer, which saw addresses alone, is used here.
 */
#include "misuse.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "fingerprint.h"
#include "frames.h"
#include "site_name.h"

/* ---- operators that the tracer did not see ---- */

/* Of the innermost calls of a stack, those that lie at its first address; `otherwise` where none is
 * an operator. *ret_is_named: whether one of them has a name at all. */
static enum mt_function_family family_of_stack(const struct mt_trace *trace,
                                               struct mt_symbols *symbols, uint32_t stack,
                                               const char *single, const char *array,
                                               enum mt_function_family otherwise,
                                               bool *ret_is_named)
{
    struct mt_frame_walk walk;
    const struct mt_frame *frame;
    const struct mt_node *first = mt_trace_node(trace, stack);
    *ret_is_named = false;
    mt_frames_begin(&walk, trace, symbols, stack);
    while ((frame = mt_frames_next(&walk)) && walk.node == first) {
        *ret_is_named |= frame->function != NULL;
        if (frame->function && strcmp(frame->function->brief, single) == 0)
            return MT_BY_NEW;
        if (frame->function && strcmp(frame->function->brief, array) == 0)
            return MT_BY_NEW_ARRAY;
    }
    return otherwise;
}

enum mismatch { MISMATCH, NO_MISMATCH, MAYBE_MISMATCH };

/* What malloc gave, or free got, may have come through an operator: its name tells. Where there is
 * none, as in a stripped library, it cannot be told. */
static enum mismatch judge_mismatch(const struct mt_trace *trace, struct mt_symbols *symbols,
                                    const struct mt_misuse *misuse)
{
    const struct mt_node *allocation = mt_trace_node(trace, misuse->allocated);
    const enum mt_function_family given =
        allocation ? mt_family_of(allocation->function) : MT_BY_MALLOC;
    const enum mt_function_family taken = mt_family_of(misuse->function);
    if (misuse->kind != MT_MISUSE_MISMATCH || !allocation || given == taken)
        return MISMATCH;
    bool is_giver_named, is_taker_named;
    const enum mt_function_family by =
        family_of_stack(trace, symbols, misuse->allocated, "operator new", "operator new[]", given,
                        &is_giver_named);
    const enum mt_function_family to =
        family_of_stack(trace, symbols, misuse->stack, "operator delete", "operator delete[]",
                        taken, &is_taker_named);
    if (by == to)
        return NO_MISMATCH;
    return (given == MT_BY_MALLOC && !is_giver_named) || (taken == MT_BY_MALLOC && !is_taker_named)
               ? MAYBE_MISMATCH
               : MISMATCH;
}

/* ---- sentences ---- */

/* Adds to a text that is cut where it does not fit. */
static void add(char text[MT_MISUSE_SUMMARY_SIZE], const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void add(char text[MT_MISUSE_SUMMARY_SIZE], const char *format, ...)
{
    const size_t length = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + length, MT_MISUSE_SUMMARY_SIZE - length, format, arguments);
    va_end(arguments);
}

static const char *function_of(const struct mt_misuse *misuse)
{
    return mt_function_name((enum mt_function)misuse->function);
}

static void add_block(char *text, const struct mt_misuse *misuse)
{
    char bytes[64];
    if (misuse->block && (misuse->allocated || misuse->block_bytes))
        add(text, "a block of %s", mt_count_text(misuse->block_bytes, "byte", bytes));
    else
        add(text, "0x%" PRIx64, misuse->block ? misuse->block : misuse->address);
}

static void add_place(char *text, const struct mt_trace *trace, const struct mt_misuse *misuse)
{
    const struct mt_loaded *module =
        misuse->place == MT_PLACE_MODULE ? mt_trace_module(trace, misuse->detail) : NULL;
    static const char *const places[] = {
        [MT_PLACE_NULL_PAGE] = ", next to a null pointer",
        [MT_PLACE_STACK] = ", which lies on a stack",
        [MT_PLACE_MAPPING] = ", which lies in a mapping of the program's",
        [MT_PLACE_HEAP] = ", which lies in the heap and is no block",
        [MT_PLACE_NONE] = ", which is no address",
    };
    if (module)
        add(text, ", which lies in %s", mt_base_name(module->path));
    else if (misuse->place < sizeof places / sizeof *places && places[misuse->place])
        add(text, "%s", places[misuse->place]);
    else
        add(text, ", which was never given out");
}

/* "16 bytes inside", "1 byte past the end of", "8 bytes before". */
static void add_distance(char *text, const struct mt_misuse *misuse)
{
    char bytes[64];
    const uint64_t end = misuse->block + misuse->block_bytes;
    if (misuse->address < misuse->block)
        add(text, "%s before ", mt_count_text(misuse->block - misuse->address, "byte", bytes));
    else if (misuse->address >= end)
        add(text, "%s past the end of ", mt_count_text(misuse->address - end, "byte", bytes));
    else
        add(text, "%s inside ", mt_count_text(misuse->address - misuse->block, "byte", bytes));
}

static void add_access(char *text, const struct mt_misuse *misuse)
{
    char bytes[64];
    add(text, "%s",
        misuse->flags & MT_MISUSE_UNSURE  ? "access"
        : misuse->flags & MT_MISUSE_WRITE ? "write"
                                          : "read");
    if (misuse->bytes)
        add(text, " of %s", mt_count_text(misuse->bytes, "byte", bytes));
    add(text, ", ");
    add_distance(text, misuse);
    add(text, misuse->kind == MT_MISUSE_USE_AFTER_FREE ? "freed memory, " : "");
}

/* Sizes that look negative are meant so. */
static void add_size(char *text, uint64_t bytes)
{
    char number[MT_NUMBER_SIZE];
    if (bytes > INT64_MAX)
        add(text, "-%s bytes", mt_number_text(-bytes, number));
    else
        add(text, "%s bytes, more than there are addresses", mt_number_text(bytes, number));
}

static void summarize(const struct mt_trace *trace, const struct mt_misuse *misuse, char *text)
{
    const struct mt_node *allocation = mt_trace_node(trace, misuse->allocated);
    const char *given = allocation && allocation->function < MT_FN_COUNT
                            ? mt_function_name((enum mt_function)allocation->function)
                            : "another function";
    char number[MT_NUMBER_SIZE];
    text[0] = '\0';
    switch ((enum mt_misuse_kind)misuse->kind) {
    case MT_MISUSE_DOUBLE_FREE:
        add(text, misuse->function == MT_FN_REALLOC || misuse->function == MT_FN_REALLOCARRAY
                      ? "realloc after free of "
                      : "double free of ");
        add_block(text, misuse);
        break;
    case MT_MISUSE_WRONG_FREE:
        add(text, "%s of 0x%" PRIx64, function_of(misuse), misuse->address);
        add_place(text, trace, misuse);
        break;
    case MT_MISUSE_INNER_FREE:
        add(text, "%s of an address ", function_of(misuse));
        add_distance(text, misuse);
        add_block(text, misuse);
        break;
    case MT_MISUSE_MISMATCH:
        add(text, "%s of ", function_of(misuse));
        add_block(text, misuse);
        add(text, " from %s", given);
        break;
    case MT_MISUSE_WRONG_SIZE:
        add(text, "%s with size %s of ", function_of(misuse),
            mt_number_text(misuse->bytes, number));
        add_block(text, misuse);
        break;
    case MT_MISUSE_WRONG_ALIGNMENT:
        add(text, "%s with alignment %s of ", function_of(misuse),
            mt_number_text(misuse->bytes, number));
        add_block(text, misuse);
        break;
    case MT_MISUSE_UNMAPPED:
        add(text, "munmap of ");
        add_block(text, misuse);
        break;
    case MT_MISUSE_ZERO_SIZE:
        add(text, "%s to size 0 of ", function_of(misuse));
        add_block(text, misuse);
        break;
    case MT_MISUSE_IMPOSSIBLE_SIZE:
        add(text, "%s of ", function_of(misuse));
        add_size(text, misuse->bytes);
        break;
    case MT_MISUSE_OUT_OF_BOUNDS:
    case MT_MISUSE_USE_AFTER_FREE:
        add_access(text, misuse);
        add_block(text, misuse);
        break;
    case MT_MISUSE_OVERRUN:
        add(text, "%s changed, ", mt_count_text(misuse->bytes, "byte", (char[64]){0}));
        add_distance(text, misuse);
        add_block(text, misuse);
        break;
    case MT_MISUSE_NONE:
    case MT_MISUSE_COUNT:
        break;
    }
}

/* ---- what is told ---- */

/* Kind and both stacks; a stack that is not known is the same everywhere. */
static uint64_t fingerprint_of(const struct mt_trace *trace, struct mt_symbols *symbols,
                               const struct mt_misuse *misuse)
{
    uint64_t hash = mt_fingerprint_of_name(MT_KIND_BLOCK, mt_misuse_key_name(misuse->kind));
    const uint32_t stacks[] = {misuse->stack, misuse->allocated};
    for (int i = 0; i < 2; i++) {
        const uint64_t part =
            stacks[i] ? mt_fingerprint(trace, symbols, MT_KIND_BLOCK, stacks[i]) : 0;
        hash = (hash ^ part) * UINT64_C(0x100000001b3);
    }
    return hash;
}

int mt_misuses_tell(const struct mt_trace *trace, struct mt_symbols *symbols,
                    struct mt_told *ret_told, struct mt_error *error)
{
    size_t count;
    const struct mt_misuse *misuses = mt_trace_misuses(trace, &count);
    struct mt_told told = {.items = calloc(count + 1, sizeof *told.items)};
    if (!told.items)
        return mt_fail(error, MT_UNREADABLE, "%s: not enough memory", mt_trace_path(trace));
    for (size_t i = 0; i < count; i++) {
        const enum mismatch mismatch = judge_mismatch(trace, symbols, &misuses[i]);
        told.unsure += mismatch == MAYBE_MISMATCH;
        if (mismatch != MISMATCH)
            continue;
        struct mt_told_misuse *item = &told.items[told.count++];
        item->misuse = &misuses[i];
        item->fingerprint = fingerprint_of(trace, symbols, &misuses[i]);
        summarize(trace, &misuses[i], item->summary);
    }
    *ret_told = told;
    return MT_OK;
}

void mt_told_finish(struct mt_told *told)
{
    free(told->items);
    *told = (struct mt_told){0};
}

const struct mt_frame *mt_misuse_frame(const struct mt_trace *trace, struct mt_symbols *symbols,
                                       const struct mt_misuse *misuse, struct mt_frame_walk *walk)
{
    return mt_releaser_frame(trace, symbols, misuse->stack, walk);
}
