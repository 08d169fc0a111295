/* cache.c: a list of entries; one of its functions forgets the entry that it takes out. */
#include "cache.h"

#include <stdlib.h>
#include <string.h>

struct entry *cache_add(struct entry *cache, const char *key)
{
    struct entry *entry = calloc(1, sizeof(*entry));
    entry->next = cache;
    strncpy(entry->key, key, sizeof(entry->key) - 1);
    return entry;
}

struct entry *cache_remove_first(struct entry *cache)
{
    return cache->next; /* and the entry? */
}

void cache_free(struct entry *cache)
{
    while (cache) {
        struct entry *next = cache->next;
        free(cache);
        cache = next;
    }
}
