/* peaks.c: peaks SEED STEPS [THREADS]: allocates and frees at random at eight sites, so that what
 * lives rises and falls; threads, if any, take turns. Counts by itself what each site held when
 * most was alive, and how many of its blocks were freed before their thread allocated anything
 * else; prints "peak BYTES", then "site_N PEAK_BYTES PEAK_BLOCKS TEMPORARY ALLOCATIONS" for each.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SITES = 8, SLOTS = 1 << 16, THREADS_MAX = 8 };

#define NOINLINE __attribute__((noinline))
#define SITE(n)                                                                                    \
    static NOINLINE void *site_##n(size_t bytes)                                                   \
    {                                                                                              \
        void *block = malloc(bytes);                                                               \
        __asm__ volatile("" : "+r"(block) : "i"(n));                                               \
        return block;                                                                              \
    }
SITE(0)
SITE(1)
SITE(2) SITE(3) SITE(4) SITE(5) SITE(6)

    static NOINLINE void *site_7(void *old, size_t bytes)
{
    void *block = realloc(old, bytes);
    __asm__ volatile("" : "+r"(block));
    return block;
}

static void *(*const sites[])(size_t) = {site_0, site_1, site_2, site_3, site_4, site_5, site_6};

struct block {
    void *at;
    uint32_t bytes, site;
};

struct site {
    int64_t live_bytes, live_blocks, peak_bytes, peak_blocks;
    uint64_t temporary, allocations;
};

static struct block blocks[SLOTS];
static int block_count;
static struct site all[SITES];
static int64_t live_bytes, peak_bytes;
static uint64_t state;
static long steps_left, steps;
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

/* What a thread was given last, and whether it has freed another block since: then it does not free
 * this one, for tools differ in what they call that. */
static __thread void *last;
static __thread int has_freed;

static uint32_t draw(uint32_t below)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((state >> 33) % below);
}

static void count(const struct block *block, int sign)
{
    struct site *site = &all[block->site];
    site->live_bytes += sign * (int64_t)block->bytes;
    site->live_blocks += sign;
    live_bytes += sign * (int64_t)block->bytes;
    site->allocations += sign > 0;
    if (sign < 0)
        site->temporary += block->at == last;
    if (live_bytes <= peak_bytes)
        return;
    peak_bytes = live_bytes;
    for (int i = 0; i < SITES; i++) {
        all[i].peak_bytes = all[i].live_bytes;
        all[i].peak_blocks = all[i].live_blocks;
    }
}

static void give(struct block *block, void *at, uint32_t bytes, uint32_t site)
{
    *block = (struct block){at, bytes, site};
    count(block, 1);
    last = at;
    has_freed = 0;
}

static void take(void)
{
    const uint32_t bytes = draw(8) ? 1 + draw(300) : 1 + draw(20000), site = draw(SITES - 1);
    if (block_count == SLOTS)
        return;
    give(&blocks[block_count], sites[site](bytes), bytes, site);
    block_count++;
}

static int pick(void)
{
    const int i = draw(8) ? (int)draw((uint32_t)block_count) : block_count - 1;
    return has_freed && blocks[i].at == last ? -1 : i;
}

static void resize(void)
{
    const int i = block_count ? pick() : -1;
    const uint32_t bytes = 1 + draw(5000);
    if (i < 0)
        return;
    count(&blocks[i], -1);
    give(&blocks[i], site_7(blocks[i].at, bytes), bytes, SITES - 1);
}

static void drop(void)
{
    const int i = block_count ? pick() : -1;
    if (i < 0)
        return;
    count(&blocks[i], -1);
    free(blocks[i].at);
    has_freed = 1;
    blocks[i] = blocks[--block_count];
}

/* Five hills, the fourth of which is the highest. */
static int64_t wanted_bytes(void)
{
    static const int64_t heights[] = {1, 5, 3, 8, 2};
    const long at = steps - steps_left, length = steps / 5 + 1;
    const long along = at % length, up = along < length / 2 ? along : length - along;
    return heights[at / length] * up * 2000000 / length;
}

static void step(void)
{
    const uint32_t chance = draw(10);
    if (chance == 0)
        resize();
    else if (chance < 3 ? draw(2) : live_bytes < wanted_bytes())
        take();
    else
        drop();
}

static void *work(void *unused)
{
    (void)unused;
    for (int is_over = 0; !is_over;) {
        pthread_mutex_lock(&turn);
        for (int i = 0; i < 50 && steps_left > 0; i++, steps_left--)
            step();
        is_over = steps_left <= 0;
        pthread_mutex_unlock(&turn);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    static char out[4096];
    pthread_t threads[THREADS_MAX];
    setvbuf(stdout, out, _IOFBF, sizeof out);
    if (argc < 3)
        return 2;
    state = strtoull(argv[1], NULL, 10);
    steps_left = steps = atol(argv[2]);
    const int thread_count = argc > 3 ? atoi(argv[3]) : 0;
    for (int i = 0; i < thread_count; i++)
        pthread_create(&threads[i], NULL, work, NULL);
    for (int i = 0; i < thread_count; i++)
        pthread_join(threads[i], NULL);
    if (!thread_count)
        work(NULL);
    printf("peak %lld\n", (long long)peak_bytes);
    for (int i = 0; i < SITES; i++)
        printf("site_%d %lld %lld %llu %llu\n", i, (long long)all[i].peak_bytes,
               (long long)all[i].peak_blocks, (unsigned long long)all[i].temporary,
               (unsigned long long)all[i].allocations);
    return 0;
}
