/* take_calls.h: puts functions of the file that includes it between the hooks and those of the
 * program's allocator, wherever that has one. MINE(name) is what they are called there. */
#ifndef MT_TAKE_CALLS_H
#define MT_TAKE_CALLS_H

#include "hook_list.h"
#include "real.h"

static void take_calls(void)
{
#define TAKE(name)                                                                                 \
    if (mt_real.name)                                                                              \
        mt_real.name = MINE(name);
    TAKE(malloc)
    TAKE(calloc)
    TAKE(posix_memalign)
    TAKE(aligned_alloc)
    TAKE(memalign)
    TAKE(valloc)
    TAKE(pvalloc)
    TAKE(realloc)
    TAKE(mallocx)
    TAKE(rallocx)
    TAKE(xallocx)
    TAKE(sallocx)
    TAKE(dallocx)
    TAKE(sdallocx)
#undef TAKE
#define X(name, symbol, function, declared, passed)                                                \
    if (mt_real_is_allocators(#symbol))                                                            \
        mt_real.name = MINE(name);
    MT_HOOKS_NEW(X)
    MT_HOOKS_DELETE(X)
#undef X
}

#endif
