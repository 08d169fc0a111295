/* thread_arenas.c: threads that have arenas of their own make lists and end; some lists are kept,
 * some lost. Each arena holds a megabyte and more.
 *
 * EXPECT reachable under=kept blocks=1505 bytes=1506505
 * EXPECT definite under=lost_head blocks=5 bytes=4985
 * EXPECT indirect under=lost_tail blocks=1500 bytes=1495500
 */
#include <pthread.h>
#include "case.h"

enum { THREADS = 5, LINKS = 301 };

OBJECT(kept)
OBJECT(lost_head)
OBJECT(lost_tail)

struct node *lists[THREADS];
static pthread_barrier_t start;

STEP void make_lists(struct node **list)
{
    struct node *lost = lost_head(997);
    for (int i = 0; i < LINKS; i++) {
        struct node *node = kept(1001);
        node->next = *list;
        *list = node;
        if (i > 0)
            lost = lost->next = lost_tail(997);
    }
}

static void *run(void *list)
{
    pthread_barrier_wait(&start); /* all at once: each takes an arena of its own */
    make_lists(list);
    forget();
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];
    pthread_barrier_init(&start, NULL, THREADS);
    for (int i = 0; i < THREADS; i++)
        MUST(pthread_create(&threads[i], NULL, run, &lists[i]) == 0);
    for (int i = 0; i < THREADS; i++)
        MUST(pthread_join(threads[i], NULL) == 0);
    forget();
    return 0;
}
