/* drain.h: releasing a table of uthash, which hash.h includes, with all that is in it. */
#ifndef MT_DRAIN_H
#define MT_DRAIN_H

/* Empties the table, then goes through what was in it, in its order: each may be freed. Elements
 * are chained beyond the life of their table, so none needs to be taken out of it (HASH_DEL). */
#define MT_DRAIN(head, item, after)                                                                \
    for ((item) = (head), __extension__({ HASH_CLEAR(hh, head); });                                \
         (item) && ((after) = (item)->hh.next, 1); (item) = (after))

#endif
