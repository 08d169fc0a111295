/* intervals.c: a treap: a binary search tree by address that is at the same time a heap by
 * priority. A node's priority is a hash of its number, so the shape depends on nothing the program
 * does in order. Insertion splits a subtree, removal joins two, both by walking down with two
 * links that wait to be filled. */
#include "intervals.h"

static uint32_t priority_of(uint32_t id)
{
    id *= UINT32_C(0x9e3779b1);
    id ^= id >> 15;
    id *= UINT32_C(0x85ebca6b);
    return id ^ id >> 13;
}

uint32_t mt_intervals_find(const struct mt_intervals *set, uint64_t address)
{
    uint32_t found = 0;
    for (uint32_t id = set->root; id;) {
        const struct mt_interval *node = mt_interval_at(set, id);
        if (node->end > address) {
            found = id;
            id = node->left;
        } else {
            id = node->right;
        }
    }
    return found;
}

uint32_t mt_intervals_before(const struct mt_intervals *set, uint64_t address)
{
    uint32_t found = 0;
    for (uint32_t id = set->root; id;) {
        const struct mt_interval *node = mt_interval_at(set, id);
        if (node->end <= address) {
            found = id;
            id = node->right;
        } else {
            id = node->left;
        }
    }
    return found;
}

/* Hangs the ranges below `start` of the subtree `id` at *low, those above at *high. */
static void split(struct mt_intervals *set, uint32_t id, uint64_t start, uint32_t *low,
                  uint32_t *high)
{
    while (id) {
        struct mt_interval *node = mt_interval_at(set, id);
        if (node->start < start) {
            *low = id;
            low = &node->right;
            id = node->right;
        } else {
            *high = id;
            high = &node->left;
            id = node->left;
        }
    }
    *low = *high = 0;
}

void mt_intervals_insert(struct mt_intervals *set, uint32_t id)
{
    struct mt_interval *node = mt_interval_at(set, id);
    uint32_t *link = &set->root;
    while (*link && priority_of(*link) > priority_of(id)) {
        struct mt_interval *above = mt_interval_at(set, *link);
        link = node->start < above->start ? &above->left : &above->right;
    }
    const uint32_t below = *link;
    *link = id;
    split(set, below, node->start, &node->left, &node->right);
}

void mt_intervals_remove(struct mt_intervals *set, uint32_t id)
{
    const struct mt_interval *node = mt_interval_at(set, id);
    uint32_t *link = &set->root;
    while (*link != id) {
        struct mt_interval *above = mt_interval_at(set, *link);
        link = node->start < above->start ? &above->left : &above->right;
    }
    uint32_t low = node->left, high = node->right;
    while (low && high) {
        const int low_is_above = priority_of(low) > priority_of(high);
        *link = low_is_above ? low : high;
        if (low_is_above) {
            link = &mt_interval_at(set, low)->right;
            low = *link;
        } else {
            link = &mt_interval_at(set, high)->left;
            high = *link;
        }
    }
    *link = low ? low : high;
}
