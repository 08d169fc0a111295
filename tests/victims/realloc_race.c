/* realloc_race.c: one thread's realloc moves a block; before it can say so, another thread is given
 * the old address. A tracer that records the release late removes the other's block. The addresses
 * pass from thread to thread since all of them use one arena.
 *
 * EXPECT unfreed function=realloc in=move blocks=4 bytes=12004
 * EXPECT unfreed function=malloc in=churn blocks=404 bytes=21412
 */
#include <malloc.h>
#include <pthread.h>
#include "victim.h"

enum { THREADS = 4, ROUNDS = 20000, KEPT = 101 };

FRAME void *move(void *block, size_t size)
{
    block = realloc(block, size);
    KEEP(block);
    return block;
}

FRAME void *churn(void *unused)
{
    void *mine[KEPT] = {NULL};
    void *moving = NULL;
    for (int i = 0; i < ROUNDS; i++) {
        moving = move(moving, i % 2 ? 53 : 3001);
        free(mine[i % KEPT]);
        mine[i % KEPT] = malloc(53);
    }
    moving = move(moving, 3001);
    KEEP(mine);
    return unused;
}

int main(void)
{
    MUST(mallopt(M_ARENA_MAX, 1));
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        MUST(pthread_create(&threads[i], NULL, churn, NULL) == 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
