/* churn.c THREADS OPERATIONS: threads that allocate, resize and free, each OPERATIONS times in a
 * step, blocks of every size up to 16 KiB, a few of 256. Each holds SLOTS blocks at a time, and
 * every eighth goes through a place that all share, so that one thread frees what another was
 * given. After the first step what is alive is the same in number and nearly in bytes. */
#include "load.h"

enum { SLOTS = 251, SHARED = 1021, PAGE = 4096 };

struct worker {
    void *slots[SLOTS];
    uint64_t random;
};

static struct worker *workers;
static void *shared[SHARED];
static long threads, operations;
static pthread_barrier_t begin, end;
static int is_over;

/* Small ones are the most, as in programs. */
static size_t some_bytes(uint64_t *random)
{
    const uint64_t sort = next_random(random) % 1000;
    const uint64_t most = sort < 800 ? 64 : sort < 990 ? 1024 : sort < 999 ? 16384 : 262144;
    return next_random(random) % most;
}

FRAME void *by_malloc(size_t bytes)
{
    void *block = malloc(size_at(0, bytes));
    KEEP(block);
    return block;
}

FRAME void *by_calloc(size_t bytes)
{
    void *block = calloc(1, size_at(1, bytes));
    KEEP(block);
    return block;
}

FRAME void *by_aligned(size_t bytes)
{
    void *block = NULL;
    MUST(posix_memalign(&block, 64, size_at(2, bytes)) == 0);
    KEEP(block);
    return block;
}

FRAME void *by_realloc(void *old, size_t bytes)
{
    void *block = realloc(old, size_at(3, bytes) + SITES);
    KEEP(block);
    return block;
}

FRAME void *by_array(size_t bytes)
{
    void *block = reallocarray(NULL, 1, size_at(4, bytes) + SITES);
    KEEP(block);
    return block;
}

/* As a program does: what it holds is in RAM. */
static void *touched(void *block, size_t bytes)
{
    for (size_t at = 0; block && at < bytes; at += PAGE)
        ((volatile char *)block)[at] = 1;
    return block;
}

static void *some_block(uint64_t *random, size_t bytes)
{
    switch (next_random(random) % 4) {
    case 0:
        return by_calloc(bytes);
    case 1:
        return by_aligned(bytes);
    case 2:
        return by_array(bytes);
    default:
        return by_malloc(bytes);
    }
}

static void work(struct worker *worker)
{
    for (long i = 0; i < operations; i++) {
        void **slot = &worker->slots[next_random(&worker->random) % SLOTS];
        const uint64_t way = next_random(&worker->random) % 8;
        if (way == 0) {
            void **place = &shared[next_random(&worker->random) % SHARED];
            *slot = __atomic_exchange_n(place, *slot, __ATOMIC_ACQ_REL);
            continue;
        }
        const size_t bytes = some_bytes(&worker->random);
        if (way <= 2 && *slot) {
            *slot = touched(by_realloc(*slot, bytes), bytes);
        } else {
            free(*slot);
            *slot = touched(some_block(&worker->random, bytes), bytes);
        }
        MUST(*slot);
    }
}

static void *worker_main(void *argument)
{
    for (;;) {
        pthread_barrier_wait(&begin);
        if (is_over)
            return NULL;
        work(argument);
        pthread_barrier_wait(&end);
    }
}

int main(int argc, char **argv)
{
    MUST(argc == 3);
    threads = number(argv[1]);
    operations = number(argv[2]);
    make_lasting();
    workers = calloc(1, size_at(5, (size_t)threads * sizeof *workers) + SITES);
    pthread_t *ids = calloc(1, size_at(6, (size_t)threads * sizeof *ids) + SITES);
    MUST(workers && ids);
    MUST(pthread_barrier_init(&begin, NULL, (unsigned)threads + 1) == 0);
    MUST(pthread_barrier_init(&end, NULL, (unsigned)threads + 1) == 0);
    for (long i = 0; i < threads; i++) {
        workers[i].random = (uint64_t)i * 2654435761u + 1;
        MUST(pthread_create(&ids[i], NULL, worker_main, &workers[i]) == 0);
    }
    say("ready\n");
    while (next_step()) {
        pthread_barrier_wait(&begin);
        pthread_barrier_wait(&end);
        size_t live = 0;
        for (long i = 0; i < threads; i++)
            for (size_t j = 0; j < SLOTS; j++)
                live += workers[i].slots[j] != NULL;
        for (size_t i = 0; i < SHARED; i++)
            live += shared[i] != NULL;
        say("done operations=%ld live=%zu\n", threads * operations, live + LASTING_BLOCKS + 2);
    }
    is_over = 1;
    pthread_barrier_wait(&begin);
    for (long i = 0; i < threads; i++)
        MUST(pthread_join(ids[i], NULL) == 0);
    return 0;
}
