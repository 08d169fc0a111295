/* repeats.c: loops under MEMTRACE_REPEAT whose growth is known, beside caches that fill once,
 * tables that double and histories that keep the last few; all of it is freed at exit, so that
 * nothing is unfreed in the end. Ends with 0, or says which answer was wrong. With the argument
 * "inactive" it expects to run without the tracer, with "break" to leave a loop early. */
#include <memtrace/memtrace.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM = 4096, HISTORY = 8, CACHE = 64 };

static void *registry[ROOM]; /* what is freed at exit */
static size_t registered;
static void *history[HISTORY];
static void *cache[CACHE];
static void **table;
static size_t table_room, table_used;
static int failures;

static void expect(const char *what, double found, double wanted)
{
    if (found == wanted)
        return;
    fprintf(stderr, "%s: found %g, wanted %g\n", what, found, wanted);
    failures++;
}

static void free_all(void)
{
    for (size_t i = 0; i < registered; i++)
        free(registry[i]);
    for (int i = 0; i < HISTORY; i++)
        free(history[i]);
    for (int i = 0; i < CACHE; i++)
        free(cache[i]);
    free(table);
}

static void keep(size_t size)
{
    registry[registered++] = malloc(size);
}

/* What a sound program does: it answers from a cache, remembers the last few, doubles a table. */
static void answer(unsigned request)
{
    void **slot = &cache[request % CACHE];
    if (!*slot)
        *slot = malloc(50);
    void **last = &history[request % HISTORY];
    free(*last);
    *last = malloc(60);
    if (table_used == table_room) {
        table_room = table_room ? 2 * table_room : 1;
        table = realloc(table, table_room * sizeof *table);
    }
    table[table_used++] = *slot;
    free(malloc(70));
}

static void check_sound(uint32_t warm_up, uint32_t times)
{
    struct memtrace_growth growth;
    unsigned request = 0;
    MEMTRACE_REPEAT("sound", warm_up, times, &growth)
    answer(request++);
    expect("sound: iterations", request, warm_up + times);
    expect("sound: status", growth.status, 0);
    expect("sound: objects", growth.objects, 0);
    expect("sound: bytes", growth.bytes, 0);
}

/* `blocks` of 24 bytes in every one of `every` iterations, beside what is sound. */
static void check_leaking(unsigned blocks, unsigned every, uint32_t times)
{
    struct memtrace_growth growth;
    unsigned request = 0;
    MEMTRACE_REPEAT("leaking", 16, times, &growth)
    {
        answer(request);
        for (unsigned i = 0; i < blocks && request % every == 0; i++)
            keep(24);
        request++;
    }
    expect("leaking: status", growth.status, 0);
    expect("leaking: objects", growth.objects, (double)blocks / every);
    expect("leaking: bytes", growth.bytes, 24.0 * blocks / every);
}

static void check_few(void)
{
    struct memtrace_growth growth;
    MEMTRACE_REPEAT("once", 0, 1, &growth)
    keep(10);
    expect("once: objects", growth.objects, 1);
    expect("once: bytes", growth.bytes, 10);
    expect("once: left", (double)growth.left.objects, 1);
    MEMTRACE_REPEAT("never", 3, 0, &growth)
    keep(10);
    expect("never: objects", growth.objects, 0);
    MEMTRACE_REPEAT("uneven", 1, 10, &growth)
    keep(30);
    expect("uneven: objects", growth.objects, 1);
    expect("uneven: left", (double)growth.left.bytes, 300);
    MEMTRACE_REPEAT("ignored", 1, 8, &growth)
    {
        memtrace_ignore_begin();
        keep(30);
        memtrace_ignore_end();
    }
    expect("ignored: objects", growth.objects, 0);
}

static void check_inactive(void)
{
    struct memtrace_growth growth;
    int times = 0;
    MEMTRACE_REPEAT("inactive", 2, 5, &growth)
    times++;
    expect("inactive: iterations", times, 7);
    expect("inactive: status", growth.status, MEMTRACE_INACTIVE);
    expect("inactive: objects", growth.objects, 0);
}

static void check_break(void)
{
    struct memtrace_growth growth;
    MEMTRACE_REPEAT("break", 2, 5, &growth)
    break;
    expect("break: status", growth.status, MEMTRACE_INACTIVE);
}

int main(int count, char **words)
{
    atexit(free_all);
    if (count > 1 && strcmp(words[1], "inactive") == 0) {
        check_inactive();
        return failures;
    }
    check_sound(80, 100); /* warm: the cache is full */
    check_sound(0, 400);  /* cold: it fills on the way */
    check_leaking(1, 1, 100);
    check_leaking(3, 1, 100);
    check_leaking(1, 5, 100);
    check_few();
    check_break();
    return failures;
}
