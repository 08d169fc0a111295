/* real.h: the program's own allocation functions, which every hook calls. */
#ifndef MT_REAL_H
#define MT_REAL_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>
#include "hook_list.h"

/* All zero until mt_real_find has run; later NULL where the program's allocator has no such
 * function. Written while the process has one thread: found, and with options guard and canary
 * what stands between (guard/). As they were found they stay in mt_found. */
struct mt_real {
#define X(name, type, parameters) type(*name) parameters;
    MT_HOOKS_C(X)
    MT_HOOKS_JEMALLOC(X)
    MT_HOOKS_PROCESS(X)
    MT_HOOKS_MAPPING(X)
    MT_HOOKS_THREAD(X)
    MT_HOOKS_SIGNAL(X)
#undef X
#define X(name, symbol, function, declared, passed) void *(*name)declared;
    MT_HOOKS_NEW(X)
#undef X
#define X(name, symbol, function, declared, passed) void(*name) declared;
    MT_HOOKS_DELETE(X)
#undef X
};
extern struct mt_real mt_real, mt_found;

/* What is known of the allocator that stays in use. */
struct mt_allocator {
    const char *path; /* the object that defines its malloc, as ld.so names it */
    int is_glibc;
    int is_foreign;  /* the program calls a malloc that is not ours */
    int is_shadowed; /* that of a library; else the executable defines it */
};
extern struct mt_allocator mt_allocator;

/* Whether the program's operator of this name is its allocator's own, as those of jemalloc and
 * tcmalloc are: it does not come through malloc or free. While the process has one thread. */
int mt_real_is_allocators(const char *symbol);

/* Finds the real functions; false while this library is not relocated yet. */
int mt_real_find(void);

#endif
