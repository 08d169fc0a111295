/* numbers.c: a hash table from bytes to the order in which they first came. Of numbers.h. */
#include "numbers.h"

#include <stdlib.h>
#include <string.h>
#include "drain.h"
#include "hash.h"

struct mt_numbered {
    uint32_t number;
    UT_hash_handle hh;
    char key[];
};

uint32_t mt_numbers_get(struct mt_numbers *numbers, const void *key, size_t bytes, bool *ret_is_new)
{
    struct mt_numbered *known;
    *ret_is_new = false;
    HASH_FIND(hh, numbers->keys, key, bytes, known);
    if (known)
        return known->number;
    known = malloc(sizeof *known + bytes);
    if (!known) {
        numbers->is_short = true;
        return 0;
    }
    memcpy(known->key, key, bytes);
    known->number = ++numbers->count;
    *ret_is_new = true;
    HASH_ADD(hh, numbers->keys, key, bytes, known);
    return known->number;
}

void mt_numbers_finish(struct mt_numbers *numbers)
{
    struct mt_numbered *known, *next;
    MT_DRAIN(numbers->keys, known, next)
    {
        free(known);
    }
    *numbers = (struct mt_numbers){0};
}
