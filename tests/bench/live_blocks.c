/* live_blocks.c COUNT: allocates COUNT blocks of 16 to 255 bytes from 64 stacks of 12 frames and
 * ends with all of them alive, as a cache or an index does. The time of an allocation includes the
 * first touch of whatever grows with what is alive; compare.py asks the kernel for the memory. */
#include "bench.h"

enum { SITES = 8, WAYS = 8, LEVELS = 5, FRAMES = 12 };

#define SITE(n)                                                                                    \
    static NOINLINE void *site_##n(size_t bytes)                                                   \
    {                                                                                              \
        void *block = must(malloc(bytes));                                                         \
        KEEP(block, n);                                                                            \
        return block;                                                                              \
    }
SITE(0)
SITE(1) SITE(2) SITE(3) SITE(4) SITE(5) SITE(6) SITE(7)

    static void *(*const sites[SITES])(size_t) = {
        site_0, site_1, site_2, site_3, site_4, site_5, site_6, site_7,
};

/* A way is LEVELS + 1 frames; with site, build, main and the three below main they are FRAMES. */
typedef void *way_function(int left, unsigned site, size_t bytes);

#define WAY(n)                                                                                     \
    static NOINLINE void *way_##n(int left, unsigned site, size_t bytes)                           \
    {                                                                                              \
        void *block = left > 0 ? way_##n(left - 1, site, bytes) : sites[site](bytes);              \
        KEEP(block, n);                                                                            \
        return block;                                                                              \
    }
WAY(0)
WAY(1) WAY(2) WAY(3) WAY(4) WAY(5) WAY(6) WAY(7)

    static way_function *const ways[WAYS] = {
        way_0, way_1, way_2, way_3, way_4, way_5, way_6, way_7,
};

static NOINLINE void build(void **blocks, long count)
{
    uint64_t random = 20261120;
    for (long i = 0; i < count; i++) {
        unsigned route = (unsigned)i / 4 % (SITES * WAYS);
        blocks[i] = ways[route % WAYS](LEVELS, route / WAYS, random_size(&random));
    }
}

int main(int argc, char **argv)
{
    const long count = argc > 1 ? atol(argv[1]) : 0;
    if (count < 1) {
        fprintf(stderr, "usage: live_blocks COUNT\n");
        return 2;
    }
    void **blocks = must(malloc((size_t)count * sizeof *blocks));
    int64_t start = now_ns();
    build(blocks, count);
    int64_t ns = now_ns() - start;
    printf("{\"ns\": %.3f, \"frames\": %d, \"blocks\": %ld}\n", (double)ns / (double)count, FRAMES,
           count);
    return 0;
}
