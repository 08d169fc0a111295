/* self_trace.h: a trace of the test program itself: its real modules, and real stacks taken by
 * backtrace(), so that the names and lines in a report can be compared with the source. */
#ifndef MT_SELF_TRACE_H
#define MT_SELF_TRACE_H

#include "trace_builder.h"

/* A trace of this process with all modules loaded now. */
struct trace_builder *mt_self_trace(void);

/* The module that is the test program. */
struct mt_module *mt_self_module(struct trace_builder *builder);

/* The stack of the caller as a node id; an allocation by `function` seems to be made there. */
uint32_t mt_self_stack(struct trace_builder *builder, enum mt_function function)
    __attribute__((noinline));

/* The stack below four calls, entry_point to third_call: as they stand in the source, inlined into
 * one function, and as they stand by another caller (calls_plain.c, calls_inlined.c). */
extern uint32_t (*const mt_test_plain)(struct trace_builder *, int);
extern uint32_t (*const mt_test_inlined)(struct trace_builder *, int);
uint32_t mt_test_other(struct trace_builder *builder);

#endif
