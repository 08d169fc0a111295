/* mapping_slots.h: the slots of mappings.c: a record in the trace and a node in the order of
 * addresses, which have the same number. Numbers are 1, 2, …; 0 is none.
 * All functions but mt_mapping_count_lost: under the lock of the table. */
#ifndef MT_MAPPING_SLOTS_H
#define MT_MAPPING_SLOTS_H

#include "mappings.h"

struct mt_mapping *mt_mapping_record(const struct mt_mappings *mappings, uint32_t id);
struct mt_interval *mt_mapping_node(const struct mt_mappings *mappings, uint32_t id);

/* Bytes of the range, as its node says. */
uint64_t mt_mapping_bytes(const struct mt_mappings *mappings, uint32_t id);

/* A slot that is not in use; 0 when there is no room. */
uint32_t mt_mapping_slot_take(struct mt_mappings *mappings);
void mt_mapping_slot_give(struct mt_mappings *mappings, uint32_t id);

/* All of `from` but its sequence. */
void mt_mapping_copy_facts(struct mt_mapping *to, const struct mt_mapping *from);

/* Readers of the trace see the record from here on. */
void mt_mapping_publish(struct mt_mappings *mappings, struct mt_mapping *record);

/* Puts a record into the set, where its node says, and publishes it if it is not. */
void mt_mapping_link_in(struct mt_mappings *mappings, uint32_t id);

/* Takes it out; no reader takes it for a record any more. The slot is the caller's. */
void mt_mapping_link_out(struct mt_mappings *mappings, uint32_t id);

/* Makes a range that stands shorter or longer. */
void mt_mapping_set_end(struct mt_mappings *mappings, uint32_t id, uint64_t end);

/* A mapping that there was no room for, or no lock: counted in the trace. Any thread. */
void mt_mapping_count_lost(void);

#endif
