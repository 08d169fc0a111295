/* checks.h: words of the stack, and what they held when they were read. A row of checks says how a
 * walk went: it reads from the last to the first, which is from the inside out, and reading ends at
 * the first difference, so that each read is one that a walk without memory would make too: it
 * cannot fault where stacks were unmapped. */
#ifndef MT_CHECKS_H
#define MT_CHECKS_H

#include <stdint.h>

struct mt_check {
    const uintptr_t *slot;
    uintptr_t value;
};

/* The first check of every row: it never holds, and so ends the reading. */
static inline struct mt_check mt_check_first(void)
{
    static const uintptr_t zero;
    return (struct mt_check){&zero, 1};
}

/* Reads the checks of a row in front of `end`. Returns the first met that does not hold; when all
 * do, that is the row's first. */
static inline const struct mt_check *mt_check_difference(const struct mt_check *end)
{
    do
        end--;
    while (__builtin_expect(*end->slot == end->value, 1));
    return end;
}

#endif
