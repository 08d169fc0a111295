/* A block is freed by one thread and, later, by another.
 *
 * EXPECT kind=double-free function=free in=give allocated=main freed=give bytes=40
 * VALGRIND Invalid free\(\)
 * ASAN attempting double-free
 */
#include "case.h"
#include <pthread.h>

static FRAME void *give(void *block)
{
    free(block);
    STAY();
    return NULL;
}

static void give_in_thread(void *block)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, give, block) != 0)
        abort();
    pthread_join(thread, NULL);
}

int main(int argc, char **argv)
{
    void *block = malloc(40), *other = malloc(40);
    HIDE(block);
    HIDE(other);
    give_in_thread(block);
    give_in_thread(is_wrong(argc, argv) ? block : other);
    return 0;
}
