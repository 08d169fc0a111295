/* canary.c: see canary.h. The notes are a radix of bits in memory that a fork keeps, so a child
 * checks what it inherits: 2^16 tops of 4 GiB, each with 32 MiB of bits of which only pages that
 * are touched exist. Bits of neighbours share a word, so they change by atomic or, and and. */
#include "canary.h"

#include "canary_calls.h"
#include "memory.h"

enum {
    PATTERN_MAX_BYTES = 64,
    PATTERN_BYTE = 0xc9,
    TRAILER_BYTES = 8,
    TOPS = 1 << 16,
    TOP_SHIFT = 32,
    GRANULE_SHIFT = 4,
    SIZE_BITS = 48,
};

/* ---- pattern ---- */

void mt_pattern_fill(uintptr_t start, uintptr_t end)
{
    __builtin_memset((void *)start, PATTERN_BYTE, end - start);
}

/* Unaligned and of any type. */
typedef uint64_t eight_bytes __attribute__((aligned(1), may_alias));

int mt_pattern_is_whole(uintptr_t start, uintptr_t end, uintptr_t block,
                        struct mt_damage *ret_damage)
{
    uintptr_t first = start, last = end;
    while (end - first >= sizeof(eight_bytes) &&
           *(const eight_bytes *)first == UINT64_C(0x0101010101010101) * PATTERN_BYTE)
        first += sizeof(eight_bytes);
    while (first < end && *(const uint8_t *)first == PATTERN_BYTE)
        first++;
    if (first == end)
        return 1;
    while (*(const uint8_t *)(last - 1) == PATTERN_BYTE)
        last--;
    ret_damage->offset = (int64_t)(first - block);
    ret_damage->bytes = last - first;
    return 0;
}

/* ---- notes ---- */

static uint64_t *tops[TOPS]; /* atomic */

static uint64_t *make_top(uint64_t **at)
{
    const size_t bytes = (size_t)1 << (TOP_SHIFT - GRANULE_SHIFT - 3);
    uint64_t *present = NULL, *made = mt_map_kept(bytes);
    if (!made)
        return NULL;
    /* Release: who finds the bits finds their zeros. */
    if (__atomic_compare_exchange_n(at, &present, made, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        return made;
    mt_unmap(made, bytes);
    return present;
}

/* The word of the block's bit; NULL where there is none. */
static uint64_t *word_of(uintptr_t block, int to_make)
{
    if (block >> SIZE_BITS)
        return NULL;
    uint64_t **at = &tops[block >> TOP_SHIFT];
    uint64_t *bits = __atomic_load_n(at, __ATOMIC_ACQUIRE);
    if (!bits && to_make)
        bits = make_top(at);
    return bits ? bits + ((uint32_t)block >> (GRANULE_SHIFT + 6)) : NULL;
}

static uint64_t bit_of(uintptr_t block)
{
    return UINT64_C(1) << (block >> GRANULE_SHIFT & 63);
}

/* Relaxed: the block's owner alone asks for its bit and changes it. */
static int has(uintptr_t block)
{
    const uint64_t *word = word_of(block, 0);
    return word && __atomic_load_n(word, __ATOMIC_RELAXED) & bit_of(block);
}

/* ---- trailer ---- */

/* The size, and above it 16 bits of the address and the size, mixed. */
static uint64_t trailer_of(uintptr_t block, size_t bytes)
{
    const uint64_t mixed =
        (block ^ bytes * UINT64_C(0xd6e8feb86659fd93)) * UINT64_C(0x9e3779b97f4a7c15);
    return (mixed & ~UINT64_C(0) << SIZE_BITS) | bytes;
}

static uint64_t *trailer_at(uintptr_t block)
{
    const uintptr_t end = block + mt_canary_usable((void *)block);
    return (uint64_t *)((end & ~(uintptr_t)7) - TRAILER_BYTES);
}

/* SIZE_MAX where it was overwritten. */
static size_t size_in_trailer(uintptr_t block, const uint64_t *trailer)
{
    const size_t bytes = *trailer & ((UINT64_C(1) << SIZE_BITS) - 1);
    return *trailer == trailer_of(block, bytes) && bytes <= (uintptr_t)trailer - block ? bytes
                                                                                       : SIZE_MAX;
}

static uintptr_t end_of_pattern(uintptr_t from, const uint64_t *trailer)
{
    const uintptr_t most = from + PATTERN_MAX_BYTES;
    return most < (uintptr_t)trailer ? most : (uintptr_t)trailer;
}

/* ---- blocks ---- */

void mt_canary_set(void *block, size_t bytes)
{
    const uintptr_t start = (uintptr_t)block;
    uint64_t *word = block && !(start & 15) ? word_of(start, 1) : NULL;
    uint64_t *trailer = word ? trailer_at(start) : NULL;
    if (!word || start + bytes > (uintptr_t)trailer)
        return;
    *trailer = trailer_of(start, bytes);
    mt_pattern_fill(start + bytes, end_of_pattern(start + bytes, trailer));
    /* Release: a child that scans sees the bit only with the pattern. */
    __atomic_fetch_or(word, bit_of(start), __ATOMIC_RELEASE);
}

int mt_canary_clear(void *block)
{
    uint64_t *word = word_of((uintptr_t)block, 0);
    return word && __atomic_load_n(word, __ATOMIC_RELAXED) & bit_of((uintptr_t)block) &&
           __atomic_fetch_and(word, ~bit_of((uintptr_t)block), __ATOMIC_RELAXED) &
               bit_of((uintptr_t)block);
}

void mt_canary_restore(void *block)
{
    uint64_t *word = word_of((uintptr_t)block, 0);
    if (word)
        __atomic_fetch_or(word, bit_of((uintptr_t)block), __ATOMIC_RELEASE);
}

size_t mt_canary_size(const void *block)
{
    const uintptr_t start = (uintptr_t)block;
    return block && !(start & 15) && has(start) ? size_in_trailer(start, trailer_at(start))
                                                : SIZE_MAX;
}

int mt_canary_is_damaged(const void *block, size_t known_bytes, struct mt_damage *ret_damage)
{
    const uintptr_t start = (uintptr_t)block;
    if (!block || start & 15 || !has(start))
        return 0;
    const uint64_t *trailer = trailer_at(start);
    const size_t told = size_in_trailer(start, trailer);
    size_t bytes = told != SIZE_MAX ? told : known_bytes;
    *ret_damage = (struct mt_damage){.of_bytes = bytes};
    if (told != SIZE_MAX)
        return !mt_pattern_is_whole(start + bytes, end_of_pattern(start + bytes, trailer), start,
                                    ret_damage);
    /* Written through to the trailer, its 8 bytes included. */
    if (bytes > (uintptr_t)trailer - start)
        ret_damage->of_bytes = bytes = (uintptr_t)trailer - start;
    ret_damage->offset = (int64_t)bytes;
    ret_damage->bytes = (uintptr_t)(trailer + 1) - start - bytes;
    return 1;
}
