/* plugins_and_threads.c: one thread opens and closes plugins while others allocate inside of them
 * and of the program: no deadlock with the loader's locks, no name of the wrong plugin.
 *
 * EXPECT unfreed function=malloc in=first_leak blocks=101 bytes=4141
 * EXPECT unfreed function=malloc in=other_leak blocks=101 bytes=4141
 * EXPECT unfreed function=malloc in=churn blocks=33 bytes=1221
 * RUN valgrind=no
 */
#include <pthread.h>
#include "plugin.h"

static int stop;

FRAME void *churn(void *unused)
{
    while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
        void *block = malloc(101);
        KEEP(block);
        free(block);
    }
    for (int i = 0; i < 11; i++)
        KEEP(malloc(37));
    return unused;
}

int main(void)
{
    pthread_t threads[3];
    for (int i = 0; i < 3; i++)
        MUST(pthread_create(&threads[i], NULL, churn, NULL) == 0);
    for (int i = 0; i < 202; i++) {
        struct plugin plugin = plugin_open(i % 2 ? "first" : "other", RTLD_NOW);
        plugin.leak(1);
        dlclose(plugin.handle);
    }
    __atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    return 0;
}
