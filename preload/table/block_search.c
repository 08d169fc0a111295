/* block_search.c: takes an address or a range, gives the block there. Goes from leaf to leaf and
 * from word to word, where blocks.c knows one word to look at. Blocks do not overlap, so only the
 * one with the highest beginning can hold an address. Other threads go on: each word is read whole,
 * and what lives may be gone when it is told, as with every question about a block that is not
 * one's own. */
#include "block_search.h"

#include "blocks.h"

enum { RUNS_BELOW = 1 << 18 }; /* that are looked through: 4 GiB with glibc's granule */

static uint64_t run_bytes(void)
{
    return (uint64_t)MT_LEAF_WORDS << mt_block_shift();
}

static uint64_t word_at(const uint64_t *leaf, unsigned i)
{
    return __atomic_load_n(&leaf[i], __ATOMIC_RELAXED);
}

/* Where the block of word `i` begins; 0: no block begins there. */
static uintptr_t start_of(uintptr_t base, uint64_t word, unsigned i)
{
    const uintptr_t half = word & MT_WORD_HALF && mt_block_shift() == MT_GLIBC_SHIFT ? 16 : 0;
    return word & MT_WORD_STACK ? base + ((uintptr_t)i << mt_block_shift()) + half : 0;
}

static struct mt_found_block describe(uintptr_t start, uint64_t word)
{
    return (struct mt_found_block){start, mt_block_size(word), (uint32_t)(word & MT_WORD_STACK)};
}

/* The highest block of a leaf that begins at `last` or below it. */
static struct mt_found_block highest(uintptr_t base, uintptr_t last)
{
    const uint64_t *leaf = mt_block_leaf(base);
    const uintptr_t offset = last - base;
    if (!leaf || last < base)
        return (struct mt_found_block){0};
    unsigned i = offset < run_bytes() ? (unsigned)(offset >> mt_block_shift()) : MT_LEAF_WORDS - 1;
    for (;; i--) {
        const uint64_t word = word_at(leaf, i);
        const uintptr_t start = start_of(base, word, i);
        if (start && start <= last)
            return describe(start, word);
        if (i == 0)
            return (struct mt_found_block){0};
    }
}

struct mt_found_block mt_block_around(uintptr_t address)
{
    uintptr_t base = address & ~(run_bytes() - 1);
    for (unsigned i = 0; i < RUNS_BELOW && base; i++, base -= run_bytes()) {
        const struct mt_found_block even = highest(base, address);
        const struct mt_found_block odd = highest(base | MT_BASE_ODD, address);
        const struct mt_found_block found = even.address > odd.address ? even : odd;
        if (found.address)
            return address - found.address < found.size_bytes + !found.size_bytes
                       ? found
                       : (struct mt_found_block){0};
    }
    return (struct mt_found_block){0};
}

static struct mt_found_block lowest(uintptr_t base, uintptr_t start, uintptr_t end)
{
    const uint64_t *leaf = mt_block_leaf(base);
    for (unsigned i = 0; leaf && i < MT_LEAF_WORDS; i++) {
        const uint64_t word = word_at(leaf, i);
        const uintptr_t at = start_of(base, word, i);
        if (at >= start && at < end)
            return describe(at, word);
    }
    return (struct mt_found_block){0};
}

struct mt_found_block mt_block_within(uintptr_t start, uintptr_t end)
{
    for (uintptr_t base = start & ~(run_bytes() - 1); base < end; base += run_bytes()) {
        const struct mt_found_block even = lowest(base, start, end);
        const struct mt_found_block odd = lowest(base | MT_BASE_ODD, start, end);
        if (odd.address && (!even.address || odd.address < even.address))
            return odd;
        if (even.address)
            return even;
    }
    return (struct mt_found_block){0};
}

int mt_block_are_near(uintptr_t address)
{
    const uintptr_t base = address & ~(run_bytes() - 1);
    return mt_block_leaf(base) || mt_block_leaf(base | MT_BASE_ODD);
}
