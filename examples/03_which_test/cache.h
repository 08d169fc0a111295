/* cache.h: a list of entries. */
#ifndef CACHE_H
#define CACHE_H

struct entry {
    struct entry *next;
    char key[24];
};

struct entry *cache_add(struct entry *cache, const char *key);
struct entry *cache_remove_first(struct entry *cache);
void cache_free(struct entry *cache);

#endif
