/* leaky_cache.c: loses two sites: 16 blocks of 32 bytes in dup_key, which is always inlined into
 * cache_insert, which never is; and one block of 808 bytes in main. The tests of symbols compile it
 * in many ways and know its lines. */
#include <stdlib.h>
#include <string.h>

struct cache {
    char *items[100];
    int count;
};

static inline __attribute__((always_inline)) char *dup_key(const char *key)
{
    char *volatile copy = malloc(strlen(key) + 1);
    return strcpy(copy, key);
}

static __attribute__((noinline)) void cache_insert(struct cache *cache, const char *key)
{
    cache->items[cache->count++] = dup_key(key);
}

__attribute__((noinline)) void handle_request(struct cache *cache, int number)
{
    char key[32];
    memset(key, 'a' + number % 26, 31);
    key[31] = 0;
    cache_insert(cache, key);
    __asm__ volatile(""); /* no tail call */
}

int main(void)
{
    struct cache *volatile cache = malloc(sizeof *cache);
    cache->count = 0;
    for (int i = 0; i < 16; i++)
        handle_request(cache, i);
    return 0;
}
