/* hooks_cxx.c: C++'s operator new and delete in all their standard forms. Most libraries' come
 * through malloc and free: then the outer call is what is recorded, with the program's own frame
 * innermost, and the inner one is passed through. Those of tcmalloc or jemalloc do not.
 *
 * Exceptions (bad_alloc) fly through these frames, as they would without us: nothing here has to
 * be undone. */
#include "hooks.h"

#include "guard.h"
#include "loader.h"

/* Forms without these parameters see these constants in their place. */
#pragma GCC diagnostic ignored "-Wshadow"
static const size_t alignment = 16;
static const void *const nothrow = NULL;
static const size_t size = MT_NOT_SAID;

/* A C program that has opened a C++ plugin: operator new was in no object when we looked, and the
 * plugin's libstdc++ is out of our scope. Out of memory, libstdc++'s own is asked, which calls the
 * new_handler and throws; by the loader, for there is no other way to it and memory is gone. */
static __attribute__((noinline)) void *new_without_library(size_t size, size_t align,
                                                           const void *no_throw)
{
    void *block = align > 16 ? mt_real.memalign(align, size) : mt_real.malloc(size ? size : 1);
    if (block || no_throw)
        return block;
    void *library =
        mt_loader.open ? mt_loader.open("libstdc++.so.6", RTLD_NOW | RTLD_NOLOAD) : NULL;
    void *(*throwing)(size_t) = library ? mt_loader.find_symbol(library, "_Znwm") : NULL;
    return throwing ? throwing(size) : NULL;
}

#define X(name, symbol, function, declared, passed)                                                \
    MT_EXPORT void *symbol declared;                                                               \
    MT_EXPORT void *symbol declared                                                                \
    {                                                                                              \
        MT_CALLER(caller);                                                                         \
        if (!mt_hooks_ready())                                                                     \
            return mt_hooks_early(size, alignment, caller.pc);                                     \
        void *block;                                                                               \
        if (mt_real.name) {                                                                        \
            const struct mt_outer outer = mt_record_enter(mt_found.name, NULL);                    \
            block = mt_real.name passed;                                                           \
            if (mt_record_leave(outer, block))                                                     \
                return block;                                                                      \
        } else {                                                                                   \
            block = new_without_library(size, alignment, nothrow);                                 \
        }                                                                                          \
        mt_record_allocation(block, size, MT_FN_##function, &caller);                              \
        return block;                                                                              \
    }
MT_HOOKS_NEW(X)
#undef X

#define X(name, symbol, function, declared, passed)                                                \
    MT_EXPORT void symbol declared;                                                                \
    MT_EXPORT void symbol declared                                                                 \
    {                                                                                              \
        if (!mt_hooks_ready())                                                                     \
            return;                                                                                \
        const int is_guarded = mt_record_release(block, MT_FN_##function, size, alignment,         \
                                                 (uintptr_t)__builtin_return_address(0));          \
        if (mt_bootstrap_owns(block))                                                              \
            return;                                                                                \
        if (mt_real.name) {                                                                        \
            const struct mt_outer outer = mt_record_enter(mt_found.name, block);                   \
            mt_real.name passed;                                                                   \
            mt_record_leave(outer, NULL);                                                          \
        } else if (is_guarded) {                                                                   \
            mt_guard_free(block);                                                                  \
        } else {                                                                                   \
            mt_real.free(block);                                                                   \
        }                                                                                          \
    }
MT_HOOKS_DELETE(X)
#undef X
