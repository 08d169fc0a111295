/* malloc_in_dl_iterate_phdr.c: a callback of dl_iterate_phdr runs under a lock of the loader that
 * unwinders want too. It allocates, and waits for another thread to do so: a hook that needs the
 * lock would deadlock here.
 *
 * EXPECT unfreed function=malloc in=callback blocks=1 bytes=37
 * EXPECT unfreed function=malloc in=other_thread blocks=23 bytes=943
 * RUN verify=no
 */
#include <link.h>
#include <pthread.h>
#include "victim.h"

static int turn; /* 1: the callback waits; 2: the other thread is done */

FRAME void *other_thread(void *unused)
{
    while (__atomic_load_n(&turn, __ATOMIC_SEQ_CST) != 1)
        usleep(100);
    for (int i = 0; i < 23; i++)
        KEEP(malloc(41));
    __atomic_store_n(&turn, 2, __ATOMIC_SEQ_CST);
    return unused;
}

static int callback(struct dl_phdr_info *info, size_t size, void *unused)
{
    (void)info, (void)size, (void)unused;
    KEEP(malloc(37));
    __atomic_store_n(&turn, 1, __ATOMIC_SEQ_CST);
    while (__atomic_load_n(&turn, __ATOMIC_SEQ_CST) != 2)
        usleep(100);
    return 1; /* the first module is enough */
}

int main(void)
{
    pthread_t thread;
    MUST(pthread_create(&thread, NULL, other_thread, NULL) == 0);
    MUST(dl_iterate_phdr(callback, NULL) == 1);
    pthread_join(thread, NULL);
    return 0;
}
