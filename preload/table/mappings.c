/* mappings.c: takes ranges of addresses, keeps one record of 64 bytes for each in the trace, and
 * beside them, in private memory, the order of addresses (intervals.c).
 *
 * One lock, held for some hundred nanoseconds: calls that change the address space are rare beside
 * allocations and take the kernel's own lock anyway. A slot of the trace and a node of the set have
 * the same number; slots of ranges that are gone are used again, so the trace is as large as the
 * most ranges that ever were at one time. */
#include "mappings.h"

#include <sys/mman.h>
#include "extents.h"
#include "mapping_slots.h"
#include "memory.h"
#include "page.h"
#include "process.h"
#include "sys.h"

/* The table, NULL before there is one. Acquire: pairs with the compare-and-swap below. */
static struct mt_mappings *present(void)
{
    return __atomic_load_n(&mt_process->mappings, __ATOMIC_ACQUIRE);
}

static struct mt_mappings *table(void)
{
    struct mt_mappings *made, *found = present();
    if (found || !(made = mt_map_wiped(sizeof *made)))
        return found;
    if (__atomic_compare_exchange_n(&mt_process->mappings, &found, made, 0, __ATOMIC_ACQ_REL,
                                    __ATOMIC_ACQUIRE))
        return made;
    mt_unmap(made, sizeof *made);
    return found;
}

/* The table with its lock held; NULL where it cannot be had, or there is nothing in it and nothing
 * is to be put in. */
static struct mt_mappings *enter(int to_insert, uint64_t *ret_signals)
{
    struct mt_mappings *mappings = to_insert ? table() : present();
    if (mappings && !to_insert && !__atomic_load_n(&mappings->live, __ATOMIC_RELAXED))
        return NULL;
    if (mappings && mt_lock_take(&mappings->lock, ret_signals))
        return mappings;
    if (mappings || to_insert)
        mt_mapping_count_lost();
    return NULL;
}

struct mt_mappings *mt_mappings_hold(uint64_t *ret_signals)
{
    struct mt_mappings *mappings = table();
    return mappings && mt_lock_take(&mappings->lock, ret_signals) ? mappings : NULL;
}

void mt_mappings_let_go(struct mt_mappings *mappings, uint64_t signals)
{
    mt_lock_release(&mappings->lock, signals);
}

/* ---- changes of what stands ----
 *
 * A range that stands is not taken out to be changed: at no instant is one of its addresses without
 * a record. A part that becomes a record of its own is published before the old record gets
 * shorter, a record gets longer before the one that it takes over ends; where two overlap meanwhile
 * the later sequence counts. What changes in a record that stands is stored at once: its length,
 * its state, its protection. */

static void set_protection(struct mt_mapping *record, unsigned protection, int is_known)
{
    const unsigned unknown = MT_MAPPING_PROTECTION_UNKNOWN << 4;
    const unsigned others = record->kind_state & ~unknown;
    if (is_known)
        __atomic_store_n(&record->protection, (uint8_t)protection, __ATOMIC_RELAXED);
    __atomic_store_n(&record->kind_state, (uint8_t)(is_known ? others : others | unknown),
                     __ATOMIC_RELEASE);
}

/* Makes [at, end) of a range one of its own. Without room for it, that part is lost. */
static void split(struct mt_mappings *mappings, uint32_t id, uint64_t at)
{
    const uint32_t upper = mt_mapping_slot_take(mappings);
    const struct mt_mapping *low = mt_mapping_record(mappings, id);
    const uint64_t start = mt_mapping_node(mappings, id)->start,
                   end = mt_mapping_node(mappings, id)->end;
    if (upper) {
        struct mt_mapping *high = mt_mapping_record(mappings, upper);
        mt_mapping_copy_facts(high, low);
        high->address = at;
        high->bytes = end - at;
        high->skipped_bytes += at - start;
        mt_mapping_node(mappings, upper)->start = at;
        mt_mapping_node(mappings, upper)->end = end;
        mt_mapping_publish(mappings, high);
    } else {
        mt_mapping_count_lost();
    }
    mt_mapping_set_end(mappings, id, at);
    if (upper)
        mt_mapping_link_in(mappings, upper);
}

static int are_one(const struct mt_mapping *low, const struct mt_mapping *high)
{
    return mt_mapping_continues(low, high) && low->protection == high->protection &&
           low->kind_state == high->kind_state && low->stack == high->stack &&
           low->detail == high->detail && low->skipped_bytes + low->bytes == high->skipped_bytes;
}

/* Joins a range with the one before it if nothing tells them apart any more. Returns which of the
 * two is left. */
static uint32_t join(struct mt_mappings *mappings, uint32_t id)
{
    const uint32_t lower =
        mt_intervals_before(&mappings->set, mt_mapping_node(mappings, id)->start);
    if (!lower || !are_one(mt_mapping_record(mappings, lower), mt_mapping_record(mappings, id)))
        return id;
    mt_mapping_set_end(mappings, lower, mt_mapping_node(mappings, id)->end);
    mt_mapping_link_out(mappings, id);
    mt_mapping_slot_give(mappings, id);
    return lower;
}

static void join_both(struct mt_mappings *mappings, uint32_t id)
{
    id = join(mappings, id);
    const uint64_t end = mt_mapping_node(mappings, id)->end;
    const uint32_t next = mt_intervals_find(&mappings->set, end);
    if (next && mt_mapping_node(mappings, next)->start == end)
        join(mappings, next);
}

/* ---- taking out and putting in ---- */

static mt_taken take(struct mt_mappings *mappings, uint64_t start, uint64_t end)
{
    uint32_t first = 0, *link = &first;
    uint32_t id = mt_intervals_find(&mappings->set, start);
    if (id && mt_mapping_node(mappings, id)->start < start && start < end) {
        split(mappings, id, start);
        id = mt_intervals_find(&mappings->set, start);
    }
    for (; id && mt_mapping_node(mappings, id)->start < end;
         id = mt_intervals_find(&mappings->set, start)) {
        struct mt_interval *node = mt_mapping_node(mappings, id);
        if (node->end > end)
            split(mappings, id, end);
        mt_mapping_link_out(mappings, id);
        *link = id;
        link = &node->left;
    }
    *link = 0;
    return first;
}

static void drop(struct mt_mappings *mappings, mt_taken taken)
{
    while (taken) {
        const mt_taken next = mt_mapping_node(mappings, taken)->left;
        mt_mapping_slot_give(mappings, taken);
        taken = next;
    }
}

/* A brk range that goes on where another of the same stack ends is part of it. */
static void continue_brk(struct mt_mappings *mappings, struct mt_mapping *record)
{
    const uint32_t lower = mt_intervals_before(&mappings->set, record->address);
    if (!lower)
        return;
    const struct mt_mapping *low = mt_mapping_record(mappings, lower);
    if (mt_mapping_kind(low) != MT_MAPPING_BRK || low->stack != record->stack ||
        low->address + low->bytes != record->address)
        return;
    record->birth = low->birth;
    record->skipped_bytes = low->skipped_bytes + low->bytes;
}

uint64_t mt_mapping_insert_held(struct mt_mappings *mappings, const struct mt_mapping *mapping)
{
    drop(mappings, take(mappings, mapping->address, mapping->address + mapping->bytes));
    const uint32_t id = mt_mapping_slot_take(mappings);
    if (!id) {
        mt_mapping_count_lost();
        return 0;
    }
    struct mt_mapping *record = mt_mapping_record(mappings, id);
    mt_mapping_copy_facts(record, mapping);
    mt_mapping_node(mappings, id)->start = mapping->address;
    mt_mapping_node(mappings, id)->end = mapping->address + mapping->bytes;
    if (!record->birth && mt_mapping_kind(record) == MT_MAPPING_BRK)
        continue_brk(mappings, record);
    const int is_new = !record->birth;
    if (is_new)
        record->birth = ++mappings->births;
    const uint64_t birth = record->birth;
    mt_mapping_link_in(mappings, id);
    if (!is_new)
        join_both(mappings, id);
    return birth;
}

uint64_t mt_mapping_insert(const struct mt_mapping *mapping)
{
    uint64_t signals;
    struct mt_mappings *mappings = mapping->bytes ? enter(1, &signals) : NULL;
    if (!mappings)
        return 0;
    const uint64_t birth = mt_mapping_insert_held(mappings, mapping);
    mt_mappings_let_go(mappings, signals);
    return birth;
}

mt_taken mt_mapping_take(uint64_t start, uint64_t end)
{
    uint64_t signals;
    struct mt_mappings *mappings = enter(0, &signals);
    if (!mappings)
        return 0;
    const mt_taken taken = take(mappings, start, end);
    mt_mappings_let_go(mappings, signals);
    return taken;
}

/* Without the lock: the chain is this thread's alone, and slots are taken from `retired` all at
 * once, so no slot can come back in the middle of the exchange. */
void mt_mapping_drop(mt_taken taken)
{
    struct mt_mappings *mappings = present();
    if (!taken)
        return;
    struct mt_interval *last = mt_mapping_node(mappings, taken);
    while (last->left)
        last = mt_mapping_node(mappings, last->left);
    uint32_t head = __atomic_load_n(&mappings->retired, __ATOMIC_RELAXED);
    do
        last->left = head;
    while (!__atomic_compare_exchange_n(&mappings->retired, &head, taken, 1, __ATOMIC_RELEASE,
                                        __ATOMIC_RELAXED));
}

/* A failed call may have unmapped first. msync with MS_ASYNC does nothing but look for holes. */
static int is_mapped(const struct mt_mapping *mapping)
{
    const uint64_t start = mt_page_down(mapping->address);
    return mt_sys(SYS_msync, start, mapping->address + mapping->bytes - start, MS_ASYNC) !=
           -12 /* ENOMEM */;
}

void mt_mapping_put_back(mt_taken taken)
{
    while (taken) {
        struct mt_mappings *mappings = present();
        const mt_taken next = mt_mapping_node(mappings, taken)->left;
        const int stands = is_mapped(mt_mapping_record(mappings, taken));
        mt_mapping_node(mappings, taken)->left = 0;
        uint64_t signals;
        if (stands && mt_lock_take(&mappings->lock, &signals)) {
            const struct mt_interval *node = mt_mapping_node(mappings, taken);
            drop(mappings, take(mappings, node->start, node->end));
            mt_mapping_link_in(mappings, taken);
            join_both(mappings, taken);
            mt_mappings_let_go(mappings, signals);
        } else {
            mt_mapping_drop(taken);
        }
        taken = next;
    }
}

const struct mt_mapping *mt_mapping_taken(mt_taken taken)
{
    return taken ? mt_mapping_record(present(), taken) : NULL;
}

mt_taken mt_mapping_next_taken(mt_taken taken)
{
    return mt_mapping_node(present(), taken)->left;
}

/* ---- looking and changing ---- */

/* Where it lies is told by the set: a page of the trace may have gone, and whoever goes from range
 * to range has to get on. */
static void read_record(const struct mt_mappings *mappings, uint32_t id,
                        struct mt_mapping *ret_mapping)
{
    *ret_mapping = *mt_mapping_record(mappings, id);
    ret_mapping->address = mt_mapping_node(mappings, id)->start;
    ret_mapping->bytes = mt_mapping_bytes(mappings, id);
}

int mt_mapping_find_held(const struct mt_mappings *mappings, uint64_t address,
                         struct mt_mapping *ret_mapping)
{
    const uint32_t id = mt_intervals_find(&mappings->set, address);
    if (id)
        read_record(mappings, id, ret_mapping);
    return id != 0;
}

int mt_mapping_find(uint64_t address, struct mt_mapping *ret_mapping)
{
    uint64_t signals;
    struct mt_mappings *mappings = enter(0, &signals);
    if (!mappings)
        return 0;
    const int is_found = mt_mapping_find_held(mappings, address, ret_mapping);
    mt_mappings_let_go(mappings, signals);
    return is_found;
}

void mt_mapping_totals(uint64_t *ret_count, uint64_t *ret_bytes)
{
    struct mt_mapping last = {0}, mapping;
    *ret_count = *ret_bytes = 0;
    for (uint64_t at = 0; present() && mt_mapping_find(at, &mapping);
         at = mapping.address + mapping.bytes) {
        const int is_in_use = mt_mapping_kind(&mapping) == MT_MAPPING_STACK &&
                              !(mt_mapping_state(&mapping) & MT_MAPPING_THREAD_ENDED);
        *ret_count += !is_in_use && !mt_mapping_continues(&last, &mapping);
        *ret_bytes += is_in_use ? 0 : mapping.bytes;
        last = mapping;
    }
}

static void split_at(struct mt_mappings *mappings, uint64_t at)
{
    const uint32_t id = mt_intervals_find(&mappings->set, at);
    if (id && mt_mapping_node(mappings, id)->start < at)
        split(mappings, id, at);
}

static void protect_all(struct mt_mappings *mappings, uint64_t start, uint64_t end,
                        unsigned protection, int is_known)
{
    uint32_t id = mt_intervals_find(&mappings->set, start);
    for (; id && mt_mapping_node(mappings, id)->start < end;
         id = mt_intervals_find(&mappings->set, mt_mapping_node(mappings, id)->end))
        set_protection(mt_mapping_record(mappings, id), protection, is_known);
}

/* Joins each range from `start` on, and the one after `end`, with what lies before it. */
static void join_all(struct mt_mappings *mappings, uint64_t start, uint64_t end)
{
    uint32_t id = mt_intervals_find(&mappings->set, start);
    while (id && mt_mapping_node(mappings, id)->start <= end) {
        const uint64_t next = mt_mapping_node(mappings, id)->end;
        join(mappings, id);
        id = mt_intervals_find(&mappings->set, next);
    }
}

void mt_mapping_protect(uint64_t start, uint64_t end, unsigned protection, int is_known)
{
    uint64_t signals;
    struct mt_mappings *mappings = enter(0, &signals);
    if (!mappings)
        return;
    split_at(mappings, start);
    split_at(mappings, end);
    protect_all(mappings, start, end, protection, is_known);
    join_all(mappings, start, end);
    mt_mappings_let_go(mappings, signals);
}

/* The record of that birth at `address`, under the lock; 0 when it is another or none. */
static uint32_t find_born(const struct mt_mappings *mappings, uint64_t address, uint64_t birth)
{
    const uint32_t id = mt_intervals_find(&mappings->set, address);
    return id && mt_mapping_record(mappings, id)->birth == birth ? id : 0;
}

void mt_mapping_forget(uint64_t address, uint64_t birth)
{
    uint64_t signals;
    struct mt_mappings *mappings = enter(0, &signals);
    if (!mappings)
        return;
    const uint32_t id = find_born(mappings, address, birth);
    if (id) {
        mt_mapping_link_out(mappings, id);
        mt_mapping_slot_give(mappings, id);
    }
    mt_mappings_let_go(mappings, signals);
}

void mt_mapping_thread_ended(uint64_t address, uint64_t birth)
{
    uint64_t signals;
    struct mt_mappings *mappings = enter(0, &signals);
    if (!mappings)
        return;
    const uint32_t id = find_born(mappings, address, birth);
    if (id) {
        struct mt_mapping *record = mt_mapping_record(mappings, id);
        __atomic_store_n(&record->kind_state,
                         (uint8_t)(record->kind_state | MT_MAPPING_THREAD_ENDED << 4),
                         __ATOMIC_RELAXED);
    }
    mt_mappings_let_go(mappings, signals);
}
