/* hooks_jemalloc.c: jemalloc's own entry points, for programs whose allocator has them
 * (jemalloc(3), "Non-standard API"). A program without jemalloc that finds these symbols and calls
 * them gets what a failed call gives. */
#include "hooks.h"

MT_EXPORT void *mallocx(size_t size, int flags);
MT_EXPORT void *mallocx(size_t size, int flags)
{
    MT_CALLER(caller);
    if (!mt_hooks_ready() || !mt_real.mallocx)
        return NULL;
    void *block = mt_real.mallocx(size, flags);
    mt_record_allocation(block, size, MT_FN_MALLOCX, &caller);
    return block;
}

MT_EXPORT void *rallocx(void *old, size_t size, int flags);
MT_EXPORT void *rallocx(void *old, size_t size, int flags)
{
    MT_CALLER(caller);
    if (!mt_hooks_ready() || !mt_real.rallocx)
        return NULL;
    const struct mt_record before = mt_record_before_resize(old);
    void *block = mt_real.rallocx(old, size, flags);
    mt_record_after_resize(before, old, block, size, 0, MT_FN_RALLOCX, &caller);
    return block;
}

/* Resizes in place to at least `size`, and to `extra` more if that is easy; returns the real size
 * afterwards, which is less than `size` when it could not. */
MT_EXPORT size_t xallocx(void *block, size_t size, size_t extra, int flags);
MT_EXPORT size_t xallocx(void *block, size_t size, size_t extra, int flags)
{
    MT_CALLER(caller);
    if (!mt_hooks_ready() || !mt_real.xallocx)
        return 0;
    const struct mt_record before = mt_record_before_resize(block);
    const size_t real_size = mt_real.xallocx(block, size, extra, flags);
    mt_record_after_resize(before, block, real_size >= size ? block : NULL, size, 0, MT_FN_XALLOCX,
                           &caller);
    return real_size;
}

MT_EXPORT void dallocx(void *block, int flags);
MT_EXPORT void dallocx(void *block, int flags)
{
    if (!mt_hooks_ready() || !mt_real.dallocx)
        return;
    mt_record_release(block, MT_FN_DALLOCX, (uintptr_t)__builtin_return_address(0));
    mt_real.dallocx(block, flags);
}

MT_EXPORT void sdallocx(void *block, size_t size, int flags);
MT_EXPORT void sdallocx(void *block, size_t size, int flags)
{
    if (!mt_hooks_ready() || !mt_real.sdallocx)
        return;
    mt_record_release(block, MT_FN_SDALLOCX, (uintptr_t)__builtin_return_address(0));
    mt_real.sdallocx(block, size, flags);
}
