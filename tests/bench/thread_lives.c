/* thread_lives.c: threads that live one after another, each allocating and freeing 3 blocks: what a
 * thread costs over its life, from creation until it is joined. */
#include <pthread.h>
#include "bench.h"

enum { THREADS = 60, BLOCKS = 3 };

static void *live(void *argument)
{
    void *blocks[BLOCKS];
    for (int i = 0; i < BLOCKS; i++)
        blocks[i] = must(malloc(24 + 40 * (size_t)i));
    for (int i = 0; i < BLOCKS; i++)
        free(blocks[i]);
    return argument;
}

static int64_t repetition(void)
{
    int64_t start = now_ns();
    for (int i = 0; i < THREADS; i++) {
        pthread_t id;
        if (pthread_create(&id, NULL, live, NULL)) {
            perror("pthread_create");
            exit(1);
        }
        pthread_join(id, NULL);
    }
    return now_ns() - start;
}

int main(void)
{
    int64_t best = INT64_MAX;
    repetition();
    for (int i = 0; i < REPETITIONS; i++) {
        int64_t ns = repetition();
        best = ns < best ? ns : best;
    }
    printf("{\"ns\": %.1f, \"frames\": 3}\n", (double)best / THREADS);
    return 0;
}
