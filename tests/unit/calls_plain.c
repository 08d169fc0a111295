/* calls_plain.c: the calls of inlined_calls.h as four functions. */
#include "inlined_calls.h"

uint32_t (*const mt_test_plain)(struct trace_builder *, int) = entry_point;

__attribute__((noinline)) uint32_t mt_test_other(struct trace_builder *builder)
{
    const uint32_t stack = mt_test_plain(builder, MT_FN_MALLOC);
    __asm__ volatile(""); /* no tail call */
    return stack;
}
