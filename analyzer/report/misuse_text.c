/* misuse_text.c: misuses for people: what was wrong, who did it, and below it each stack that tells
 * how it came about, under a line that says what it is. See misuse.h. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "misuse.h"
#include "printable.h"
#include "site_name.h"
#include "squeeze.h"
#include "stack_text.h"

enum { NAME_SIZE = 512 };

/* ", in thread worker", where there are several. Written to `text`, which is returned. */
static const char *thread_text(const struct mt_trace *trace, uint32_t slot, char text[64])
{
    const struct mt_thread *thread = mt_trace_thread(trace, slot);
    text[0] = '\0';
    if (!thread || mt_trace_thread_count(trace) < 2)
        return text;
    snprintf(text, 64, ", in thread %.16s", thread->name);
    mt_make_printable(text);
    return text;
}

static void print_stack(const struct mt_paper *paper, const struct mt_trace *trace,
                        struct mt_symbols *symbols, const char *head, uint32_t slot, uint32_t stack)
{
    char thread[64];
    mt_paper_print(paper, MT_INK_DIM, "  %s%s\n", head, thread_text(trace, slot, thread));
    mt_stack_print(paper, trace, symbols, stack);
}

static const char *name_of(unsigned function)
{
    return function && function < MT_FN_COUNT ? mt_function_name((enum mt_function)function)
                                              : "a function that is not known";
}

/* "freed again by free": what the program did at the first stack. */
static void describe_call(const struct mt_misuse *misuse, char head[NAME_SIZE])
{
    if (misuse->kind == MT_MISUSE_OVERRUN)
        snprintf(head, NAME_SIZE, "found by %s",
                 misuse->function ? name_of(misuse->function) : "a look at all blocks");
    else if (!misuse->function)
        snprintf(head, NAME_SIZE, "accessed");
    else if (misuse->kind == MT_MISUSE_DOUBLE_FREE)
        snprintf(head, NAME_SIZE, "released again by %s", name_of(misuse->function));
    else
        snprintf(head, NAME_SIZE, "call of %s", name_of(misuse->function));
}

void mt_misuse_print_stacks(const struct mt_paper *paper, const struct mt_trace *trace,
                            struct mt_symbols *symbols, const struct mt_misuse *misuse)
{
    const struct mt_node *allocation = mt_trace_node(trace, misuse->allocated);
    char head[NAME_SIZE];
    describe_call(misuse, head);
    print_stack(paper, trace, symbols, head, misuse->thread, misuse->stack);
    if (misuse->freed_function) {
        snprintf(head, sizeof head, "released before by %s", name_of(misuse->freed_function));
        print_stack(paper, trace, symbols, head, misuse->freed_thread, misuse->freed);
    }
    if (allocation) {
        snprintf(head, sizeof head, "allocated by %s", name_of(allocation->function));
        print_stack(paper, trace, symbols, head, 0, misuse->allocated);
    }
}

static void print_misuse(const struct mt_paper *paper, const struct mt_trace *trace,
                         struct mt_symbols *symbols, const struct mt_told_misuse *told)
{
    struct mt_frame_walk walk;
    const struct mt_frame *frame = mt_misuse_frame(trace, symbols, told->misuse, &walk);
    char *label = frame ? mt_frame_label(walk.location, frame) : NULL;
    char times[96] = "", name[NAME_SIZE], number[MT_NUMBER_SIZE];
    if (told->misuse->count > 1)
        snprintf(times, sizeof times, ", %s times", mt_number_text(told->misuse->count, number));
    mt_text_squeeze(label ? label : "?", MT_PAPER_COLUMNS / 2, name, sizeof name);
    mt_make_printable(name);
    mt_paper_print(paper, MT_INK_BOLD, "\n%s%s  %s\n", told->summary, times, name);
    mt_misuse_print_stacks(paper, trace, symbols, told->misuse);
    free(label);
}

static void print_lost(const struct mt_paper *paper, const struct mt_trace *trace,
                       const struct mt_told *told)
{
    char count[64];
    const uint64_t lost = mt_trace_lost_misuses(trace);
    if (lost)
        mt_paper_print(paper, MT_INK_WARNING, "\nnote: %s more found no room in the trace\n",
                       mt_count_text(lost, "error", count));
    if (told->unsure)
        mt_paper_print(
            paper, MT_INK_WARNING,
            "\nnote: %s may not match the allocation: one of the two has no name (install "
            "its debug symbols)\n",
            mt_count_text(told->unsure, "release", count));
}

void mt_misuses_print(const struct mt_paper *paper, const struct mt_trace *trace,
                      struct mt_symbols *symbols, const struct mt_told *told)
{
    char count[64];
    if (told->count || mt_trace_lost_misuses(trace))
        mt_paper_print(paper, MT_INK_WARNING, "\n%s in the use of memory\n",
                       mt_count_text(told->count, "error", count));
    for (size_t i = 0; i < told->count; i++)
        print_misuse(paper, trace, symbols, &told->items[i]);
    print_lost(paper, trace, told);
}
