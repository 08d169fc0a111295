/* guard.c: takes sizes, gives blocks in slots, and takes them back. See guard.h for the picture.
 *
 * No lock: a fresh slot is claimed by adding to its class's counter, a used one comes out of the
 * queue, and a release claims the block by a compare-and-swap of the slot's state. Whoever has
 * claimed a slot is the only one to write what is known of it, and publishes that with the state.
 *
 * How many: two kernel mappings stand for each live block, of 65,530 that a process may have, so at
 * most three slots in four are given out at a time; the last quarter is what a freed block can
 * count on, as time in the queue. */
#include "guard.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include "hot.h"
#include "memory.h"
#include "options.h"
#include "page.h"
#include "quarantine.h"
#include "sampled.h"
#include "sandbox.h"
#include "sys.h"

enum {
    LEAST_PAGE = 4096,
    SAMPLED_SHIFT = 4, /* a sample has so many times fewer slots */
    LEAST_ALIGNMENT = 16,
    CLASSES = 3,
};
#define CLOSED (UINT32_C(1) << 31)

struct class
{
    unsigned stride_shift;
    uint32_t slots;
    uintptr_t start;
    uint32_t first; /* number of its first slot */
    uint32_t fresh; /* slots claimed for the first time; from CLOSED up: no more; atomic */
    uint32_t live;  /* atomic */
    struct mt_quarantine queue;
};

/* Strides where pages are small; with larger ones they grow alike. */
static struct class classes[CLASSES] = {
    {.stride_shift = 20, .slots = 1024}, /* blocks of up to 1,020 KiB */
    {.stride_shift = 16, .slots = 4096},
    {.stride_shift = 13, .slots = 16384},
};

struct mt_guard_region mt_guard_region;
static struct mt_guarded *slots;

/* ---- start ---- */

static size_t stride_of(const struct class *class)
{
    return (size_t)1 << class->stride_shift;
}

static size_t bytes_of(const struct class *class)
{
    return (size_t) class->slots << class->stride_shift;
}

/* A limited address space has no room to reserve. */
static int is_limited(void)
{
    struct rlimit64 limit;
    return mt_sys(SYS_prlimit64, 0, RLIMIT_AS, NULL, &limit) != 0 ||
           limit.rlim_cur != RLIM64_INFINITY;
}

int mt_guard_start(void)
{
    const unsigned larger = (unsigned)__builtin_ctzl(mt_page_bytes() / LEAST_PAGE);
    uint32_t count = 0;
    for (unsigned i = 0; i < CLASSES; i++)
        classes[i].stride_shift += larger;
    const size_t lead = stride_of(&classes[0]); /* before the first slot, for alignment */
    size_t bytes = 2 * lead;
    for (unsigned i = 0; i < CLASSES; i++) {
        classes[i].slots >>= mt_options.guard_at_random ? SAMPLED_SHIFT : 0;
        classes[i].first = count;
        count += classes[i].slots;
        bytes += bytes_of(&classes[i]);
    }
    struct mt_quarantine_cell *cells =
        is_limited() ? NULL : mt_map_kept(count * (2 * sizeof *cells + sizeof *slots));
    char *region = cells ? mt_map_reserved(bytes) : NULL;
    if (!region)
        return 0;
    slots = (struct mt_guarded *)(cells + 2 * count);
    uintptr_t at = ((uintptr_t)region + 2 * lead - 1) & ~(uintptr_t)(lead - 1);
    for (unsigned i = 0; i < CLASSES; i++) {
        /* Twice the room: so a place that somebody is slow to leave is never the next one. */
        classes[i].queue = (struct mt_quarantine){.cells = cells, .room = 2 * classes[i].slots};
        cells += classes[i].queue.room;
        classes[i].start = at;
        at += bytes_of(&classes[i]);
    }
    mt_guard_region = (struct mt_guard_region){(uintptr_t)region, bytes};
    return 1;
}

/* ---- places ---- */

static struct class *class_at(uintptr_t address)
{
    for (unsigned i = 0; i < CLASSES; i++)
        if (address - classes[i].start < bytes_of(&classes[i]))
            return &classes[i];
    return NULL;
}

static uint32_t used_of(const struct class *class)
{
    return __atomic_load_n(&class->fresh, __ATOMIC_RELAXED) & ~CLOSED;
}

static uint32_t number_at(const struct class *class, uintptr_t address)
{
    return class->first + (uint32_t)((address - class->start) >> class->stride_shift);
}

struct mt_guarded *mt_guard_slot(uintptr_t address)
{
    const struct class *class = class_at(address);
    const uint32_t number = class ? number_at(class, address) : 0;
    return class && number - class->first < used_of(class) ? &slots[number] : NULL;
}

static int is_live(const struct mt_guarded *slot)
{
    /* Acquire: what the block's owner published with the state is seen. */
    return __atomic_load_n(&slot->state, __ATOMIC_ACQUIRE) == MT_GUARD_LIVE;
}

struct mt_guarded *mt_guard_live(const void *block)
{
    if ((uintptr_t)block - mt_guard_region.start >= mt_guard_region.bytes)
        return NULL;
    struct mt_guarded *slot = mt_guard_slot((uintptr_t)block);
    return slot && is_live(slot) && slot->block == (uintptr_t)block ? slot : NULL;
}

/* ---- giving ---- */

/* The smallest that has room for a page behind the block, and places it well. */
static struct class *class_for(size_t bytes, size_t alignment)
{
    for (unsigned i = CLASSES; i-- > 0;) {
        const size_t stride = stride_of(&classes[i]);
        if (bytes <= stride - mt_page_bytes() && alignment <= stride)
            return &classes[i];
    }
    return NULL;
}

/* A slot that nobody else has, out of those never used, or used longest ago; -1: none. */
static int64_t claim(struct class *class)
{
    uint32_t fresh = __atomic_load_n(&class->fresh, __ATOMIC_RELAXED);
    while (fresh < class->slots)
        if (__atomic_compare_exchange_n(&class->fresh, &fresh, fresh + 1, 1, __ATOMIC_RELAXED,
                                        __ATOMIC_RELAXED))
            return class->first + fresh;
    return mt_quarantine_take(&class->queue);
}

/* Where the block lies in its pages: with nothing that could be touched behind it, or before. Large
 * alignments leave no choice. */
static uintptr_t place_in(uintptr_t start, uintptr_t end, size_t bytes, size_t alignment)
{
    if (mt_options.guard_left || alignment > mt_page_bytes())
        return start;
    return (end - bytes) & ~(uintptr_t)(alignment - 1);
}

/* With option sample, who frees an address that is no recorded block's is passed by: these are not
 * to be, while they live or were freed last. */
static void forget(const struct mt_guarded *slot)
{
    if (slot->block)
        mt_sampled_lower((void *)slot->block);
}

void mt_guard_go_on(void)
{
    for (unsigned i = 0; mt_guard_region.bytes && i < CLASSES; i++)
        for (uint32_t n = 0; n < used_of(&classes[i]); n++)
            mt_sampled_raise((void *)slots[classes[i].first + n].block);
}

static int prepare(struct mt_guarded *slot, uintptr_t start, size_t bytes, size_t alignment)
{
    const size_t length = mt_page_up(bytes ? bytes : 1);
    if (mt_sys(SYS_mprotect, start, length, PROT_READ | PROT_WRITE) != 0)
        return 0;
    forget(slot);
    if (slot->pages == 1)
        __builtin_memset((void *)start, 0, mt_page_bytes());
    slot->start = start;
    slot->pages = (uint32_t)(length / mt_page_bytes());
    slot->block = place_in(start, start + length, bytes ? bytes : 1, alignment);
    slot->bytes = bytes;
    slot->given = slot->freed = (struct mt_guard_event){0};
    mt_sampled_raise((void *)slot->block);
    mt_pattern_fill(start, slot->block);
    mt_pattern_fill(slot->block + bytes, start + length);
    return 1;
}

void *mt_guard_give(size_t bytes, size_t alignment)
{
    alignment = alignment < LEAST_ALIGNMENT ? LEAST_ALIGNMENT : alignment;
    struct class *class = class_for(bytes, alignment);
    if (!class || mt_sandbox_is_on())
        return NULL;
    /* Relaxed: a bound, not an order. */
    const uint32_t most = class->slots / 4 * 3;
    const int64_t number =
        __atomic_fetch_add(&class->live, 1, __ATOMIC_RELAXED) < most ? claim(class) : -1;
    const uintptr_t start =
        class->start + ((uintptr_t)(number - class->first) << class->stride_shift);
    if (number >= 0 && prepare(&slots[number], start, bytes, alignment)) {
        /* Release: pairs with the acquire of is_live. */
        __atomic_store_n(&slots[number].state, MT_GUARD_LIVE, __ATOMIC_RELEASE);
        return (void *)slots[number].block;
    }
    if (number >= 0)
        mt_quarantine_put(&class->queue, (uint32_t)number);
    __atomic_fetch_sub(&class->live, 1, __ATOMIC_RELAXED);
    return NULL;
}

/* ---- taking back ---- */

/* A single page is kept, for it to be had again costs more than all the rest. Of several, one call
 * takes the access and the memory. */
static int close(const struct mt_guarded *slot)
{
    const size_t length = (size_t)slot->pages * mt_page_bytes();
    if (slot->pages == 1)
        return mt_sys(SYS_mprotect, slot->start, length, PROT_NONE) == 0;
    return !mt_sys_failed(mt_sys(SYS_mmap, slot->start, length, PROT_NONE,
                                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0));
}

int mt_guard_free(void *block)
{
    struct mt_guarded *slot = mt_guard_live(block);
    uint32_t live = MT_GUARD_LIVE;
    if (!slot || !__atomic_compare_exchange_n(&slot->state, &live, MT_GUARD_FREED, 0,
                                              __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
        return 0;
    struct class *class = class_at(slot->start);
    __atomic_fetch_sub(&class->live, 1, __ATOMIC_RELAXED);
    /* In a sandbox no call is made: the slot is not used again, nor where the kernel refuses. */
    if (!mt_sandbox_is_on() && close(slot))
        mt_quarantine_put(&class->queue, (uint32_t)(slot - slots));
    return 1;
}

void mt_guard_each(void (*visit)(const struct mt_guarded *slot, void *context), void *context)
{
    for (unsigned i = 0; mt_guard_region.bytes && i < CLASSES; i++)
        for (uint32_t n = 0; n < used_of(&classes[i]); n++)
            if (is_live(&slots[classes[i].first + n]))
                visit(&slots[classes[i].first + n], context);
}

int mt_guard_is_damaged(const struct mt_guarded *slot, struct mt_damage *ret_damage)
{
    const uintptr_t end = slot->start + (size_t)slot->pages * mt_page_bytes();
    ret_damage->of_bytes = slot->bytes;
    return !mt_pattern_is_whole(slot->block + slot->bytes, end, slot->block, ret_damage) ||
           !mt_pattern_is_whole(slot->start, slot->block, slot->block, ret_damage);
}

/* ---- faults ---- */

static uint64_t distance(const struct mt_guarded *slot, uintptr_t address)
{
    if (!slot || __atomic_load_n(&slot->state, __ATOMIC_ACQUIRE) == MT_GUARD_UNUSED)
        return UINT64_MAX;
    if (address < slot->block)
        return slot->block - address;
    const uintptr_t end = slot->block + slot->bytes;
    return address < end ? 0 : address - end + 1;
}

struct mt_guarded *mt_guard_meant(uintptr_t address)
{
    const struct class *class = class_at(address);
    struct mt_guarded *here = mt_guard_slot(address);
    if (here && address - here->start < (size_t)here->pages * mt_page_bytes())
        return is_live(here) ? NULL : here;
    const size_t stride = stride_of(class ? class : &classes[0]);
    struct mt_guarded *next = mt_guard_slot((address | (stride - 1)) + 1);
    const uint64_t past = distance(here, address), before = distance(next, address);
    if (past == UINT64_MAX && before == UINT64_MAX)
        return NULL;
    return past <= before ? here : next;
}

void mt_guard_open(uintptr_t address)
{
    mt_sys(SYS_mprotect, mt_page_down(address), mt_page_bytes(), PROT_READ);
}

/* ---- a limited address space ---- */

void mt_guard_shrink(void)
{
    for (unsigned i = 0; i < CLASSES && mt_guard_region.bytes; i++) {
        struct class *class = &classes[i];
        /* Whoever claims a slot has done so before, and it stays, or finds no fresh one any more.
         */
        const uint32_t used = __atomic_fetch_or(&class->fresh, CLOSED, __ATOMIC_SEQ_CST);
        if (used < class->slots)
            mt_sys(SYS_munmap, class->start + ((uintptr_t)used << class->stride_shift),
                   (size_t)(class->slots - used) << class->stride_shift);
    }
}
