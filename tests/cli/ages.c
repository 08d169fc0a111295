/* ages.c MANNER: a cache of blocks that gets one more in each of 600 steps, one every 4 ms. It
 *
 *   grows         without bound
 *   filled        in the first fifth, and is left alone
 *   cleared       whenever it holds 100
 *   replaces      one of 300, picked at random, once it holds so many, which is at once
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { STEPS = 600, FULL = 300, CLEARED_AT = 100, STEP_NS = 4000000, SECOND_NS = 1000000000 };

static void *cache[STEPS + FULL];
static int held;
static const char *manner;

static int is(const char *name)
{
    return strcmp(manner, name) == 0;
}

__attribute__((noinline)) static void insert(int place)
{
    free(cache[place]);
    cache[place] = malloc(100);
}

__attribute__((noinline)) static void clear(void)
{
    while (held > 0) {
        free(cache[--held]);
        cache[held] = NULL;
    }
}

static void step(int i)
{
    if (is("cleared") && held == CLEARED_AT)
        clear();
    if (is("filled") && i > STEPS / 5)
        return;
    do
        insert(is("replaces") && held == FULL ? rand() % FULL : held++);
    while (is("replaces") && held < FULL);
}

int main(int count, char **words)
{
    if (count != 2)
        return 2;
    manner = words[1];
    struct timespec next;
    clock_gettime(CLOCK_MONOTONIC, &next);
    for (int i = 0; i < STEPS; i++) {
        step(i);
        next.tv_nsec += STEP_NS;
        next.tv_sec += next.tv_nsec / SECOND_NS;
        next.tv_nsec %= SECOND_NS;
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
    }
    return 0;
}
