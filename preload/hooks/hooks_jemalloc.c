/* hooks_jemalloc.c: jemalloc's own entry points (jemalloc(3), "Non-standard API"). Not exported:
 * rebind.c puts them in the place of the allocator's own, where there is one that has them. */
#include "hooks.h"

void *mt_hook_mallocx(size_t size, int flags)
{
    MT_CALLER(caller);
    void *block = mt_real.mallocx(size, flags);
    mt_record_allocation(block, size, MT_FN_MALLOCX, &caller);
    return block;
}

void *mt_hook_rallocx(void *old, size_t size, int flags)
{
    MT_CALLER(caller);
    const struct mt_record before = mt_record_before_resize(old, size, MT_FN_RALLOCX, &caller);
    void *block = mt_real.rallocx(old, size, flags);
    mt_record_after_resize(before, old, block, size, 0, MT_FN_RALLOCX, &caller);
    return block;
}

/* Resizes in place to at least `size`, and to `extra` more if that is easy; returns the real size
 * afterwards, which is less than `size` when it could not. */
size_t mt_hook_xallocx(void *block, size_t size, size_t extra, int flags)
{
    MT_CALLER(caller);
    const struct mt_record before = mt_record_before_resize(block, size, MT_FN_XALLOCX, &caller);
    const size_t real_size = mt_real.xallocx(block, size, extra, flags);
    mt_record_after_resize(before, block, real_size >= size ? block : NULL, size, 0, MT_FN_XALLOCX,
                           &caller);
    return real_size;
}

/* Counted as the malloc_usable_size that it is. */
size_t mt_hook_sallocx(const void *block, int flags)
{
    mt_record_call(MT_FN_USABLE_SIZE);
    return mt_real.sallocx(block, flags);
}

void mt_hook_dallocx(void *block, int flags)
{
    mt_record_release(block, MT_FN_DALLOCX, MT_NOT_SAID, 0, (uintptr_t)__builtin_return_address(0));
    mt_real.dallocx(block, flags);
}

void mt_hook_sdallocx(void *block, size_t size, int flags)
{
    mt_record_release(block, MT_FN_SDALLOCX, MT_NOT_SAID, 0, (uintptr_t)__builtin_return_address(0));
    mt_real.sdallocx(block, size, flags);
}
