/* call_trees.c FRAMES THREADS: a program whose calls form a random tree, FRAMES deep on average,
 * and that frees and allocates blocks of 16 to 255 bytes in a window of live ones at random nodes
 * of it. The tree is a script, drawn once from a fixed seed and then played again and again by 512
 * functions: call function n, return, or replace a block. From one allocation to the next it
 * makes two calls or returns on average. */
#include "bench.h"
#include "crew.h"

enum {
    WINDOW = 512,
    FUNCTIONS = 512,
    STEPS = 1 << 16, /* of the script, a third of them allocations */
    STEPS_MAX = STEPS + 1024,
    PLAYS = 1, /* of the script, in one repetition */
    RETURN = FUNCTIONS,
    REPLACE,           /* and what is more than it: the slot in the window */
    FRAMES_INSIDE = 1, /* repeat */
};

struct worker {
    const uint16_t *script, *next;
    uint64_t random;
    void *window[WINDOW];
};

typedef void node_function(struct worker *worker);
static node_function *const nodes[FUNCTIONS];

/* The malloc of each function is a call site of its own; frames come in 9 sizes. */
#define NODE(n)                                                                                    \
    static NOINLINE void node_##n(struct worker *worker)                                           \
    {                                                                                              \
        char room[n % 9 * 16 + 8];                                                                 \
        char *start = room;                                                                        \
        KEEP(start, n);                                                                            \
        for (;;) {                                                                                 \
            unsigned step = *worker->next++;                                                       \
            if (step < RETURN) {                                                                   \
                nodes[step](worker);                                                               \
            } else if (step == RETURN) {                                                           \
                return;                                                                            \
            } else {                                                                               \
                void **slot = &worker->window[step - REPLACE];                                     \
                free(*slot);                                                                       \
                *slot = must(malloc(random_size(&worker->random)));                                \
            }                                                                                      \
        }                                                                                          \
    }

#define EIGHT(X, n) X(n##0) X(n##1) X(n##2) X(n##3) X(n##4) X(n##5) X(n##6) X(n##7)
#define ALL_64(X, n)                                                                               \
    EIGHT(X, n##0)                                                                                 \
    EIGHT(X, n##1)                                                                                 \
    EIGHT(X, n##2) EIGHT(X, n##3) EIGHT(X, n##4) EIGHT(X, n##5) EIGHT(X, n##6) EIGHT(X, n##7)
#define ALL_512(X)                                                                                 \
    ALL_64(X, 00)                                                                                  \
    ALL_64(X, 01)                                                                                  \
    ALL_64(X, 02) ALL_64(X, 03) ALL_64(X, 04) ALL_64(X, 05) ALL_64(X, 06) ALL_64(X, 07)
ALL_512(NODE)

#define NAME(n) node_##n,
static node_function *const nodes[FUNCTIONS] = {ALL_512(NAME)};

/* A depth that is drawn back to `mean`, a third of the steps up or down from it each, and ends
 * where it began. Returns the number of allocations, and the mean depth at them. */
static long write_script(uint16_t *script, int mean, double *ret_depth)
{
    uint64_t random = 20261120;
    long allocations = 0, depths = 0;
    int depth = 1;
    uint16_t *end = script + STEPS;
    while (script < end) {
        if (random_below(&random, 3) == 0) {
            *script++ = (uint16_t)(REPLACE + random_below(&random, WINDOW));
            allocations++;
            depths += depth;
        } else if (random_below(&random, (uint32_t)(4 * mean)) + depth < (uint32_t)(3 * mean) ||
                   depth == 1) {
            *script++ = (uint16_t)random_below(&random, FUNCTIONS);
            depth++;
        } else {
            *script++ = RETURN;
            depth--;
        }
    }
    while (depth-- > 0)
        *script++ = RETURN;
    *ret_depth = (double)depths / (double)allocations;
    return allocations;
}

static void repeat(void *argument)
{
    struct worker *worker = argument;
    for (int i = 0; i < PLAYS; i++) {
        worker->next = worker->script;
        nodes[0](worker);
    }
}

int main(int argc, char **argv)
{
    static uint16_t script[STEPS_MAX];
    static struct worker workers[8];
    const int frames = argc > 1 ? atoi(argv[1]) : 0;
    const int threads = argc > 2 ? atoi(argv[2]) : 0;
    const int frames_outside = FRAMES_INSIDE + crew_frames(threads);
    if (frames - frames_outside < 4 || frames > 200 || threads < 0 || threads > 8) {
        fprintf(stderr, "usage: call_trees FRAMES [THREADS]   (FRAMES 10 to 200)\n");
        return 2;
    }
    double depth;
    struct load load = {.repeat = repeat};
    load.operations = PLAYS * write_script(script, frames - frames_outside, &depth);
    load.frames = depth + frames_outside;
    for (int i = 0; i < 8; i++) {
        workers[i] = (struct worker){.script = script, .random = 1 + (uint64_t)i};
        load.workers[i] = &workers[i];
    }
    crew_run(&load, threads);
    return 0;
}
