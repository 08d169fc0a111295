/* stepping.c: a program that allocates when it is told to: each line on stdin is a step, "lose N",
 * "keep N", "drop N" (of what it keeps), "map N" or "spawn"; it answers "done". Lost blocks have 100
 * bytes, kept ones 1000, mappings 65536. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { LOST = 100, KEPT = 1000, MAPPED = 65536, KEPT_MAX = 100000 };

static void *volatile lost;
static void *kept[KEPT_MAX];
static int kept_count;

__attribute__((noinline)) static void lose(void)
{
    lost = malloc(LOST);
    lost = NULL;
}

__attribute__((noinline)) static void keep(void)
{
    kept[kept_count++] = malloc(KEPT);
}

__attribute__((noinline)) static void map(void)
{
    lost = mmap(NULL, MAPPED, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

/* A child that never allocates, and so has no trace of its own. */
static void spawn(void)
{
    const pid_t child = fork();
    if (child == 0) {
        pause();
        _exit(0);
    }
    printf("%d\n", (int)child);
}

int main(void)
{
    static char out[256], in[256];
    char what[16];
    int count;
    setvbuf(stdout, out, _IOFBF, sizeof out);
    setvbuf(stdin, in, _IOLBF, sizeof in);
    puts("ready");
    fflush(stdout);
    while (scanf("%15s %d", what, &count) == 2) {
        for (int i = 0; i < count; i++) {
            if (strcmp(what, "lose") == 0)
                lose();
            else if (strcmp(what, "keep") == 0)
                keep();
            else if (strcmp(what, "drop") == 0)
                free(kept[--kept_count]);
            else if (strcmp(what, "map") == 0)
                map();
            else if (strcmp(what, "spawn") == 0)
                spawn();
            else
                return 2;
        }
        puts("done");
        fflush(stdout);
    }
    return 0;
}
