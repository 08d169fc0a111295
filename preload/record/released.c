/* released.c: keeps the last releases: what the block's record was, and who released it, so that a
 * second release of the same address can be told with both.
 *
 * One table for the process, direct-mapped by a hash of the address: a release takes the place of
 * whatever was there. A queue would need a counter that all threads fight for, and a search; a
 * table per thread would not know what another thread has freed. And allocators give the same
 * addresses again and again: here such an address takes the same place again and again, so that the
 * 65,536 places reach back much further than as many releases, and those of a busy loop stay in the
 * cache.
 *
 * Without a lock: two threads may store to a place at the same time, for two addresses, and a
 * reader may come in between. The last of the four words is the exclusive or of the other three, so
 * a mixture of two releases is seen to be none (Hyatt and Mann, "A lock-less transposition table
 * implementation for parallel search chess engines", 2002), and the release is simply not known.
 * Each word is stored and loaded whole, in any order. The memory is wiped in a forked child, which
 * knows nothing of what its parent has released. */
#include "released.h"

#include "hot.h"
#include "memory.h"
#include "stack.h"

enum { BITS = 16, PLACES = 1 << BITS, FUNCTION_SHIFT = 56, SLOT_SHIFT = 48 };
#define IS_CALLER (UINT64_C(1) << 47)

struct place {
    uint64_t address; /* and the releasing function << 56: addresses of a process have 47 bits */
    uint64_t word;
    uint64_t release; /* the releaser, and the thread's slot << 48 */
    uint64_t sum;     /* of the three */
};

static struct place *places;

int mt_released_start(void)
{
    if (!places)
        places = mt_map_wiped(PLACES * sizeof *places);
    return places != NULL;
}

/* Addresses of blocks are multiples of 8 at least, mostly of 16 (Knuth, TAOCP 6.4). */
static inline struct place *place_of(uintptr_t address)
{
    return &places[(address >> 3) * UINT64_C(0x9e3779b97f4a7c15) >> (64 - BITS)];
}

MT_IN_PLACE void mt_released_keep(uintptr_t address, uint64_t word, enum mt_function function,
                                  uint64_t releaser, uint32_t slot)
{
    struct place *place = place_of(address);
    const uint64_t named = address | (uint64_t)function << FUNCTION_SHIFT;
    const uint64_t release = releaser | (uint64_t)slot << SLOT_SHIFT;
    __atomic_store_n(&place->address, named, __ATOMIC_RELAXED);
    __atomic_store_n(&place->word, word, __ATOMIC_RELAXED);
    __atomic_store_n(&place->release, release, __ATOMIC_RELAXED);
    __atomic_store_n(&place->sum, named ^ word ^ release, __ATOMIC_RELAXED);
}

/* A return address is made a stack only when somebody asks. */
static uint32_t stack_of(uint64_t release)
{
    const uint64_t releaser = release & ((UINT64_C(1) << SLOT_SHIFT) - 1);
    return releaser & IS_CALLER ? mt_stack_of_caller(releaser & ~IS_CALLER, MT_FN_UNKNOWN)
                                : (uint32_t)releaser;
}

int mt_released_find(uintptr_t address, struct mt_released *ret_released)
{
    struct place *place = place_of(address);
    const uint64_t named = __atomic_load_n(&place->address, __ATOMIC_RELAXED);
    const uint64_t word = __atomic_load_n(&place->word, __ATOMIC_RELAXED);
    const uint64_t release = __atomic_load_n(&place->release, __ATOMIC_RELAXED);
    const uint64_t sum = __atomic_load_n(&place->sum, __ATOMIC_RELAXED);
    const uint64_t mask = (UINT64_C(1) << FUNCTION_SHIFT) - 1;
    if (!named || (named & mask) != address || (named ^ word ^ release) != sum)
        return 0;
    *ret_released = (struct mt_released){
        .word = word,
        .stack = stack_of(release),
        .thread = (uint16_t)(release >> SLOT_SHIFT),
        .function = (enum mt_function)(named >> FUNCTION_SHIFT),
    };
    return 1;
}
