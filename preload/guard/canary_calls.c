/* canary_calls.c: takes the place of the program's functions in mt_real: asks the allocator for
 * MT_CANARY_BYTES more than the program did, has them filled, and is asked for a block's size
 * in the allocator's place, so that the canary lies beyond what any program is told of. Whether a
 * canary has changed is looked at elsewhere (watch.c), before a block comes here to be released.
 *
 * Releases that name a size go on as those that do not: the size that the program knows is not the
 * one that the allocator was asked for. */
#include "canary_calls.h"

#include "canary.h"
#include "hot.h"
#include "page.h"
#include "real.h"

static struct mt_real theirs;

/* glibc keeps the chunk's size, and in its bit 1 whether it is a mapping of its own, in the word
 * before the block (malloc.c, musable; since 2.26). Read here, for a child that scans calls nothing
 * of libc. */
size_t mt_canary_usable(void *block)
{
    if (!mt_allocator.is_glibc)
        return theirs.malloc_usable_size(block);
    const size_t word = ((const size_t *)block)[-1];
    return (word & ~(size_t)7) - (word & 2 ? 16 : 8);
}

/* What to ask for; what is more than can be had stays so. */
static inline size_t longer(size_t size)
{
    return size + MT_CANARY_BYTES > size ? size + MT_CANARY_BYTES : size;
}

static inline void *with_canary(void *block, size_t size)
{
    if (LIKELY(block != NULL))
        mt_canary_set(block, size);
    return block;
}

/* ---- allocating ---- */

static void *canary_malloc(size_t size)
{
    return with_canary(theirs.malloc(longer(size)), size);
}

static void *canary_calloc(size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        return theirs.calloc(count, size);
    return with_canary(theirs.calloc(1, longer(bytes)), bytes);
}

static int canary_posix_memalign(void **ret, size_t alignment, size_t size)
{
    const int error = theirs.posix_memalign(ret, alignment, longer(size));
    if (error == 0)
        with_canary(*ret, size);
    return error;
}

/* The standard's rule that the size is a multiple of the alignment is kept, for some allocators ask
 * for it. */
static void *canary_aligned_alloc(size_t alignment, size_t size)
{
    const size_t least = longer(size);
    const size_t up = alignment ? (alignment - least % alignment) % alignment : 0;
    const size_t bytes = mt_allocator.is_glibc || least + up < least ? least : least + up;
    return with_canary(theirs.aligned_alloc(alignment, bytes), size);
}

static void *canary_memalign(size_t alignment, size_t size)
{
    return with_canary(theirs.memalign(alignment, longer(size)), size);
}

static void *canary_valloc(size_t size)
{
    return with_canary(theirs.valloc(longer(size)), size);
}

/* It gives whole pages, all of which are the program's. */
static void *canary_pvalloc(size_t size)
{
    const size_t bytes = mt_page_up(size);
    if (bytes < size)
        return theirs.pvalloc(size);
    return with_canary(theirs.pvalloc(longer(bytes)), bytes);
}

static void *canary_mallocx(size_t size, int flags)
{
    return with_canary(theirs.mallocx(longer(size), flags), size);
}

/* ---- resizing ---- */

/* After a resize of `old`, which had a canary or not, that gave `block`. */
static void *resized(void *old, int had_canary, void *block, size_t size)
{
    if (block)
        return with_canary(block, size);
    if (had_canary && size)
        mt_canary_restore(old); /* the old block stays */
    return NULL;
}

/* To nothing is passed on as such: allocators differ in what it means. */
static void *canary_realloc(void *old, size_t size)
{
    const int had_canary = mt_canary_clear(old);
    if (old && size == 0)
        return theirs.realloc(old, 0);
    return resized(old, had_canary, theirs.realloc(old, longer(size)), size);
}

static void *canary_rallocx(void *old, size_t size, int flags)
{
    const int had_canary = mt_canary_clear(old);
    return resized(old, had_canary, theirs.rallocx(old, longer(size), flags), size);
}

/* Tells of the size it has got, or of the old one where that is still too small. */
static size_t canary_xallocx(void *block, size_t size, size_t extra, int flags)
{
    const size_t before = mt_canary_size(block);
    if (!mt_canary_clear(block) || before == SIZE_MAX)
        return theirs.xallocx(block, size, extra, flags);
    const size_t real_size = theirs.xallocx(block, longer(size), extra, flags);
    const size_t now = real_size >= longer(size) ? real_size - MT_CANARY_BYTES : before;
    mt_canary_set(block, now);
    return now;
}

/* ---- sizes, releases ---- */

static size_t canary_usable_size(void *block)
{
    const size_t size = mt_canary_size(block);
    return size != SIZE_MAX ? size : theirs.malloc_usable_size(block);
}

static size_t canary_sallocx(const void *block, int flags)
{
    const size_t size = mt_canary_size(block);
    return size != SIZE_MAX ? size : theirs.sallocx(block, flags);
}

static void canary_free(void *block)
{
    mt_canary_clear(block);
    theirs.free(block);
}

static void canary_dallocx(void *block, int flags)
{
    mt_canary_clear(block);
    theirs.dallocx(block, flags);
}

static void canary_sdallocx(void *block, size_t size, int flags)
{
    (void)size;
    canary_dallocx(block, flags);
}

/* ---- C++ ---- */

/* An allocator's own operators, which do not come through malloc and free. Forms without a size see
 * this one in its place. */
#pragma GCC diagnostic ignored "-Wshadow"
static const size_t size = 0;

#define X(name, symbol, function, declared, passed)                                                \
    static void *canary_##name declared                                                            \
    {                                                                                              \
        const size_t asked = size;                                                                 \
        {                                                                                          \
            const size_t size = longer(asked);                                                     \
            return with_canary(theirs.name passed, asked);                                         \
        }                                                                                          \
    }
MT_HOOKS_NEW(X)
#undef X

/* What a sized form says has to be what the allocator was asked for. */
#define X(name, symbol, function, declared, passed)                                                \
    static void canary_##name declared                                                             \
    {                                                                                              \
        const size_t asked = mt_canary_clear(block) ? longer(size) : size;                         \
        {                                                                                          \
            const size_t size = asked;                                                             \
            (void)size;                                                                            \
            theirs.name passed;                                                                    \
        }                                                                                          \
    }
MT_HOOKS_DELETE(X)
#undef X

/* ---- start ---- */

#define MINE(name) canary_##name
#include "take_calls.h"

/* tcmalloc allocates when it is first asked for a size: not to be asked first from inside of that.
 */
static void ask_for_a_size(void)
{
    void *block = theirs.malloc(1);
    if (block)
        theirs.malloc_usable_size(block);
    theirs.free(block);
}

void mt_canary_calls_start(void)
{
    theirs = mt_real;
    if (!mt_allocator.is_glibc)
        ask_for_a_size();
    take_calls();
    mt_real.free = canary_free;
    mt_real.malloc_usable_size = canary_usable_size;
    mt_real.cfree = NULL; /* free does for them */
    mt_real.free_sized = NULL;
    mt_real.free_aligned_sized = NULL;
}
