/* hooks.h: what the hooks share. */
#ifndef MT_HOOKS_H
#define MT_HOOKS_H

#include <malloc.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include "bootstrap.h"
#include "real.h"
#include "record.h"

#define MT_EXPORT __attribute__((visibility("default")))

/* True once the real functions are known: looks for them if need be. False while this library is
 * not relocated yet; then nothing outside bootstrap.c may be touched, not even TLS. */
int mt_hooks_find_real(void);

static inline int mt_hooks_ready(void)
{
    return __builtin_expect(mt_real.malloc != NULL, 1) || mt_hooks_find_real();
}

/* The hooks that are not exported. */
#define X(name, type, parameters) type mt_hook_##name parameters;
MT_HOOKS_JEMALLOC(X)
#undef X

/* A zeroed block for a caller that comes before the real functions are known. */
void *mt_hooks_early(size_t bytes, size_t alignment, uintptr_t caller_pc);

#endif
