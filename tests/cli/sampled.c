/* sampled.c: the subject of sample_test.py: leaves blocks of many sizes, each size from a function
 * named for it (leak_24), with as many freed again in between; the number of blocks is given for
 * each: sampled ROUNDS SIZE:COUNT... All lies in a forked child for `sampled fork ...`, twice over,
 * in a thread for `sampled thread ...`. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int word_count;
static char **words;
static void *volatile kept;

static size_t count_of(const char *size)
{
    const size_t length = strlen(size);
    for (int i = 0; i < word_count; i++)
        if (strncmp(words[i], size, length) == 0 && words[i][length] == ':')
            return strtoul(words[i] + length + 1, NULL, 10);
    return 0;
}

/* Every other block is freed again. */
#define LEAK(size)                                                                                 \
    static __attribute__((noinline)) void leak_##size(void)                                        \
    {                                                                                              \
        for (size_t i = count_of(#size); i > 0; i--) {                                             \
            void *volatile freed = malloc(size);                                                   \
            kept = malloc(size);                                                                   \
            free(freed);                                                                           \
        }                                                                                          \
    }
LEAK(1)
LEAK(24)
LEAK(200)
LEAK(1000)
LEAK(4096)
LEAK(30000)
LEAK(262144)
LEAK(1048576)
LEAK(4194304)

static __attribute__((noinline)) void leak_calloc(void)
{
    for (size_t i = count_of("calloc"); i > 0; i--)
        kept = calloc(25, 20);
}

static __attribute__((noinline)) void leak_aligned(void)
{
    void *block;
    for (size_t i = count_of("aligned"); i > 0; i--)
        if (posix_memalign(&block, 64, 700) == 0)
            kept = block;
}

static __attribute__((noinline)) void leak_grown(void)
{
    for (size_t i = count_of("grown"); i > 0; i--)
        kept = realloc(realloc(malloc(10), 100), 1500);
}

static __attribute__((noinline)) void leak_shrunk(void)
{
    for (size_t i = count_of("shrunk"); i > 0; i--)
        kept = realloc(malloc(5000), 300);
}

static void *leak(void *unused)
{
    (void)unused;
    leak_1();
    leak_24();
    leak_200();
    leak_1000();
    leak_4096();
    leak_30000();
    leak_262144();
    leak_1048576();
    leak_4194304();
    leak_calloc();
    leak_aligned();
    leak_grown();
    leak_shrunk();
    return NULL;
}

int main(int argc, char **argv)
{
    word_count = argc;
    words = argv;
    if (argc > 1 && strcmp(argv[1], "thread") == 0) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, leak, NULL) || pthread_join(thread, NULL))
            return 1;
    } else if (argc > 1 && strcmp(argv[1], "fork") == 0) {
        for (int i = 0; i < 2; i++)
            if (fork() == 0) {
                leak(NULL);
                exit(0);
            }
        while (wait(NULL) > 0)
            ;
    } else {
        leak(NULL);
    }
    return 0;
}
