/* suppressions_fuzzer.c: an input is a file of suppressions, and behind its first NUL the names of
 * frames, a line each. What is read is held against stacks of them, deep ones too. What memtrace
 * writes for a stack must be read back as something that hides this stack. */
#include <string.h>
#include "fuzzer.h"
#include "suppressions.h"

enum { NAMES_MAX = 12, DEPTH = 600 };

struct stack {
    char *names[NAMES_MAX];
    size_t name_count;
    struct mt_matched_frame frames[DEPTH];
};

/* The names in turn, over and over, as all that a frame may be known by. */
static void fill(struct stack *stack, const uint8_t *data, size_t size)
{
    while (size && stack->name_count < NAMES_MAX)
        stack->names[stack->name_count++] = mt_input_line(&data, &size);
    for (size_t i = 0; i < DEPTH && stack->name_count; i++) {
        char *const name = stack->names[i % stack->name_count];
        char *const next = stack->names[(i + 1) % stack->name_count];
        stack->frames[i] = (struct mt_matched_frame){name, next, name, i % 2 ? next : NULL, next};
    }
}

static void match(const char *text, const struct stack *stack)
{
    struct mt_suppressions list = {0};
    struct mt_error error = {0};
    const int status = mt_suppressions_parse(&list, "fuzz.supp", text, &error);
    MUST(status == MT_OK || (status == MT_USAGE && error.text[0]));
    mt_must_be_printable(error.text);
    for (size_t depth = 0; depth <= DEPTH; depth += depth < 4 ? 1 : 149) {
        struct mt_suppression *found = mt_suppressions_find(
            &list, MT_VERDICT_DEFINITE, stack->frames, stack->name_count ? depth : 0);
        if (found) {
            found->sites++;
            mt_suppression_add_function(found, found->name);
        }
    }
    mt_suppressions_print(&list, true, mt_nowhere());
    mt_suppressions_finish(&list);
}

/* Names as the linker has them: others cannot be written on a line of their own. */
static bool may_be_written(const struct stack *stack)
{
    for (size_t i = 0; i < stack->name_count; i++)
        for (const char *c = stack->names[i]; c == stack->names[i] || *c; c++)
            if (*c <= ' ' || *c == 0x7f)
                return false;
    return stack->name_count > 0;
}

static void write_and_read(const struct stack *stack)
{
    char *text;
    size_t size;
    struct mt_suppressions list = {0};
    struct mt_error error;
    FILE *out = open_memstream(&text, &size);
    MUST(out);
    mt_suppression_write("name", "comment", MT_VERDICT_DEFINITE, stack->frames, 8, out);
    fclose(out);
    MUST(mt_suppressions_parse(&list, "written.supp", text, &error) == MT_OK);
    MUST(mt_suppressions_find(&list, MT_VERDICT_DEFINITE, stack->frames, 8));
    mt_suppressions_finish(&list);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const size_t length = strnlen((const char *)data, size);
    char *text = strndup((const char *)data, length);
    struct stack stack = {0};
    MUST(text);
    if (length < size)
        fill(&stack, data + length + 1, size - length - 1);
    match(text, &stack);
    if (may_be_written(&stack))
        write_and_read(&stack);
    for (size_t i = 0; i < stack.name_count; i++)
        free(stack.names[i]);
    free(text);
    return 0;
}
