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
#include "memory.h"
#include "page.h"
#include "process.h"
#include "sys.h"

static_assert((int)MT_INTERVALS_PER_CHUNK == (int)MT_MAPPINGS_PER_EXTENT, "chunks and extents");

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

static void count_lost(void)
{
    __atomic_fetch_add(&mt_process->header->lost_mappings, 1, __ATOMIC_RELAXED);
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
        count_lost();
    return NULL;
}

static void leave(struct mt_mappings *mappings, uint64_t signals)
{
    mt_lock_release(&mappings->lock, signals);
}

/* ---- slots ---- */

static struct mt_mapping *record_at(const struct mt_mappings *mappings, uint32_t id)
{
    struct mt_extent *extent = mappings->extents[(id - 1) / MT_MAPPINGS_PER_EXTENT];
    return (struct mt_mapping *)(extent + 1) + (id - 1) % MT_MAPPINGS_PER_EXTENT;
}

static struct mt_interval *node_at(const struct mt_mappings *mappings, uint32_t id)
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

/* A slot that is not in use; 0 when there is no room. */
static uint32_t take_slot(struct mt_mappings *mappings)
{
    if (!mappings->free) /* Acquire: the links are seen */
        mappings->free = __atomic_exchange_n(&mappings->retired, 0, __ATOMIC_ACQUIRE);
    uint32_t id = mappings->free;
    if (id) {
        mappings->free = node_at(mappings, id)->left;
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

static void give_slot(struct mt_mappings *mappings, uint32_t id)
{
    node_at(mappings, id)->left = mappings->free;
    mappings->free = id;
}

/* ---- records ---- */

/* No reader takes it for a record from here on, until it is published again. */
static void unpublish(struct mt_mapping *record)
{
    __atomic_store_n(&record->sequence, 0, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_RELEASE);
}

static void publish(struct mt_mappings *mappings, struct mt_mapping *record)
{
    /* Release: a reader that sees the sequence sees the record and the stack it names. */
    __atomic_store_n(&record->sequence, ++mappings->sequence, __ATOMIC_RELEASE);
}

static void copy_facts(struct mt_mapping *to, const struct mt_mapping *from)
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
    __atomic_store_n(&mappings->live, mappings->live + more, __ATOMIC_RELAXED); /* enter asks */
}

static uint64_t bytes_of(const struct mt_mappings *mappings, uint32_t id)
{
    const struct mt_interval *node = node_at(mappings, id);
    return node->end - node->start;
}

/* Puts an unpublished record into the set, where its node says. */
static void link_in(struct mt_mappings *mappings, uint32_t id)
{
    mt_intervals_insert(&mappings->set, id);
    count_live(mappings, 1);
    count_bytes(mappings, bytes_of(mappings, id));
    if (!record_at(mappings, id)->sequence)
        publish(mappings, record_at(mappings, id));
}

static void link_out(struct mt_mappings *mappings, uint32_t id)
{
    unpublish(record_at(mappings, id));
    mt_intervals_remove(&mappings->set, id);
    count_live(mappings, UINT32_C(-1));
    count_bytes(mappings, -bytes_of(mappings, id));
}

/* ---- changes of what stands ----
 *
 * A range that stands is not taken out to be changed: at no instant is one of its addresses without
 * a record. A part that becomes a record of its own is published before the old record gets
 * shorter, a record gets longer before the one that it takes over ends; where two overlap meanwhile
 * the later sequence counts. What changes in a record that stands is stored at once: its length,
 * its state, its protection. */

static void set_end(struct mt_mappings *mappings, uint32_t id, uint64_t end)
{
    struct mt_interval *node = node_at(mappings, id);
    count_bytes(mappings, end - node->end);
    node->end = end;
    /* Release: what takes over the rest has been published. */
    __atomic_store_n(&record_at(mappings, id)->bytes, end - node->start, __ATOMIC_RELEASE);
}

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
    const uint32_t upper = take_slot(mappings);
    const struct mt_mapping *low = record_at(mappings, id);
    const uint64_t start = node_at(mappings, id)->start, end = node_at(mappings, id)->end;
    if (upper) {
        struct mt_mapping *high = record_at(mappings, upper);
        copy_facts(high, low);
        high->address = at;
        high->bytes = end - at;
        high->skipped_bytes += at - start;
        node_at(mappings, upper)->start = at;
        node_at(mappings, upper)->end = end;
        publish(mappings, high);
    } else {
        count_lost();
    }
    set_end(mappings, id, at);
    if (upper)
        link_in(mappings, upper);
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
    const uint32_t lower = mt_intervals_before(&mappings->set, node_at(mappings, id)->start);
    if (!lower || !are_one(record_at(mappings, lower), record_at(mappings, id)))
        return id;
    set_end(mappings, lower, node_at(mappings, id)->end);
    link_out(mappings, id);
    give_slot(mappings, id);
    return lower;
}

static void join_both(struct mt_mappings *mappings, uint32_t id)
{
    id = join(mappings, id);
    const uint64_t end = node_at(mappings, id)->end;
    const uint32_t next = mt_intervals_find(&mappings->set, end);
    if (next && node_at(mappings, next)->start == end)
        join(mappings, next);
}

/* ---- taking out and putting in ---- */

static mt_taken take(struct mt_mappings *mappings, uint64_t start, uint64_t end)
{
    uint32_t first = 0, *link = &first;
    uint32_t id = mt_intervals_find(&mappings->set, start);
    if (id && node_at(mappings, id)->start < start && start < end) {
        split(mappings, id, start);
        id = mt_intervals_find(&mappings->set, start);
    }
    for (; id && node_at(mappings, id)->start < end;
         id = mt_intervals_find(&mappings->set, start)) {
        struct mt_interval *node = node_at(mappings, id);
        if (node->end > end)
            split(mappings, id, end);
        link_out(mappings, id);
        *link = id;
        link = &node->left;
    }
    *link = 0;
    return first;
}

static void drop(struct mt_mappings *mappings, mt_taken taken)
{
    while (taken) {
        const mt_taken next = node_at(mappings, taken)->left;
        give_slot(mappings, taken);
        taken = next;
    }
}

/* A brk range that goes on where another of the same stack ends is part of it. */
static void continue_brk(struct mt_mappings *mappings, struct mt_mapping *record)
{
    const uint32_t lower = mt_intervals_before(&mappings->set, record->address);
    if (!lower)
        return;
    const struct mt_mapping *low = record_at(mappings, lower);
    if (mt_mapping_kind(low) != MT_MAPPING_BRK || low->stack != record->stack ||
        low->address + low->bytes != record->address)
        return;
    record->birth = low->birth;
    record->skipped_bytes = low->skipped_bytes + low->bytes;
}

static uint64_t insert(struct mt_mappings *mappings, const struct mt_mapping *mapping)
{
    drop(mappings, take(mappings, mapping->address, mapping->address + mapping->bytes));
    const uint32_t id = take_slot(mappings);
    if (!id) {
        count_lost();
        return 0;
    }
    struct mt_mapping *record = record_at(mappings, id);
    copy_facts(record, mapping);
    node_at(mappings, id)->start = mapping->address;
    node_at(mappings, id)->end = mapping->address + mapping->bytes;
    if (!record->birth && mt_mapping_kind(record) == MT_MAPPING_BRK)
        continue_brk(mappings, record);
    const int is_new = !record->birth;
    if (is_new)
        record->birth = ++mappings->births;
    const uint64_t birth = record->birth;
    link_in(mappings, id);
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
    const uint64_t birth = insert(mappings, mapping);
    leave(mappings, signals);
    return birth;
}

mt_taken mt_mapping_take(uint64_t start, uint64_t end)
{
    uint64_t signals;
    struct mt_mappings *mappings = enter(0, &signals);
    if (!mappings)
        return 0;
    const mt_taken taken = take(mappings, start, end);
    leave(mappings, signals);
    return taken;
}

/* Without the lock: the chain is this thread's alone, and slots are taken from `retired` all at
 * once, so no slot can come back in the middle of the exchange. */
void mt_mapping_drop(mt_taken taken)
{
    struct mt_mappings *mappings = present();
    if (!taken)
        return;
    struct mt_interval *last = node_at(mappings, taken);
    while (last->left)
        last = node_at(mappings, last->left);
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
        const mt_taken next = node_at(mappings, taken)->left;
        const int stands = is_mapped(record_at(mappings, taken));
        node_at(mappings, taken)->left = 0;
        uint64_t signals;
        if (stands && mt_lock_take(&mappings->lock, &signals)) {
            const struct mt_interval *node = node_at(mappings, taken);
            drop(mappings, take(mappings, node->start, node->end));
            link_in(mappings, taken);
            join_both(mappings, taken);
            leave(mappings, signals);
        } else {
            mt_mapping_drop(taken);
        }
        taken = next;
    }
}

const struct mt_mapping *mt_mapping_taken(mt_taken taken)
{
    return taken ? record_at(present(), taken) : NULL;
}

mt_taken mt_mapping_next_taken(mt_taken taken)
{
    return node_at(present(), taken)->left;
}

/* ---- looking and changing ---- */

/* Where it lies is told by the set: a page of the trace may have gone, and whoever goes from range
 * to range has to get on. */
static void read_record(const struct mt_mappings *mappings, uint32_t id,
                        struct mt_mapping *ret_mapping)
{
    *ret_mapping = *record_at(mappings, id);
    ret_mapping->address = node_at(mappings, id)->start;
    ret_mapping->bytes = bytes_of(mappings, id);
}

int mt_mapping_find(uint64_t address, struct mt_mapping *ret_mapping)
{
    uint64_t signals;
    struct mt_mappings *mappings = enter(0, &signals);
    if (!mappings)
        return 0;
    const uint32_t id = mt_intervals_find(&mappings->set, address);
    if (id)
        read_record(mappings, id, ret_mapping);
    leave(mappings, signals);
    return id != 0;
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
    if (id && node_at(mappings, id)->start < at)
        split(mappings, id, at);
}

static void protect_all(struct mt_mappings *mappings, uint64_t start, uint64_t end,
                        unsigned protection, int is_known)
{
    uint32_t id = mt_intervals_find(&mappings->set, start);
    for (; id && node_at(mappings, id)->start < end;
         id = mt_intervals_find(&mappings->set, node_at(mappings, id)->end))
        set_protection(record_at(mappings, id), protection, is_known);
}

/* Joins each range from `start` on, and the one after `end`, with what lies before it. */
static void join_all(struct mt_mappings *mappings, uint64_t start, uint64_t end)
{
    uint32_t id = mt_intervals_find(&mappings->set, start);
    while (id && node_at(mappings, id)->start <= end) {
        const uint64_t next = node_at(mappings, id)->end;
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
    leave(mappings, signals);
}

/* The record of that birth at `address`, under the lock; 0 when it is another or none. */
static uint32_t find_born(const struct mt_mappings *mappings, uint64_t address, uint64_t birth)
{
    const uint32_t id = mt_intervals_find(&mappings->set, address);
    return id && record_at(mappings, id)->birth == birth ? id : 0;
}

void mt_mapping_forget(uint64_t address, uint64_t birth)
{
    uint64_t signals;
    struct mt_mappings *mappings = enter(0, &signals);
    if (!mappings)
        return;
    const uint32_t id = find_born(mappings, address, birth);
    if (id) {
        link_out(mappings, id);
        give_slot(mappings, id);
    }
    leave(mappings, signals);
}

void mt_mapping_thread_ended(uint64_t address, uint64_t birth)
{
    uint64_t signals;
    struct mt_mappings *mappings = enter(0, &signals);
    if (!mappings)
        return;
    const uint32_t id = find_born(mappings, address, birth);
    if (id) {
        struct mt_mapping *record = record_at(mappings, id);
        __atomic_store_n(&record->kind_state,
                         (uint8_t)(record->kind_state | MT_MAPPING_THREAD_ENDED << 4),
                         __ATOMIC_RELAXED);
    }
    leave(mappings, signals);
}
