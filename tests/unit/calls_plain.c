/* calls_plain.c: the calls of inlined_calls.h as four functions. */
#include "inlined_calls.h"

uint32_t (*const mt_test_plain)(struct trace_builder *, int) = entry_point;
