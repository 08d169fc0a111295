/* scan_settled.c: see scan_settled.h. */
#include "scan_settled.h"

#include "memory.h"

int mt_settled_start(struct mt_settled *settled)
{
    settled->blocks = mt_map_kept(MT_SETTLED_BLOCKS * sizeof *settled->blocks);
    settled->mappings = mt_map_kept(MT_SETTLED_MAPPINGS * sizeof *settled->mappings);
    return settled->blocks && settled->mappings;
}

void mt_settled_clear(struct mt_settled *settled)
{
    for (unsigned i = 0; i < MT_SETTLED_BLOCKS; i++)
        if (settled->blocks[i].span) /* what was never used stays untouched memory */
            settled->blocks[i].span = 0;
    for (unsigned i = 0; i < MT_SETTLED_MAPPINGS; i++)
        settled->mappings[i].span = 0;
}

void mt_settled_add(struct mt_settled *settled, const struct mt_objects *objects, mt_object object,
                    uint64_t word)
{
    if (mt_object_is_block(objects, object)) {
        *mt_settled_block(settled, word) = (struct mt_settled_range){
            mt_object_start(objects, object), mt_object_size(objects, object)};
        return;
    }
    struct mt_mapped *mapped = mt_object_mapped(objects, object);
    if (mapped->kind != MT_MAPPING_STACK && !mt_mapped_has_blocks(objects, mapped))
        *mt_settled_mapping(settled, word) =
            (struct mt_settled_range){mapped->start, mapped->end - mapped->start};
}

void mt_settled_add_none(struct mt_settled *settled, const struct mt_objects *objects,
                         uint64_t word)
{
    uint64_t start, end;
    if (mt_objects_gap(objects, word, &start, &end))
        *mt_settled_block(settled, word) = (struct mt_settled_range){start, end - start};
}
