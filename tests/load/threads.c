/* threads.c COUNT WAVE: each step starts and ends COUNT threads, WAVE of them at a time. Every
 * second is detached, the others are joined; each allocates, frees, hands on a block that another
 * frees, and leaves one to a destructor of its thread-specific data. None is alive between steps.
 */
#include "load.h"

static pthread_key_t key;
static void *handed_on;

FRAME void *by_thread(size_t bytes)
{
    void *block = malloc(size_at(0, bytes));
    KEEP(block);
    return block;
}

FRAME void *by_destructor(size_t bytes)
{
    void *block = malloc(size_at(1, bytes) + SITES);
    KEEP(block);
    return block;
}

/* Allocates itself, so late that most has gone. */
static void end_data(void *block)
{
    free(by_destructor(100));
    free(block);
}

static void *thread_main(void *argument)
{
    void *blocks[16];
    for (int i = 0; i < 16; i++)
        MUST(blocks[i] = by_thread((size_t)i * 97));
    free(__atomic_exchange_n(&handed_on, blocks[0], __ATOMIC_ACQ_REL));
    MUST(pthread_setspecific(key, blocks[1]) == 0);
    for (int i = 2; i < 16; i++)
        free(blocks[i]);
    return argument;
}

static void start(long count, pthread_t *ids)
{
    pthread_attr_t detached;
    MUST(pthread_attr_init(&detached) == 0);
    MUST(pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED) == 0);
    for (long i = 0; i < count; i++)
        MUST(pthread_create(&ids[i], i % 2 ? &detached : NULL, thread_main, NULL) == 0);
}

static void wave(long count, pthread_t *ids)
{
    start(count, ids);
    for (long i = 0; i < count; i += 2)
        MUST(pthread_join(ids[i], NULL) == 0);
    await_alone();
}

int main(int argc, char **argv)
{
    MUST(argc == 3);
    const long count = number(argv[1]), most = number(argv[2]);
    make_lasting();
    pthread_t *ids = calloc(1, size_at(5, (size_t)most * sizeof *ids) + SITES);
    MUST(ids && pthread_key_create(&key, end_data) == 0);
    say("ready\n");
    while (next_step()) {
        for (long done = 0; done < count; done += most)
            wave(count - done < most ? count - done : most, ids);
        say("done operations=%ld live=%d\n", count, LASTING_BLOCKS + 2);
    }
    return 0;
}
