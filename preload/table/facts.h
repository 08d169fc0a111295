/* facts.h: what the trace says once: command line, modules, allocator, limits. */
#ifndef MT_FACTS_H
#define MT_FACTS_H

#include <stddef.h>
#include "memtrace/trace_format.h"

/* Appends a fact whose payload is the two parts one after the other (either may be empty).
 * Returns 1 when it is in the trace; 0 when another thread is appending at this moment (try again
 * later) or there is no room (then counted in lost_facts, and 1 is returned: trying again is
 * useless). Never waits. */
int mt_fact_append(enum mt_fact_kind kind, const void *first, size_t first_bytes,
                   const void *second, size_t second_bytes);

#endif
