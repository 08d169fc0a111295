/* guard_calls.c: takes the place of the program's functions in mt_real: each call that allocates
 * asks whether it is this block's turn, each that is given a block, whose it is. What is not ours
 * goes on to the function that stood there before. free is not here: the hook knows by what the
 * table says (record.h), so that a block that is not guarded costs a release nothing.
 *
 * Whose turn it is, a counter of the thread says, in thread-local storage of its own: one
 * subtraction for each allocation. */
#include "guard_calls.h"

#include <errno.h>
#include <string.h>
#include "clock.h"
#include "elf_lookup.h"
#include "guard.h"
#include "hot.h"
#include "options.h"
#include "page.h"
#include "real.h"
#include "record.h"
#include "sample.h"
#include "sys.h"
#include "thread.h"

static struct mt_real theirs;

static __thread struct mt_sampler turns __attribute__((tls_model("initial-exec")));

/* ---- whose turn it is ---- */

/* Allocations until the next turn. */
static int64_t next_turn(void)
{
    const unsigned every = mt_options.guard_every;
    return mt_options.guard_at_random ? mt_sampler_distance(&turns, every) : (int64_t)every - 1;
}

/* What the tracer itself and its libraries allocate is not watched. */
static int is_muted(void)
{
    const struct mt_thread_state *thread = mt_thread_known();
    return thread &&
           (thread->inner_start == (uintptr_t)MT_RECORD_MUTED || thread->way & MT_WAY_PLANTS);
}

/* The counter has passed 0: it is this block's turn, or the thread's first call. */
static MT_ASIDE int begin_turn(void)
{
    if (!turns.is_drawn) {
        const uint64_t tid = (uint64_t)mt_sys(SYS_gettid);
        mt_sampler_start(&turns, (tid << 40) + mt_clock_ns(CLOCK_MONOTONIC));
        turns.is_drawn = 1;
        turns.countdown = next_turn() - 1;
        if (turns.countdown >= 0)
            return 0;
    }
    turns.countdown = next_turn();
    return !is_muted();
}

/* Also NULL where there is no room for it: then it is a block like others. Where only a sample is
 * recorded, record.c has to be told to ask for this one's stack. */
static MT_ASIDE void *give(size_t bytes, size_t alignment)
{
    void *block = begin_turn() ? mt_guard_give(bytes, alignment) : NULL;
    struct mt_thread_state *thread = mt_thread_known();
    if (block && mt_options.sample_bytes && thread)
        thread->way |= MT_WAY_GUARDED;
    return block;
}

/* The guarded block of this call, where it has one. */
static inline void *given(size_t bytes, size_t alignment)
{
    return UNLIKELY(--turns.countdown < 0) ? give(bytes, alignment) : NULL;
}

static int is_power_of_two(size_t alignment)
{
    return alignment && !(alignment & (alignment - 1));
}

/* ---- allocating ---- */

static void *guarded_malloc(size_t size)
{
    void *block = given(size, 0);
    return UNLIKELY(block != NULL) ? block : theirs.malloc(size);
}

static void *guarded_calloc(size_t count, size_t size)
{
    size_t bytes;
    void *block = __builtin_mul_overflow(count, size, &bytes) ? NULL : given(bytes, 0);
    return block ? block : theirs.calloc(count, size);
}

static int guarded_posix_memalign(void **ret, size_t alignment, size_t size)
{
    const int is_right = is_power_of_two(alignment) && alignment % sizeof(void *) == 0;
    void *block = is_right ? given(size, alignment) : NULL;
    if (!block)
        return theirs.posix_memalign(ret, alignment, size);
    *ret = block;
    return 0;
}

static void *guarded_aligned_alloc(size_t alignment, size_t size)
{
    void *block = is_power_of_two(alignment) ? given(size, alignment) : NULL;
    return block ? block : theirs.aligned_alloc(alignment, size);
}

static void *guarded_memalign(size_t alignment, size_t size)
{
    void *block = is_power_of_two(alignment) ? given(size, alignment) : NULL;
    return block ? block : theirs.memalign(alignment, size);
}

static void *guarded_valloc(size_t size)
{
    void *block = given(size, mt_page_bytes());
    return block ? block : theirs.valloc(size);
}

/* It gives whole pages, all of which are the program's. */
static void *guarded_pvalloc(size_t size)
{
    const size_t bytes = mt_page_up(size);
    void *block = bytes >= size ? given(bytes, mt_page_bytes()) : NULL;
    return block ? block : theirs.pvalloc(size);
}

/* MALLOCX_LG_ALIGN, in the low six bits; 0 for none. */
static size_t alignment_of(int flags)
{
    return flags & 63 ? (size_t)1 << (flags & 63) : 0;
}

static void *guarded_mallocx(size_t size, int flags)
{
    void *block = given(size, alignment_of(flags));
    return block ? block : theirs.mallocx(size, flags);
}

/* ---- resizing ---- */

/* Every resize of a guarded block moves it, as does one whose turn it is. NULL, and the old block
 * stays, where there is no memory. */
static void *move(void *old, const struct mt_guarded *slot, void *block, size_t size)
{
    if (!block)
        block = theirs.malloc(size);
    if (!block)
        return NULL;
    const size_t old_bytes = slot ? slot->bytes : theirs.malloc_usable_size(old);
    memcpy(block, old, old_bytes < size ? old_bytes : size);
    if (slot)
        mt_guard_free(old);
    else
        theirs.free(old);
    return block;
}

/* To nothing: glibc frees, others give a block of no bytes. */
static void *move_to_nothing(void *old)
{
    void *block = mt_allocator.is_glibc ? NULL : theirs.malloc(0);
    if (block || mt_allocator.is_glibc)
        mt_guard_free(old);
    return block;
}

/* A guarded address that no block begins at any more is no business of the allocator's. */
static int is_gone(const void *old, const struct mt_guarded *slot)
{
    return !slot && mt_guard_owns(old);
}

static void *guarded_realloc(void *old, size_t size)
{
    const struct mt_guarded *slot = mt_guard_live(old);
    if (is_gone(old, slot)) {
        errno = ENOMEM;
        return NULL;
    }
    if (slot && size == 0)
        return move_to_nothing(old);
    void *block = old && size == 0 ? NULL : given(size, 0);
    if (!slot && (!block || !old))
        return block ? block : theirs.realloc(old, size);
    return move(old, slot, block, size);
}

static void *guarded_rallocx(void *old, size_t size, int flags)
{
    const struct mt_guarded *slot = mt_guard_live(old);
    if (is_gone(old, slot))
        return NULL;
    void *block = given(size, alignment_of(flags));
    if (!slot && !block)
        return theirs.rallocx(old, size, flags);
    return move(old, slot, block ? block : theirs.mallocx(size, flags), size);
}

/* In place a guarded block stays as it is. */
static size_t guarded_xallocx(void *block, size_t size, size_t extra, int flags)
{
    const struct mt_guarded *slot = mt_guard_live(block);
    return slot ? slot->bytes : theirs.xallocx(block, size, extra, flags);
}

/* ---- sizes, releases ---- */

static size_t guarded_usable_size(void *block)
{
    const struct mt_guarded *slot = mt_guard_live(block);
    return slot ? slot->bytes : mt_guard_owns(block) ? 0 : theirs.malloc_usable_size(block);
}

static size_t guarded_sallocx(const void *block, int flags)
{
    const struct mt_guarded *slot = mt_guard_live(block);
    return slot ? slot->bytes : mt_guard_owns(block) ? 0 : theirs.sallocx(block, flags);
}

static void guarded_dallocx(void *block, int flags)
{
    if (!mt_guard_owns(block))
        theirs.dallocx(block, flags);
    else
        mt_guard_free(block);
}

static void guarded_sdallocx(void *block, size_t size, int flags)
{
    if (!mt_guard_owns(block))
        theirs.sdallocx(block, size, flags);
    else
        mt_guard_free(block);
}

/* ---- C++ ---- */

/* An allocator's own operators, which do not come through malloc and free. */
#pragma GCC diagnostic ignored "-Wshadow"
static const size_t alignment = 0;

#define X(name, symbol, function, declared, passed)                                                \
    static void *guarded_##name declared                                                           \
    {                                                                                              \
        void *block = given(size, alignment);                                                      \
        return block ? block : theirs.name passed;                                                 \
    }
MT_HOOKS_NEW(X)
#undef X

#define X(name, symbol, function, declared, passed)                                                \
    static void guarded_##name declared                                                            \
    {                                                                                              \
        if (!mt_guard_owns(block))                                                                 \
            theirs.name passed;                                                                    \
        else                                                                                       \
            mt_guard_free(block);                                                                  \
    }
MT_HOOKS_DELETE(X)
#undef X

/* ---- start ---- */

#define MINE(name) guarded_##name
#include "take_calls.h"

void mt_guard_calls_start(void)
{
    theirs = mt_real;
    take_calls();
    mt_real.malloc_usable_size = guarded_usable_size;
}
