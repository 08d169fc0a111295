/* annotations.c: two lists, of ignored objects and of root regions. See annotations.h. */
#include "annotations.h"

#include "blocks.h"
#include "mappings.h"
#include "memory.h"
#include "process.h"

enum {
    IGNORED_MAX = 1 << 20,
    REGIONS_MAX = 1 << 16,
};

static int lock(struct mt_annotations *annotations, uint64_t *ret_signals)
{
    if (!mt_lock_take(&annotations->lock, ret_signals))
        return 0;
    if (!annotations->ignored)
        annotations->ignored = mt_map_kept(IGNORED_MAX * sizeof *annotations->ignored);
    if (!annotations->regions)
        annotations->regions = mt_map_kept(REGIONS_MAX * sizeof *annotations->regions);
    if (annotations->ignored && annotations->regions)
        return 1;
    mt_lock_release(&annotations->lock, *ret_signals);
    return 0;
}

/* What tells this object from a later one at its address: a block's word, a mapping's birth. */
static uint64_t record_of(const void *address)
{
    struct mt_mapping mapping;
    const uint64_t word = mt_block_word(address);
    if (word)
        return word;
    if (mt_mapping_find((uintptr_t)address, &mapping) && mapping.address == (uintptr_t)address)
        return mapping.birth;
    return 0;
}

/* Drops what is no longer alive. Only when the list is full: who reads it without the lock sees an
 * object twice at worst. */
static uint32_t squeeze(struct mt_ignored *ignored, uint32_t count)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++)
        if (record_of((const void *)ignored[i].address) == ignored[i].record)
            ignored[kept++] = ignored[i];
    return kept;
}

int mt_annotation_ignore(const void *address)
{
    struct mt_annotations *annotations = &mt_process->annotations;
    const struct mt_ignored entry = {(uintptr_t)address, record_of(address)};
    uint64_t signals;
    if (!entry.record || !lock(annotations, &signals))
        return 0;
    uint32_t count = annotations->ignored_count;
    if (count == IGNORED_MAX)
        count = squeeze(annotations->ignored, count);
    const int has_room = count < IGNORED_MAX;
    if (has_room)
        annotations->ignored[count++] = entry;
    __atomic_store_n(&annotations->ignored_count, count, __ATOMIC_RELEASE);
    mt_lock_release(&annotations->lock, signals);
    return has_room;
}

static struct mt_region *find_region(struct mt_annotations *annotations, struct mt_region region)
{
    for (uint32_t i = 0; i < annotations->region_count; i++)
        if (annotations->regions[i].start == region.start &&
            annotations->regions[i].bytes == region.bytes)
            return &annotations->regions[i];
    return NULL;
}

int mt_annotation_add_region(const void *start, size_t bytes)
{
    struct mt_annotations *annotations = &mt_process->annotations;
    const struct mt_region region = {(uintptr_t)start, bytes}, unused = {0, 0};
    uint64_t signals;
    if (!bytes || !lock(annotations, &signals))
        return 0;
    struct mt_region *place = find_region(annotations, unused);
    if (!place && annotations->region_count < REGIONS_MAX)
        place = &annotations->regions[annotations->region_count];
    if (place) {
        place->start = region.start;
        __atomic_store_n(&place->bytes, region.bytes, __ATOMIC_RELEASE);
        if (place == &annotations->regions[annotations->region_count])
            __atomic_store_n(&annotations->region_count, annotations->region_count + 1,
                             __ATOMIC_RELEASE);
    }
    mt_lock_release(&annotations->lock, signals);
    return place != NULL;
}

int mt_annotation_remove_region(const void *start, size_t bytes)
{
    struct mt_annotations *annotations = &mt_process->annotations;
    const struct mt_region region = {(uintptr_t)start, bytes}, unused = {0, 0};
    uint64_t signals;
    if (!bytes || !lock(annotations, &signals))
        return 0;
    struct mt_region *place = find_region(annotations, region);
    if (place) {
        __atomic_store_n(&place->bytes, 0, __ATOMIC_RELEASE);
        *place = unused;
    }
    mt_lock_release(&annotations->lock, signals);
    return place != NULL;
}

const struct mt_ignored *mt_annotation_ignored(uint32_t *ret_count)
{
    *ret_count = __atomic_load_n(&mt_process->annotations.ignored_count, __ATOMIC_ACQUIRE);
    return mt_process->annotations.ignored;
}

const struct mt_region *mt_annotation_regions(uint32_t *ret_count)
{
    *ret_count = __atomic_load_n(&mt_process->annotations.region_count, __ATOMIC_ACQUIRE);
    return mt_process->annotations.regions;
}
