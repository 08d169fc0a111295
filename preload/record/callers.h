/* callers.h: whose call it is. The allocator obtains memory by the same functions as the program;
 * what it obtains is where blocks lie, and no object of the program's own. */
#ifndef MT_CALLERS_H
#define MT_CALLERS_H

#include <link.h>
#include <stdint.h>

/* Learns where the allocator, libc, ld.so and this library lie. Once, while the process has one
 * thread. */
void mt_callers_start(void);

/* Calls from `object` are none of the program's from now on. One thread at a time. */
void mt_callers_exclude(const struct link_map *object);

/* Whether code at `pc` is the program's: none of the above. */
int mt_caller_is_program(uintptr_t pc);

/* Whether the program brings an allocator of its own and this stack goes through it. */
int mt_caller_is_own_allocator(uint32_t stack);

#endif
