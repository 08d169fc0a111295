/* filters.h: the seccomp filters that the program has installed, kept so that the tracer can ask
 * them itself before it calls: a filter is a program that says what becomes of a system call, and
 * death is one of its answers. */
#ifndef MT_FILTERS_H
#define MT_FILTERS_H

#include <stdint.h>

/* About to be installed: a struct sock_fprog of the program's, or NULL for strict mode. Returns a
 * name for it. One that could not be kept is taken for one that lets nothing pass. */
int mt_filter_add(const void *program);

/* The one that was there before the program began, of which nothing is known but that it has let
 * the trace be made: it is spared what ordinary programs do not call, and services are killed for.
 */
enum { MT_FILTER_INHERITED = 0 };

/* Whether it lets the call pass. */
int mt_filter_allows(int filter, long number, const uint64_t arguments[6]);

/* From now on the tracer makes no call that the filter does not let pass; until it is taken back,
 * for it was not installed after all. */
void mt_filter_enforce(int filter);
void mt_filter_take_back(int filter);

#endif
