/* pool.c: a library with a pool that nobody has to release, for it lives as long as the process. */
#include <stdlib.h>

struct pool {
    size_t bytes;
    char room[];
};

void *pool_create(size_t bytes)
{
    struct pool *pool = malloc(sizeof(*pool) + bytes);
    pool->bytes = bytes;
    return pool->room;
}
