/* hooks_malloc.c: the C family. Each hook calls the program's own function and says to record.h
 * what came of it; none holds a lock, allocates, or changes errno beyond what the real one did. */
#include "hooks.h"

#include <errno.h>
#include <link.h>
#include <unistd.h>
#include "guard.h"

/* Nonzero only after relocation: the address of another object's variable. */
extern struct r_debug _r_debug;
static const void *const volatile relocated = &_r_debug;

int mt_hooks_find_real(void)
{
    return relocated && mt_real_find();
}

void *mt_hooks_early(size_t bytes, size_t alignment, uintptr_t caller_pc)
{
    void *block = mt_bootstrap_alloc(bytes, alignment);
    if (block)
        mt_bootstrap_note_caller(block, caller_pc);
    return block;
}

MT_EXPORT void *malloc(size_t size)
{
    MT_CALLER(caller);
    if (!mt_hooks_ready())
        return mt_hooks_early(size, 16, caller.pc);
    void *block = mt_real.malloc(size);
    mt_record_allocation(block, size, MT_FN_MALLOC, &caller);
    return block;
}

MT_EXPORT void *calloc(size_t count, size_t size)
{
    MT_CALLER(caller);
    size_t bytes;
    const int overflow = __builtin_mul_overflow(count, size, &bytes);
    if (!mt_hooks_ready())
        return overflow ? NULL : mt_hooks_early(bytes, 16, caller.pc);
    void *block = mt_real.calloc(count, size);
    mt_record_allocation(block, overflow ? (count > size ? count : size) : bytes, MT_FN_CALLOC,
                         &caller);
    return block;
}

/* A bootstrap block that grows moves to the real allocator; its old bytes stay where they were. */
static void *resize_early(void *old, size_t size, uintptr_t caller_pc)
{
    char *block = mt_hooks_ready() ? mt_real.malloc(size) : mt_hooks_early(size, 16, caller_pc);
    if (!block)
        return NULL;
    const size_t old_size = mt_bootstrap_size(old);
    for (size_t i = 0; i < size && i < old_size; i++)
        block[i] = ((const char *)old)[i];
    return block;
}

static inline void *resize(void *old, size_t size, enum mt_function function,
                           const struct mt_frame *caller)
{
    const int early = mt_bootstrap_owns(old);
    if (!mt_hooks_ready())
        return old ? resize_early(old, size, caller->pc) : mt_hooks_early(size, 16, caller->pc);
    const struct mt_record before = mt_record_before_resize(old, size, function, caller);
    void *block = early ? resize_early(old, size, caller->pc) : mt_real.realloc(old, size);
    /* A NULL result alone cannot tell a failed call from a released block: the size does. */
    const int freed = old && !block && size == 0;
    mt_record_after_resize(before, old, block, size, freed, function, caller);
    return block;
}

MT_EXPORT void *realloc(void *old, size_t size)
{
    MT_CALLER(caller);
    return resize(old, size, MT_FN_REALLOC, &caller);
}

MT_EXPORT void *reallocarray(void *old, size_t count, size_t size)
{
    MT_CALLER(caller);
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    return resize(old, bytes, MT_FN_REALLOCARRAY, &caller);
}

MT_EXPORT int posix_memalign(void **ret, size_t alignment, size_t size)
{
    MT_CALLER(caller);
    if (!mt_hooks_ready()) {
        *ret = mt_hooks_early(size, alignment, caller.pc);
        return *ret ? 0 : ENOMEM;
    }
    const int error = mt_real.posix_memalign(ret, alignment, size);
    mt_record_allocation(error == 0 ? *ret : NULL, size, MT_FN_POSIX_MEMALIGN, &caller);
    return error;
}

MT_EXPORT void *aligned_alloc(size_t alignment, size_t size)
{
    MT_CALLER(caller);
    if (!mt_hooks_ready())
        return mt_hooks_early(size, alignment, caller.pc);
    void *block = mt_real.aligned_alloc(alignment, size);
    mt_record_allocation(block, size, MT_FN_ALIGNED_ALLOC, &caller);
    return block;
}

MT_EXPORT void *memalign(size_t alignment, size_t size)
{
    MT_CALLER(caller);
    if (!mt_hooks_ready())
        return mt_hooks_early(size, alignment, caller.pc);
    void *block = mt_real.memalign(alignment, size);
    mt_record_allocation(block, size, MT_FN_MEMALIGN, &caller);
    return block;
}

MT_EXPORT void *valloc(size_t size)
{
    MT_CALLER(caller);
    if (!mt_hooks_ready())
        return mt_hooks_early(size, 4096, caller.pc);
    void *block = mt_real.valloc(size);
    mt_record_allocation(block, size, MT_FN_VALLOC, &caller);
    return block;
}

MT_EXPORT void *pvalloc(size_t size)
{
    MT_CALLER(caller);
    if (!mt_hooks_ready())
        return mt_hooks_early(size, 4096, caller.pc);
    void *block = mt_real.pvalloc(size);
    mt_record_allocation(block, size, MT_FN_PVALLOC, &caller);
    return block;
}

/* The release of a block by a function that may be absent from the allocator: C23's sized frees
 * and cfree are then what the standard says they are, free. */
#define RELEASE(block, function, bytes, alignment, name, ...)                                      \
    do {                                                                                           \
        if (!mt_hooks_ready())                                                                     \
            return;                                                                                \
        if (mt_record_release(block, function, bytes, alignment,                                   \
                              (uintptr_t)__builtin_return_address(0))) {                           \
            mt_guard_free(block);                                                                  \
            return;                                                                                \
        }                                                                                          \
        if (mt_bootstrap_owns(block))                                                              \
            return;                                                                                \
        if (mt_real.name)                                                                          \
            mt_real.name(__VA_ARGS__);                                                             \
        else                                                                                       \
            mt_real.free(block);                                                                   \
    } while (0)

MT_EXPORT void free(void *block)
{
    RELEASE(block, MT_FN_FREE, MT_NOT_SAID, 0, free, block);
}

MT_EXPORT void cfree(void *block);
MT_EXPORT void cfree(void *block)
{
    RELEASE(block, MT_FN_CFREE, MT_NOT_SAID, 0, cfree, block);
}

MT_EXPORT void free_sized(void *block, size_t size);
MT_EXPORT void free_sized(void *block, size_t size)
{
    RELEASE(block, MT_FN_FREE_SIZED, size, 0, free_sized, block, size);
}

MT_EXPORT void free_aligned_sized(void *block, size_t alignment, size_t size);
MT_EXPORT void free_aligned_sized(void *block, size_t alignment, size_t size)
{
    RELEASE(block, MT_FN_FREE_ALIGNED_SIZED, size, alignment, free_aligned_sized, block, alignment,
            size);
}

MT_EXPORT size_t malloc_usable_size(void *block)
{
    if (mt_bootstrap_owns(block))
        return mt_bootstrap_size(block);
    if (!mt_hooks_ready())
        return 0;
    mt_record_call(MT_FN_USABLE_SIZE);
    return mt_real.malloc_usable_size(block);
}
