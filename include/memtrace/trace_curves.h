/* trace_curves.h: which sites were the largest as time went on: the CURVES extent of the trace
 * (trace_format.h), made by the tracer and written by memtrace run beside it. */
#ifndef MEMTRACE_TRACE_CURVES_H
#define MEMTRACE_TRACE_CURVES_H

#include "memtrace/trace_system.h"

/* A ranking lies where a sample does, is kept and thinned out as samples are (trace_system.h), and
 * has in place of figures two words for each of the largest sites of blocks, the largest first:
 * stack and blocks, then bytes. Behind the last of them words are MT_FIGURE_UNKNOWN. */
enum { MT_RANKED_MAX = MT_FIGURES_MAX / 2 };

static inline uint64_t mt_ranked_word(uint32_t stack, uint64_t blocks)
{
    return (uint64_t)stack << 32 | (blocks < UINT32_MAX ? blocks : UINT32_MAX);
}

static inline uint32_t mt_ranked_stack(uint64_t word)
{
    return (uint32_t)(word >> 32);
}

static inline uint32_t mt_ranked_blocks(uint64_t word)
{
    return (uint32_t)word;
}

#endif
