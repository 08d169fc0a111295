/* facts.c: appends facts to the trace. One thread appends at a time, and `used` moves forward only
 * when the fact is whole: a process killed in between has simply not said it. */
#include "facts.h"

#include "extents.h"
#include "process.h"

enum { ROOM = MT_UNIT_BYTES - sizeof(struct mt_extent) };

static void copy(char *to, const void *from, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        to[i] = ((const char *)from)[i];
}

static struct mt_extent *extent_with_room(struct mt_process *process, size_t bytes)
{
    const uint64_t used = process->facts ? process->facts->used : ROOM;
    if (used <= ROOM && bytes <= ROOM - used)
        return process->facts;
    struct mt_extent *extent = mt_extent_take(1);
    if (!extent)
        return NULL;
    mt_extent_publish(extent, MT_EXTENT_FACTS, 1, process->facts_ordinal++, 0);
    return process->facts = extent;
}

static void append(struct mt_process *process, enum mt_fact_kind kind, const void *first,
                   size_t first_bytes, const void *second, size_t second_bytes)
{
    const size_t payload = first_bytes + second_bytes;
    const size_t bytes = (sizeof(struct mt_fact) + payload + 7) & ~(size_t)7;
    struct mt_extent *extent = bytes <= ROOM ? extent_with_room(process, bytes) : NULL;
    if (!extent) {
        __atomic_fetch_add(&process->header->lost_facts, 1, __ATOMIC_RELAXED);
        return;
    }
    char *at = (char *)(extent + 1) + extent->used;
    *(struct mt_fact *)at = (struct mt_fact){kind, (uint32_t)payload};
    copy(at + sizeof(struct mt_fact), first, first_bytes);
    copy(at + sizeof(struct mt_fact) + first_bytes, second, second_bytes);
    /* Release: a reader that sees the new length sees the fact. */
    __atomic_store_n(&extent->used, extent->used + bytes, __ATOMIC_RELEASE);
}

int mt_fact_append(enum mt_fact_kind kind, const void *first, size_t first_bytes,
                   const void *second, size_t second_bytes)
{
    struct mt_process *process = mt_process;
    /* Acquire and release make the appenders' plain accesses follow each other. The lock is only
     * tried: a signal handler may have interrupted the appender itself. */
    if (__atomic_exchange_n(&process->facts_lock, 1, __ATOMIC_ACQUIRE))
        return 0;
    append(process, kind, first, first_bytes, second, second_bytes);
    __atomic_store_n(&process->facts_lock, 0, __ATOMIC_RELEASE);
    return 1;
}
