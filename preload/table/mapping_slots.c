/* mapping_slots.c: where a record of the trace, its node in the order of addresses and its place in
 * the accounts are, and how the three change together. Slots are given out in turn, and those of
 * ranges that are gone again. */
#include "mapping_slots.h"

#include "extents.h"
#include "memory.h"
#include "process.h"

static_assert((int)MT_INTERVALS_PER_CHUNK == (int)MT_MAPPINGS_PER_EXTENT, "chunks and extents");

void mt_mapping_count_lost(void)
{
    __atomic_fetch_add(&mt_process->header->lost_mappings, 1, __ATOMIC_RELAXED);
}

struct mt_mapping *mt_mapping_record(const struct mt_mappings *mappings, uint32_t id)
{
    struct mt_extent *extent = mappings->extents[(id - 1) / MT_MAPPINGS_PER_EXTENT];
    return (struct mt_mapping *)(extent + 1) + (id - 1) % MT_MAPPINGS_PER_EXTENT;
}

struct mt_interval *mt_mapping_node(const struct mt_mappings *mappings, uint32_t id)
{
    return mt_interval_at(&mappings->set, id);
}

/* Room for the chunk that slot `id` is the first of. */
static int make_chunk(struct mt_mappings *mappings, uint32_t id)
{
    const uint32_t chunk = (id - 1) / MT_MAPPINGS_PER_EXTENT;
    if (chunk >= MT_INTERVAL_CHUNKS)
        return 0;
    struct mt_interval **nodes = &mappings->set.chunks[chunk];
    if (!*nodes)
        *nodes = mt_map_wiped(MT_INTERVALS_PER_CHUNK * sizeof **nodes);
    struct mt_extent *extent = *nodes ? mt_extent_take(1) : NULL;
    if (!extent)
        return 0;
    mappings->extents[chunk] = extent;
    mt_extent_publish(extent, MT_EXTENT_MAPPINGS, 1, chunk, 0);
    return 1;
}

uint32_t mt_mapping_slot_take(struct mt_mappings *mappings)
{
    if (!mappings->free) /* Acquire: the links are seen */
        mappings->free = __atomic_exchange_n(&mappings->retired, 0, __ATOMIC_ACQUIRE);
    uint32_t id = mappings->free;
    if (id) {
        mappings->free = mt_mapping_node(mappings, id)->left;
        return id;
    }
    id = mappings->slots + 1;
    const uint32_t place = (id - 1) % MT_MAPPINGS_PER_EXTENT;
    if (place == 0 && !make_chunk(mappings, id))
        return 0;
    mappings->slots = id;
    __atomic_store_n(&mappings->extents[(id - 1) / MT_MAPPINGS_PER_EXTENT]->used, place + 1,
                     __ATOMIC_RELEASE);
    return id;
}

void mt_mapping_slot_give(struct mt_mappings *mappings, uint32_t id)
{
    mt_mapping_node(mappings, id)->left = mappings->free;
    mappings->free = id;
}

/* No reader takes it for a record from here on, until it is published again. */
static void unpublish(struct mt_mapping *record)
{
    __atomic_store_n(&record->sequence, 0, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_RELEASE);
}

void mt_mapping_publish(struct mt_mappings *mappings, struct mt_mapping *record)
{
    /* Release: a reader that sees the sequence sees the record and the stack it names. */
    __atomic_store_n(&record->sequence, ++mappings->sequence, __ATOMIC_RELEASE);
}

void mt_mapping_copy_facts(struct mt_mapping *to, const struct mt_mapping *from)
{
    const uint64_t sequence = to->sequence;
    *to = *from;
    to->sequence = sequence;
}

static void count_bytes(struct mt_mappings *mappings, uint64_t more)
{
    __atomic_store_n(&mappings->bytes, mappings->bytes + more, __ATOMIC_RELAXED);
}

static void count_live(struct mt_mappings *mappings, uint32_t more)
{
    __atomic_store_n(&mappings->live, mappings->live + more,
                     __ATOMIC_RELAXED); /* read without the lock */
}

uint64_t mt_mapping_bytes(const struct mt_mappings *mappings, uint32_t id)
{
    const struct mt_interval *node = mt_mapping_node(mappings, id);
    return node->end - node->start;
}

void mt_mapping_link_in(struct mt_mappings *mappings, uint32_t id)
{
    mt_intervals_insert(&mappings->set, id);
    count_live(mappings, 1);
    count_bytes(mappings, mt_mapping_bytes(mappings, id));
    if (!mt_mapping_record(mappings, id)->sequence)
        mt_mapping_publish(mappings, mt_mapping_record(mappings, id));
}

void mt_mapping_link_out(struct mt_mappings *mappings, uint32_t id)
{
    unpublish(mt_mapping_record(mappings, id));
    mt_intervals_remove(&mappings->set, id);
    count_live(mappings, UINT32_C(-1));
    count_bytes(mappings, -mt_mapping_bytes(mappings, id));
}

void mt_mapping_set_end(struct mt_mappings *mappings, uint32_t id, uint64_t end)
{
    struct mt_interval *node = mt_mapping_node(mappings, id);
    count_bytes(mappings, end - node->end);
    node->end = end;
    /* Release: what takes over the rest has been published. */
    __atomic_store_n(&mt_mapping_record(mappings, id)->bytes, end - node->start, __ATOMIC_RELEASE);
}
