/* nodes.c: interns stack-tree nodes. Takes a frame and its caller's node, gives the frame's node.
 *
 * The nodes themselves lie in the trace, 4092 to an extent. What finds them again are *links*, one
 * per node, in the process's own memory: from a node to the child met first, and from there to its
 * siblings, which form a binary tree by the bits of a hash of their keys:
 *
 *      parent --first--> child --other[bit 0]--> sibling --other[bit 1]--> sibling
 *
 * Ids are given out in order, so the nodes of a stack that is new lie side by side, and so do
 * their links: to find such a stack again takes few cache lines, where a hash table would take one
 * per frame. A link is set once, from 0, and never changes: that is all the synchronisation there
 * is. In a forked child links and extents read as zero, and the tree begins anew. */
#include "nodes.h"

#include <stddef.h>
#include "extents.h"
#include "memory.h"

enum { EXTENTS_MAX = (1 << MT_NODE_BITS) / MT_NODES_PER_EXTENT };

struct link {
    uint32_t first;    /* node id of a child, 0 none; atomic */
    uint32_t other[2]; /* of siblings, by the next bit of their hash; atomic */
    uint32_t tag;      /* more of the own hash; set before any link leads here */
};

/* In wiped memory. */
struct tree {
    uint32_t extent_count; /* atomic; extents[] up to here are set */
    char *extents[EXTENTS_MAX];
    uint8_t begun[EXTENTS_MAX]; /* the extent has had its head; atomic */
};

static struct tree *tree;               /* set once, by compare-and-swap */
static struct link *links[EXTENTS_MAX]; /* likewise; what they point to is wiped memory */

/* Maps *slot on first use; NULL when there is no memory. */
static void *map_once(void **slot, size_t bytes)
{
    /* Acquire: pairs with the compare-and-swap below. The memory itself is zero from the kernel. */
    void *found = __atomic_load_n(slot, __ATOMIC_ACQUIRE);
    if (found)
        return found;
    void *made = mt_map_wiped(bytes);
    if (!made)
        return NULL;
    if (__atomic_compare_exchange_n(slot, &found, made, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        return made;
    mt_unmap(made, bytes);
    return found;
}

/* Where it was seen to be there. Relaxed: as of its extents below. */
static inline struct tree *the_tree(void)
{
    return __atomic_load_n(&tree, __ATOMIC_RELAXED);
}

/* Whoever has an id read it with acquire, so what was stored before the id was given out is seen:
 * the addresses of its extent and its links, and their contents. Relaxed is enough for these; plain
 * loads would race with the compare-and-swap of a thread that comes too late to set them. */
static struct mt_node *node_at(uint32_t id)
{
    char *extent =
        __atomic_load_n(&the_tree()->extents[id / MT_NODES_PER_EXTENT], __ATOMIC_RELAXED);
    return (struct mt_node *)(extent + (size_t)(id % MT_NODES_PER_EXTENT) * MT_NODE_BYTES);
}

static inline struct link *link_at(uint32_t id)
{
    struct link *of_extent = __atomic_load_n(&links[id / MT_NODES_PER_EXTENT], __ATOMIC_RELAXED);
    return &of_extent[id % MT_NODES_PER_EXTENT];
}

const struct mt_node *mt_node_at(uint32_t id)
{
    return node_at(id);
}

/* ---- new nodes ---- */

/* Returns 0 when there is no room. */
static int make_extent(char **at)
{
    if (__atomic_load_n(at, __ATOMIC_ACQUIRE)) /* another thread has come first */
        return 1;
    struct mt_extent *extent = mt_extent_take(1);
    if (!extent)
        return 0;
    char *expected = NULL;
    /* Release: who sees the address sees the zeroed nodes. One thread wins; the others use its. */
    if (!__atomic_compare_exchange_n(at, &expected, (char *)extent, 0, __ATOMIC_ACQ_REL,
                                     __ATOMIC_ACQUIRE))
        mt_extent_give_back(extent);
    return 1;
}

/* Takes an extent and links for it; 0 when there is no room. */
static int add_extent(uint32_t ordinal)
{
    uint64_t signals;
    if (ordinal == EXTENTS_MAX ||
        !map_once((void **)&links[ordinal], MT_NODES_PER_EXTENT * sizeof(struct link)))
        return 0;
    const int entered = mt_extents_enter(&signals);
    const int is_there = make_extent(&the_tree()->extents[ordinal]);
    mt_extents_leave(entered, signals);
    if (!is_there)
        return 0;
    uint32_t count = ordinal;
    __atomic_compare_exchange_n(&the_tree()->extent_count, &count, ordinal + 1, 0, __ATOMIC_ACQ_REL,
                                __ATOMIC_ACQUIRE);
    return 1;
}

/* By whoever comes first, for no block may name a node that readers do not find. Returns 0 where
 * the head has been there and is gone (vanished.h): what it says of ids given out is not so. */
static int begin_extent(struct mt_extent *extent, uint32_t ordinal)
{
    const int has_begun = __atomic_load_n(&the_tree()->begun[ordinal], __ATOMIC_ACQUIRE);
    if (__builtin_expect(__atomic_load_n(&extent->magic, __ATOMIC_ACQUIRE), 1))
        return 1;
    if (has_begun)
        return 0;
    mt_extent_publish(extent, MT_EXTENT_NODES, 1, ordinal, MT_NODES_HEAD);
    __atomic_store_n(&the_tree()->begun[ordinal], 1, __ATOMIC_RELEASE);
    return 1;
}

/* Gives out one id of an extent; 0 when it is full. */
static uint32_t take_in(struct mt_extent *extent, uint32_t ordinal)
{
    if (!begin_extent(extent, ordinal))
        return 0;
    uint64_t used = __atomic_load_n(&extent->used, __ATOMIC_ACQUIRE);
    do {
        if (used >= MT_NODES_PER_EXTENT)
            return 0;
    } while (!__atomic_compare_exchange_n(&extent->used, &used, used + 1, 1, __ATOMIC_ACQ_REL,
                                          __ATOMIC_ACQUIRE));
    return ordinal * MT_NODES_PER_EXTENT + (uint32_t)used;
}

static uint32_t take_id(void)
{
    for (;;) {
        const uint32_t count = __atomic_load_n(&the_tree()->extent_count, __ATOMIC_ACQUIRE);
        /* Relaxed: who sees the count sees the extents in front of it. */
        void *last =
            count ? __atomic_load_n(&the_tree()->extents[count - 1], __ATOMIC_RELAXED) : NULL;
        const uint32_t id = last ? take_in(last, count - 1) : 0;
        if (id)
            return id;
        if (!add_extent(count))
            return 0;
    }
}

static uint32_t make_node(uint64_t pc, uint64_t rest, uint32_t tag)
{
    const uint32_t id = take_id();
    if (id) {
        struct mt_node *node = node_at(id);
        node->pc = pc;
        __builtin_memcpy(&node->parent, &rest, sizeof rest);
        link_at(id)->tag = tag;
    }
    return id;
}

/* ---- finding ---- */

static int is_node(uint32_t id, uint64_t pc, uint64_t rest)
{
    const struct mt_node *node = node_at(id);
    uint64_t found;
    __builtin_memcpy(&found, &node->parent, sizeof found);
    return node->pc == pc && found == rest;
}

/* Goes on from a link on: makes the node where the way ends. */
__attribute__((noinline)) static uint32_t add(uint32_t *slot, uint64_t pc, uint64_t rest,
                                              uint32_t tag, uint32_t bits)
{
    const uint32_t made = make_node(pc, rest, tag);
    if (!made)
        return 0;
    for (;;) {
        uint32_t found = 0;
        /* Release: who follows the link sees the node. Acquire: if another thread, or a handler of
         * this one, was first, its node is seen. */
        if (__atomic_compare_exchange_n(slot, &found, made, 0, __ATOMIC_RELEASE, __ATOMIC_ACQUIRE))
            return made;
        struct link *link = link_at(found);
        if (link->tag == tag && is_node(found, pc, rest))
            return found; /* ours stays in the trace, unused: one per such race */
        slot = &link->other[bits & 1];
        bits >>= 1;
    }
}

/* Before the first node: the root's links. */
__attribute__((noinline, cold)) static int begin(void)
{
    return map_once((void **)&tree, sizeof *tree) != NULL &&
           map_once((void **)&links[0], MT_NODES_PER_EXTENT * sizeof(struct link)) != NULL;
}

uint32_t mt_node_intern(uint64_t pc, uint64_t rest)
{
    /* Not of the parent, so that it is ready before the parent is known: a stack is interned from
     * the outside in, and each step waits for the one before. */
    const uint64_t hash =
        (pc * UINT64_C(0x9e3779b97f4a7c15) + (rest >> 32)) * UINT64_C(0xd6e8feb86659fd93);
    const uint32_t tag = (uint32_t)hash;
    uint32_t bits = (uint32_t)(hash >> 32);
    /* Acquire: `tree` was set before. */
    if (__builtin_expect(!__atomic_load_n(&links[0], __ATOMIC_ACQUIRE), 0) && !begin())
        return 0;
    uint32_t *slot = &link_at((uint32_t)rest)->first;
    for (;;) {
        /* Acquire: pairs with the release in add. */
        const uint32_t id = __atomic_load_n(slot, __ATOMIC_ACQUIRE);
        if (__builtin_expect(!id, 0))
            return add(slot, pc, rest, tag, bits);
        struct link *link = link_at(id);
        if (link->tag == tag && is_node(id, pc, rest))
            return id;
        slot = &link->other[bits & 1];
        bits >>= 1;
    }
}
