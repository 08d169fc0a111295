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

static inline int mt_check_holds(const struct mt_check *check)
{
    return __builtin_expect(*check->slot == check->value, 1);
}

/* Reads the checks of a row in front of `end`. Returns the first met that does not hold; when all
 * do, that is the row's first. Four to a turn: a check is three loads, as many as a processor does
 * in a cycle, and a jump back after each, in a loop that lies badly, would double its time. */
static inline const struct mt_check *mt_check_difference(const struct mt_check *end)
{
    for (;; end -= 4) {
        if (!mt_check_holds(end - 1))
            return end - 1;
        if (!mt_check_holds(end - 2))
            return end - 2;
        if (!mt_check_holds(end - 3))
            return end - 3;
        if (!mt_check_holds(end - 4))
            return end - 4;
    }
}

#endif
