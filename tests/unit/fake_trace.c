/* fake_trace.c: see fake_trace.h. */
#include "fake_trace.h"

#include <sys/mman.h>
#include "epochs.h"
#include "extents.h"
#include "facts.h"
#include "loader.h"
#include "options.h"

struct mt_options mt_options = {.depth = 64};
struct fake_trace fake_trace = {.room = FAKE_EXTENTS_MAX};
static struct mt_header header;

/* As the first hook does. */
__attribute__((constructor)) static void find_loader(void)
{
    mt_loader_find();
}

struct mt_header *mt_trace_header(void)
{
    return &header;
}

struct mt_extent *mt_extent_take(uint32_t units)
{
    if (__atomic_fetch_add(&fake_trace.taken, 1, __ATOMIC_RELAXED) >= fake_trace.room)
        return NULL;
    void *at = mmap(NULL, (size_t)units << MT_UNIT_SHIFT, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return at == MAP_FAILED ? NULL : at;
}

void mt_extent_publish(struct mt_extent *extent, enum mt_extent_kind kind, uint32_t units,
                       uint32_t ordinal, uint64_t used)
{
    uint64_t none = 0;
    __atomic_store_n(&extent->kind, kind, __ATOMIC_RELAXED);
    __atomic_store_n(&extent->units, units, __ATOMIC_RELAXED);
    __atomic_store_n(&extent->ordinal, ordinal, __ATOMIC_RELAXED);
    __atomic_compare_exchange_n(&extent->used, &none, used, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
    __atomic_store_n(&fake_trace.extents[ordinal], extent, __ATOMIC_RELAXED);
    __atomic_store_n(&extent->magic, MT_EXTENT_MAGIC, __ATOMIC_RELEASE);
}

int mt_extents_enter(uint64_t *ret_signals)
{
    *ret_signals = 0;
    return 0;
}

void mt_extents_leave(int entered, uint64_t signals)
{
    (void)entered, (void)signals;
}

void mt_extent_give_back(struct mt_extent *extent)
{
    __atomic_fetch_add(&fake_trace.given_back, 1, __ATOMIC_RELAXED);
    munmap(extent, MT_UNIT_BYTES);
}

int mt_fact_append(enum mt_fact_kind kind, const void *first, size_t first_bytes,
                   const void *second, size_t second_bytes)
{
    (void)kind, (void)first, (void)first_bytes, (void)second, (void)second_bytes;
    fake_trace.facts++;
    return 1;
}

uint32_t mt_epoch_root(int ignored)
{
    return fake_trace.root + (uint32_t)ignored;
}
