/* held_by_open_module.c: a library that was opened keeps pointers in its variables and in the
 * thread-local storage that the loader allocates for it, of the first thread and of another.
 *
 * EXPECT reachable under=in_global blocks=1 bytes=101
 * EXPECT reachable under=in_tls_of_main blocks=1 bytes=103
 * EXPECT reachable under=in_tls_of_thread blocks=1 bytes=107
 * DIFFERS valgrind in_tls_of_thread: possible 1: threads point behind the start of the table
 */
#include <pthread.h>
#include <semaphore.h>
#include "module.h"

OBJECT(in_global)
OBJECT(in_tls_of_main)
OBJECT(in_tls_of_thread)

static sem_t ready;
static struct module module;

static void *run(void *unused)
{
    module.keep_in_local(in_tls_of_thread(107));
    forget();
    sem_post(&ready);
    for (;;)
        pause();
    return unused;
}

STEP void keep(void)
{
    module = open_module();
    module.keep_in_global(in_global(101));
    module.keep_in_local(in_tls_of_main(103));
}

int main(void)
{
    pthread_t thread;
    keep();
    MUST(pthread_create(&thread, NULL, run, NULL) == 0);
    sem_wait(&ready);
    forget();
    return 0;
}
