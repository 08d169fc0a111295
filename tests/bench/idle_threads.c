/* idle_threads.c: threads that allocate and free one block and then wait, as a pool's do: what one
 * of them holds in memory (resident bytes by the kernel's exact count, shared file pages included).
 */
#include <pthread.h>
#include <string.h>
#include "bench.h"

enum { THREADS = 256, STACK_BYTES = 128 * 1024 };

static pthread_barrier_t all_idle, may_end;

static void *idle(void *argument)
{
    free(must(malloc(100)));
    pthread_barrier_wait(&all_idle);
    pthread_barrier_wait(&may_end);
    return argument;
}

static long resident_bytes(void)
{
    char line[256];
    long kib = -1;
    FILE *file = fopen("/proc/self/smaps_rollup", "r");
    while (file && kib < 0 && fgets(line, sizeof line, file))
        sscanf(line, "Rss: %ld", &kib);
    if (kib < 0) {
        perror("/proc/self/smaps_rollup");
        exit(1);
    }
    fclose(file);
    return kib * 1024;
}

int main(void)
{
    pthread_t ids[THREADS];
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    pthread_barrier_init(&all_idle, NULL, THREADS + 1);
    pthread_barrier_init(&may_end, NULL, THREADS + 1);
    long before = resident_bytes();
    for (int i = 0; i < THREADS; i++) {
        if (pthread_create(&ids[i], &attributes, idle, NULL)) {
            perror("pthread_create");
            return 1;
        }
    }
    pthread_barrier_wait(&all_idle);
    long after = resident_bytes();
    pthread_barrier_wait(&may_end);
    for (int i = 0; i < THREADS; i++)
        pthread_join(ids[i], NULL);
    printf("{\"thread_bytes\": %ld}\n", (after - before) / THREADS);
    return 0;
}
