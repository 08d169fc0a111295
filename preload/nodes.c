/* nodes.c: interns stack-tree nodes. The nodes themselves lie in the trace, 4092 to an extent; what
 * finds them again are tables of the process: buckets of eight words, one cache line, each word
 *
 *    63                              25 24                       0
 *   +----------------------------------+-------------------------+
 *   | tag: the upper bits of the hash  | node id                 |   0: free
 *   +----------------------------------+-------------------------+
 *
 * A bucket is filled in an order that depends on the key alone, words are set once and never
 * removed, so a search that meets a free word knows that the key is in no later one. Where a
 * bucket is full the next, sixteen times larger table is asked. Tables and the list of extents are
 * wiped memory: a forked child finds them empty, and ids begin anew. */
#include "nodes.h"

#include <stddef.h>
#include "extents.h"
#include "memory.h"

enum {
    TABLES = 4,
    FIRST_TABLE_BITS = 16,
    BUCKET_WORDS = 8,
    EXTENTS_MAX = (1 << MT_NODE_BITS) / MT_NODES_PER_EXTENT,
};
#define ID_MASK ((UINT64_C(1) << MT_NODE_BITS) - 1)

/* In wiped memory. */
struct tree {
    uint32_t extent_count; /* atomic; extents[] up to here are set */
    char *extents[EXTENTS_MAX];
};

static struct tree *tree;        /* set once, by compare-and-swap */
static uint64_t *tables[TABLES]; /* likewise */

static unsigned table_bits(int table)
{
    return FIRST_TABLE_BITS + 4 * (unsigned)table - (table == TABLES - 1 ? 2 : 0);
}

static uint64_t hash_key(uint64_t pc, uint64_t rest)
{
    /* The first product is ready before the parent is known: a stack is interned from the outside
     * in, and each step waits for the one before. */
    return (pc * UINT64_C(0x9e3779b97f4a7c15) + rest) * UINT64_C(0xd6e8feb86659fd93);
}

/* Maps *slot on first use; NULL when there is no memory. */
static void *mapped_once(void **slot, size_t bytes)
{
    /* Acquire: pairs with the compare-and-swap below. The memory itself is zero from the kernel. */
    void *found = __atomic_load_n(slot, __ATOMIC_ACQUIRE);
    if (__builtin_expect(found != NULL, 1))
        return found;
    void *made = mt_map_wiped(bytes);
    if (!made)
        return NULL;
    if (__atomic_compare_exchange_n(slot, &found, made, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        return made;
    mt_unmap(made, bytes);
    return found;
}

static struct tree *get_tree(void)
{
    return mapped_once((void **)&tree, sizeof *tree);
}

static uint64_t *get_table(int table)
{
    return mapped_once((void **)&tables[table], sizeof(uint64_t) << table_bits(table));
}

static struct mt_node *node_at(const struct tree *in, uint32_t id)
{
    /* The id was read with acquire, so its extent's address, stored before, is seen. */
    return (struct mt_node *)(in->extents[id / MT_NODES_PER_EXTENT] +
                              (size_t)(id % MT_NODES_PER_EXTENT) * MT_NODE_BYTES);
}

const struct mt_node *mt_node_at(uint32_t id)
{
    return node_at(tree, id);
}

/* ---- new nodes ---- */

/* Takes an extent for ordinal; 0 when there is none to be had. */
__attribute__((noinline)) static int add_extent(struct tree *to, uint32_t ordinal)
{
    if (ordinal == EXTENTS_MAX)
        return 0;
    struct mt_extent *extent = mt_extent_take(1);
    if (!extent)
        return 0;
    char *expected = NULL;
    /* Release: who sees the address sees the zeroed nodes. One thread wins; the others use its. */
    if (!__atomic_compare_exchange_n(&to->extents[ordinal], &expected, (char *)extent, 0,
                                     __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        mt_extent_give_back(extent);
    uint32_t count = ordinal;
    __atomic_compare_exchange_n(&to->extent_count, &count, ordinal + 1, 0, __ATOMIC_ACQ_REL,
                                __ATOMIC_ACQUIRE);
    return 1;
}

/* Gives out one id of an extent; 0 when it is full. */
static uint32_t take_in(struct mt_extent *extent, uint32_t ordinal)
{
    /* By whoever comes first, for no block may name a node that readers do not find. */
    if (__builtin_expect(!__atomic_load_n(&extent->magic, __ATOMIC_ACQUIRE), 0))
        mt_extent_publish(extent, MT_EXTENT_NODES, 1, ordinal, MT_NODES_HEAD);
    uint64_t used = __atomic_load_n(&extent->used, __ATOMIC_ACQUIRE);
    do {
        if (used >= MT_NODES_PER_EXTENT)
            return 0;
    } while (!__atomic_compare_exchange_n(&extent->used, &used, used + 1, 1, __ATOMIC_ACQ_REL,
                                          __ATOMIC_ACQUIRE));
    return ordinal * MT_NODES_PER_EXTENT + (uint32_t)used;
}

static uint32_t take_id(struct tree *from)
{
    for (;;) {
        const uint32_t count = __atomic_load_n(&from->extent_count, __ATOMIC_ACQUIRE);
        const uint32_t id =
            count ? take_in((struct mt_extent *)from->extents[count - 1], count - 1) : 0;
        if (id)
            return id;
        if (!add_extent(from, count))
            return 0;
    }
}

static uint32_t make_node(struct tree *in, uint64_t pc, uint64_t rest)
{
    const uint32_t id = take_id(in);
    if (id) {
        struct mt_node *node = node_at(in, id);
        node->pc = pc;
        __builtin_memcpy(&node->parent, &rest, sizeof rest);
    }
    return id;
}

/* ---- finding ---- */

static int is_node(const struct tree *in, uint32_t id, uint64_t pc, uint64_t rest)
{
    const struct mt_node *node = node_at(in, id);
    uint64_t found;
    __builtin_memcpy(&found, &node->parent, sizeof found);
    return node->pc == pc && found == rest;
}

/* Puts a new node into the free word *word, which may get another one at the same moment: that
 * one is then in *word. Returns the new id, 0 when there is no room or the word was lost. */
__attribute__((noinline)) static uint32_t add_at(uint64_t *word, uint64_t *ret_found,
                                                 uint32_t *new_id, uint64_t tag, uint64_t pc,
                                                 uint64_t rest)
{
    *ret_found = 0;
    if (!*new_id)
        *new_id = make_node(tree, pc, rest);
    if (!*new_id)
        return 0;
    /* Release: who reads the word sees the node. */
    if (__atomic_compare_exchange_n(word, ret_found, tag | *new_id, 0, __ATOMIC_RELEASE,
                                    __ATOMIC_ACQUIRE))
        return *new_id;
    return 0;
}

/* Everything but the most frequent case, which stands in mt_node_intern. */
__attribute__((noinline)) static uint32_t intern_slowly(uint64_t pc, uint64_t rest, uint64_t hash)
{
    const struct tree *in = get_tree();
    const uint64_t tag = hash & ~ID_MASK;
    uint32_t new_id = 0; /* made here, not yet in a table */
    if (!in)
        return 0;
    for (int i = 0; i < TABLES; i++) {
        uint64_t *const words = get_table(i);
        if (!words)
            return 0;
        const uint64_t index = hash >> (64 - table_bits(i));
        uint64_t *const bucket = words + (index & ~(uint64_t)(BUCKET_WORDS - 1));
        for (unsigned j = 0; j < BUCKET_WORDS; j++) {
            uint64_t *const word = bucket + ((index + j) & (BUCKET_WORDS - 1));
            /* Acquire: the node and its extent, stored before the word, are seen. */
            uint64_t found = __atomic_load_n(word, __ATOMIC_ACQUIRE);
            if (!found) {
                const uint32_t id = add_at(word, &found, &new_id, tag, pc, rest);
                if (id || !found)
                    return id;
                /* Lost to another thread, or to a handler of this one. If it put in the same node
                 * ours stays in the trace, unused: one per race. */
            }
            const uint32_t id = (uint32_t)(found & ID_MASK);
            if ((found & ~ID_MASK) == tag && is_node(in, id, pc, rest))
                return id;
        }
    }
    return 0;
}

uint32_t mt_node_intern(uint64_t pc, uint64_t rest)
{
    const uint64_t hash = hash_key(pc, rest);
    /* Acquire, here and below, as in the slow way. The tree is older than the table's words. */
    const uint64_t *const words = __atomic_load_n(&tables[0], __ATOMIC_ACQUIRE);
    if (__builtin_expect(words != NULL, 1)) {
        const uint64_t word =
            __atomic_load_n(&words[hash >> (64 - FIRST_TABLE_BITS)], __ATOMIC_ACQUIRE);
        const uint32_t id = (uint32_t)(word & ID_MASK);
        if (word && ((word ^ hash) & ~ID_MASK) == 0 && is_node(tree, id, pc, rest))
            return id;
    }
    return intern_slowly(pc, rest, hash);
}
