/* api.c: uses all of memtrace.h, and holds what it answers against what it has done. Ends with 0,
 * or says which answer was wrong. With the argument "inactive" it expects to run without the
 * tracer. */
#include <memtrace/memtrace.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { MAPPINGS = 10000 };

static int failures;

#define EXPECT(what, wanted)                                                                       \
    do {                                                                                           \
        const long long found_ = (long long)(what);                                                \
        if (found_ != (long long)(wanted)) {                                                       \
            fprintf(stderr, "%d: %s is %lld, wanted %lld\n", __LINE__, #what, found_,              \
                    (long long)(wanted));                                                          \
            failures++;                                                                            \
        }                                                                                          \
    } while (0)

void *kept[8];

/* Where the last block was, registers and stale stack still know; so others come after it. */
static __attribute__((noinline)) void wipe(void)
{
    volatile char stack[8192];
    for (size_t i = 0; i < sizeof stack; i++)
        stack[i] = 0;
    for (int i = 0; i < 3; i++)
        free(malloc(500));
}

static __attribute__((noinline)) void lose(int count, size_t size)
{
    for (; count > 0; count--) {
        void *volatile block = malloc(size);
        (void)block;
    }
    wipe();
}

static void *lose_elsewhere(void *unused)
{
    memtrace_thread_name("loser");
    lose(3, 300);
    return unused;
}

static void check_inactive(void)
{
    struct memtrace_leaks leaks = {.definite = {1, 1}};
    EXPECT(memtrace_is_active(), 0);
    EXPECT(memtrace_check(&leaks), MEMTRACE_INACTIVE);
    EXPECT(leaks.definite.objects, 0);
    EXPECT(memtrace_checkpoint(), 0);
    EXPECT(memtrace_scope_end(memtrace_scope_begin("x"), &leaks), MEMTRACE_INACTIVE);
    memtrace_ignore(kept);
    memtrace_ignore_begin();
    memtrace_ignore_end();
    memtrace_phase("x");
    memtrace_thread_name("x");
    EXPECT(memtrace_root_add(kept, sizeof kept), MEMTRACE_INACTIVE);
    EXPECT(memtrace_root_remove(kept, sizeof kept), MEMTRACE_INACTIVE);
}

static void check_counts(void)
{
    struct memtrace_leaks leaks;
    lose(2, 100);
    kept[0] = malloc(60);
    EXPECT(memtrace_check(&leaks), 0);
    EXPECT(leaks.definite.objects, 2);
    EXPECT(leaks.definite.bytes, 200);
    EXPECT(leaks.reachable.objects >= 1, 1);
    EXPECT(leaks.unclassified.objects, 0);
}

static void check_checkpoints(void)
{
    struct memtrace_leaks leaks;
    const uint32_t before = memtrace_checkpoint();
    EXPECT(before > 0, 1);
    EXPECT(memtrace_leaks_since(before, &leaks), 0);
    EXPECT(leaks.definite.objects, 0);
    lose(1, 70);
    kept[1] = malloc(71);
    const uint32_t between = memtrace_checkpoint();
    lose(4, 72);
    EXPECT(memtrace_leaks_since(before, &leaks), 0);
    EXPECT(leaks.definite.objects, 5);
    EXPECT(leaks.definite.bytes, 70 + 4 * 72);
    EXPECT(leaks.reachable.objects, 1);
    EXPECT(memtrace_leaks_since(between, &leaks), 0);
    EXPECT(leaks.definite.objects, 4);
}

static void check_scopes(void)
{
    struct memtrace_leaks leaks;
    pthread_t thread;
    const uint32_t outer = memtrace_scope_begin("outer");
    lose(1, 80);
    const uint32_t inner = memtrace_scope_begin("inner");
    lose(2, 81);
    pthread_create(&thread, NULL, lose_elsewhere, NULL);
    pthread_join(thread, NULL);
    EXPECT(memtrace_scope_end(inner, &leaks), 0);
    EXPECT(leaks.definite.objects, 5);
    EXPECT(leaks.definite.bytes, 2 * 81 + 3 * 300);
    lose(1, 82);
    EXPECT(memtrace_scope_end(outer, &leaks), 0);
    EXPECT(leaks.definite.objects, 7);
    lose(1, 83);
    EXPECT(memtrace_scope_end(memtrace_scope_begin("empty"), &leaks), 0);
    EXPECT(leaks.definite.objects, 0);
    EXPECT(leaks.reachable.objects, 0);
}

static void check_ignored(void)
{
    struct memtrace_leaks leaks;
    const uint32_t scope = memtrace_scope_begin("ignored");
    void **volatile block = malloc(90);
    *block = malloc(91); /* hangs on what is ignored: kept as well */
    memtrace_ignore(block);
    block = NULL;
    memtrace_ignore_begin();
    memtrace_ignore_begin();
    memtrace_ignore_end();
    lose(2, 92);
    memtrace_ignore_end();
    lose(1, 93);
    EXPECT(memtrace_scope_end(scope, &leaks), 0);
    EXPECT(leaks.ignored.objects, 3);
    EXPECT(leaks.ignored.bytes, 90 + 2 * 92);
    EXPECT(leaks.reachable.objects, 1);
    EXPECT(leaks.definite.objects, 1);
    EXPECT(leaks.definite.bytes, 93);
}

/* In memory that the scan does not read by itself. */
static void check_regions(void)
{
    struct memtrace_leaks leaks;
    void **hidden = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    const uintptr_t disguised = ~(uintptr_t)hidden;
    const uint32_t scope = memtrace_scope_begin("region");
    hidden[3] = malloc(95);
    wipe();
    EXPECT(memtrace_root_add(hidden, 4096), 0);
    hidden = NULL;
    EXPECT(memtrace_leaks_since(scope, &leaks), 0);
    EXPECT(leaks.reachable.objects, 1);
    EXPECT(memtrace_root_remove((void *)~disguised, 4096), 0);
    EXPECT(memtrace_root_remove((void *)~disguised, 4096), MEMTRACE_INACTIVE);
    memtrace_scope_end(scope, NULL);
    kept[2] = (void *)~disguised;
}

/* More mappings than have room in one piece of a snapshot: the child that scans makes another. */
static void check_many(void)
{
    struct memtrace_leaks leaks;
    const uint32_t scope = memtrace_scope_begin("many");
    for (int i = 0; i < MAPPINGS; i++)
        mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    EXPECT(memtrace_leaks_since(scope, &leaks), 0);
    EXPECT(leaks.definite.objects + leaks.possible.objects + leaks.reachable.objects, MAPPINGS);
    EXPECT(memtrace_scope_end(scope, &leaks), 0);
    EXPECT(leaks.definite.objects + leaks.possible.objects + leaks.reachable.objects, MAPPINGS);
}

int main(int count, char **words)
{
    if (count > 1 && strcmp(words[1], "inactive") == 0) {
        check_inactive();
    } else {
        EXPECT(memtrace_is_active(), 1);
        check_counts();
        check_checkpoints();
        check_scopes();
        check_ignored();
        check_regions();
        check_many();
        memtrace_phase("ending");
        lose(1, 99);
    }
    return failures != 0;
}
