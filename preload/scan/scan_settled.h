/* scan_settled.h: remembers objects of which nothing more can be learned, so that a further pointer
 * into one is passed over without looking for the object. Kept by the address that led to it,
 * blocks by the page: interpreters keep their values in blocks of a few KiB, collectors in
 * mappings, and every other word points into them. */
#ifndef MT_SCAN_SETTLED_H
#define MT_SCAN_SETTLED_H

#include <stdint.h>
#include "scan_objects.h"

enum {
    MT_SETTLED_BLOCKS = 16384,
    MT_SETTLED_BLOCKS_SHIFT = 12,
    MT_SETTLED_MAPPINGS = 256,
    MT_SETTLED_MAPPINGS_SHIFT = 20,
};

struct mt_settled_range {
    uint64_t start, span;
};

/* Direct-mapped both: a new one takes the place of an older. */
struct mt_settled {
    struct mt_settled_range *blocks, *mappings;
};

/* Empty. Returns 0 when there is no memory. */
int mt_settled_start(struct mt_settled *settled);
void mt_settled_clear(struct mt_settled *settled);

/* `word` points into `object`, or to its start. A mapping that blocks lie in is not remembered, for
 * the word may mean one of those; nor is a stack, which one address alone means. */
void mt_settled_add(struct mt_settled *settled, const struct mt_objects *objects, mt_object object,
                    uint64_t word);

/* `word` points to no object. */
void mt_settled_add_none(struct mt_settled *settled, const struct mt_objects *objects,
                         uint64_t word);

static inline struct mt_settled_range *mt_settled_block(const struct mt_settled *settled,
                                                        uint64_t word)
{
    return &settled->blocks[word >> MT_SETTLED_BLOCKS_SHIFT & (MT_SETTLED_BLOCKS - 1)];
}

static inline struct mt_settled_range *mt_settled_mapping(const struct mt_settled *settled,
                                                          uint64_t word)
{
    return &settled->mappings[word >> MT_SETTLED_MAPPINGS_SHIFT & (MT_SETTLED_MAPPINGS - 1)];
}

/* Whether the word points into one of them. */
static inline int mt_settled_has(const struct mt_settled *settled, uint64_t word)
{
    const struct mt_settled_range *block = mt_settled_block(settled, word);
    const struct mt_settled_range *mapping = mt_settled_mapping(settled, word);
    return word - block->start < block->span || word - mapping->start < mapping->span;
}

#endif
