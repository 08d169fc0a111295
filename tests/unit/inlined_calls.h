/* inlined_calls.h: a chain of calls that is compiled twice: once as it stands in the source, once
 * inlined into one function (MT_TEST_INLINE). The including file gets entry_point(). */
#include "self_trace.h"

#ifdef MT_TEST_INLINE
#define MT_TEST_CALL __attribute__((always_inline)) inline
#else
#define MT_TEST_CALL __attribute__((noinline))
#endif

static MT_TEST_CALL uint32_t third_call(struct trace_builder *builder, int function)
{
    const uint32_t stack = mt_self_stack(builder, (enum mt_function)function);
    __asm__ volatile(""); /* no tail call */
    return stack;
}

static MT_TEST_CALL uint32_t second_call(struct trace_builder *builder, int function)
{
    const uint32_t stack = third_call(builder, function);
    __asm__ volatile("");
    return stack;
}

static MT_TEST_CALL uint32_t first_call(struct trace_builder *builder, int function)
{
    const uint32_t stack = second_call(builder, function);
    __asm__ volatile("");
    return stack;
}

static __attribute__((noinline)) uint32_t entry_point(struct trace_builder *builder, int function)
{
    const uint32_t stack = first_call(builder, function);
    __asm__ volatile("");
    return stack;
}
