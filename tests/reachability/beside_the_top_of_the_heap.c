/* beside_the_top_of_the_heap.c: malloc's own variables point to where the heap ends, which is
 * inside the last 8 bytes of the last block where its size is 8 more than a multiple of 16: no
 * pointer to it.
 *
 * EXPECT definite under=last_of_main_heap blocks=1 bytes=24
 * EXPECT definite under=last_of_arena blocks=1 bytes=40
 */
#include <pthread.h>
#include "case.h"

OBJECT(last_of_main_heap)
OBJECT(last_of_arena)

static void *fill_arena(void *unused)
{
    last_of_arena(40);
    return unused;
}

STEP void run_thread(void)
{
    pthread_t thread;
    MUST(pthread_create(&thread, NULL, fill_arena, NULL) == 0);
    MUST(pthread_join(thread, NULL) == 0);
}

int main(void)
{
    run_thread();
    last_of_main_heap(24);
    forget();
    return 0;
}
