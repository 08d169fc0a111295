/* crew.c: see crew.h. A repetition of several threads begins at a barrier and is over when the
 * last has ended; its time is the mean of the threads' own, so that one which starts a little late
 * counts as long as it ran. The fastest repetition counts: what disturbs only ever adds. */
#include "crew.h"

#include <pthread.h>
#include "bench.h"

struct member {
    struct crew *crew;
    void *worker;
    int64_t ns; /* its last repetition */
};

struct crew {
    const struct load *load;
    int threads;
    pthread_barrier_t barrier;
    struct member members[8];
    int64_t started_ns, best_ns;
    int done, over;
};

/* Both inline, so that the stack is as long as crew.h says. */
#define INLINE static inline __attribute__((always_inline))

INLINE int64_t timed(const struct load *load, void *worker)
{
    int64_t start = now_ns();
    load->repeat(worker);
    return now_ns() - start;
}

/* Whether another repetition is due. */
static int goes_on(int done, int64_t started_ns)
{
    if (done >= REPETITIONS)
        return 0;
    return done < REPETITIONS_MIN || now_ns() - started_ns < BUDGET_NS;
}

INLINE double alone_ns(const struct load *load)
{
    int64_t best = INT64_MAX, started = now_ns();
    timed(load, load->workers[0]); /* warms up */
    for (int done = 0; goes_on(done, started); done++) {
        int64_t ns = timed(load, load->workers[0]);
        best = ns < best ? ns : best;
    }
    return (double)best / (double)load->operations;
}

static void sum_up(struct crew *crew)
{
    int64_t sum = 0;
    for (int i = 0; i < crew->threads; i++)
        sum += crew->members[i].ns;
    if (crew->done++ > 0 && sum / crew->threads < crew->best_ns) /* the first warms up */
        crew->best_ns = sum / crew->threads;
    crew->over = !goes_on(crew->done - 1, crew->started_ns);
}

static NOINLINE void *work(void *argument)
{
    struct member *member = argument;
    struct crew *crew = member->crew;
    while (!crew->over) {
        pthread_barrier_wait(&crew->barrier);
        member->ns = timed(crew->load, member->worker);
        if (pthread_barrier_wait(&crew->barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
            sum_up(crew);
        pthread_barrier_wait(&crew->barrier);
    }
    return NULL;
}

static double together_ns(const struct load *load, int threads)
{
    struct crew crew = {.load = load, .threads = threads, .best_ns = INT64_MAX};
    pthread_t ids[8];
    pthread_barrier_init(&crew.barrier, NULL, (unsigned)threads);
    crew.started_ns = now_ns();
    for (int i = 0; i < threads; i++) {
        crew.members[i] = (struct member){.crew = &crew, .worker = load->workers[i]};
        if (pthread_create(&ids[i], NULL, work, &crew.members[i])) {
            perror("pthread_create");
            exit(1);
        }
    }
    for (int i = 0; i < threads; i++)
        pthread_join(ids[i], NULL);
    return (double)crew.best_ns / (double)load->operations;
}

NOINLINE void crew_run(const struct load *load, int threads)
{
    if (threads == 0) {
        printf("{\"ns\": %.3f, \"frames\": %.1f}\n", alone_ns(load), load->frames);
        return;
    }
    double alone = together_ns(load, 1);
    double together = together_ns(load, threads);
    printf("{\"ns\": %.3f, \"alone_ns\": %.3f, \"frames\": %.1f}\n", together, alone, load->frames);
}
