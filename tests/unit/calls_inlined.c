/* calls_inlined.c: the calls of inlined_calls.h as one function. */
#define MT_TEST_INLINE
#include "inlined_calls.h"

uint32_t (*const mt_test_inlined)(struct trace_builder *, int) = entry_point;
