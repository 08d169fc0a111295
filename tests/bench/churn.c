/* churn.c DEPTH THREADS: blocks of 16 to 255 bytes are freed and allocated in turn in a window of
 * live ones, by 16 call sites behind 4 wrappers, at the end of a stack of DEPTH frames in all. The
 * loop stays at its depth: what lies outside of it is warm, as in a server's or parser's inner
 * loop. THREADS as crew_run has it. */
#include "bench.h"
#include "crew.h"

enum {
    WINDOW = 512,
    PLAN = 4096,
    PAIRS = 4 * PLAN,
    SITES = 16,
    WRAPPERS = 4,
    SITE_PERIOD = 64,
    FRAMES_INSIDE = 4, /* site, wrapper, loop, and repeat outside of the levels */
};

struct step {
    uint16_t slot, bytes;
    uint8_t wrapper, site;
};

struct worker {
    const struct step *plan;
    int levels;
    void *window[WINDOW];
};

#define SITE(n)                                                                                    \
    static NOINLINE void *site_##n(size_t bytes)                                                   \
    {                                                                                              \
        void *block = malloc(bytes);                                                               \
        KEEP(block, n);                                                                            \
        return block;                                                                              \
    }
SITE(0)
SITE(1)
SITE(2) SITE(3) SITE(4) SITE(5) SITE(6) SITE(7) SITE(8) SITE(9) SITE(10) SITE(11) SITE(12) SITE(13)
    SITE(14) SITE(15)

        static void *(*const sites[SITES])(size_t) = {
            site_0, site_1, site_2,  site_3,  site_4,  site_5,  site_6,  site_7,
            site_8, site_9, site_10, site_11, site_12, site_13, site_14, site_15,
};

#define WRAPPER(n)                                                                                 \
    static NOINLINE void *wrapper_##n(unsigned site, size_t bytes)                                 \
    {                                                                                              \
        void *block = must(sites[site](bytes));                                                    \
        KEEP(block, n);                                                                            \
        return block;                                                                              \
    }
WRAPPER(0)
WRAPPER(1)
WRAPPER(2) WRAPPER(3)

    static void *(*const wrappers[WRAPPERS])(unsigned, size_t) = {
        wrapper_0,
        wrapper_1,
        wrapper_2,
        wrapper_3,
};

static NOINLINE long loop(struct worker *worker)
{
    for (unsigned i = 0; i < PAIRS; i++) {
        const struct step *step = &worker->plan[i % PLAN];
        free(worker->window[step->slot]);
        worker->window[step->slot] = wrappers[step->wrapper](step->site, step->bytes);
    }
    return PAIRS;
}

/* A frame of the outer stack; their sizes differ. */
typedef long level_function(struct worker *worker, int left);
static level_function *const levels[8];

#define LEVEL(n)                                                                                   \
    static NOINLINE long level_##n(struct worker *worker, int left)                                \
    {                                                                                              \
        char room[16 * n + 8];                                                                     \
        char *start = room;                                                                        \
        KEEP(start, n);                                                                            \
        long result = left > 1 ? levels[(n + 3) % 8](worker, left - 1) : loop(worker);             \
        KEEP(result, n);                                                                           \
        return result;                                                                             \
    }
LEVEL(0)
LEVEL(1)
LEVEL(2) LEVEL(3) LEVEL(4) LEVEL(5) LEVEL(6) LEVEL(7)

    static level_function *const levels[8] = {
        level_0, level_1, level_2, level_3, level_4, level_5, level_6, level_7,
};

static void repeat(void *worker)
{
    levels[0](worker, ((struct worker *)worker)->levels);
}

static const struct step *make_plan(void)
{
    static struct step plan[PLAN];
    uint64_t random = 20261120;
    for (int i = 0; i < PLAN; i++) {
        plan[i].slot = (uint16_t)random_below(&random, WINDOW);
        plan[i].bytes = random_size(&random);
    }
    /* A short period, so that what the processor mispredicts is not our own calls. */
    for (int i = 0; i < PLAN; i++) {
        int first = i % SITE_PERIOD;
        plan[i].site = i == first ? (uint8_t)random_below(&random, SITES) : plan[first].site;
        plan[i].wrapper = plan[i].site % WRAPPERS;
    }
    return plan;
}

int main(int argc, char **argv)
{
    static struct worker workers[8];
    const int depth = argc > 1 ? atoi(argv[1]) : 0;
    const int threads = argc > 2 ? atoi(argv[2]) : 0;
    const int levels_count = depth - FRAMES_INSIDE - crew_frames(threads);
    if (levels_count < 1 || threads < 0 || threads > 8) {
        fprintf(stderr, "usage: churn DEPTH [THREADS]   (DEPTH from 10, THREADS up to 8)\n");
        return 2;
    }
    struct load load = {.repeat = repeat, .operations = PAIRS, .frames = depth};
    for (int i = 0; i < 8; i++) {
        workers[i] = (struct worker){.plan = make_plan(), .levels = levels_count};
        load.workers[i] = &workers[i];
    }
    crew_run(&load, threads);
    return 0;
}
