/* numbers.h: gives out numbers: 1 to the first key, 2 to the next that differs, and so on. Formats
 * write a name, a place or a stack once and from then on its number. */
#ifndef MT_NUMBERS_H
#define MT_NUMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mt_numbered;

/* Zeroed: none is given out yet. */
struct mt_numbers {
    struct mt_numbered *keys;
    uint32_t count;
    bool is_short; /* memory ran out: a number was 0, and what is written is not whole */
};

/* The number of these bytes, which are copied; `ret_is_new`: it was given out by this call. Returns
 * 0 where memory runs out. */
uint32_t mt_numbers_get(struct mt_numbers *numbers, const void *key, size_t bytes,
                        bool *ret_is_new);
void mt_numbers_finish(struct mt_numbers *numbers);

#endif
