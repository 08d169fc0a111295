/* churning.c: a buffer that malloc maps anew each round, a mapping that the program makes anew, and
 * a block that is mapped alone but once. "unset": malloc's threshold stays as the environment has
 * it. */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { MIB = 1 << 20, BUFFER_BYTES = 300000 };

static __attribute__((noinline)) void render(void)
{
    char *volatile buffer = memset(malloc(BUFFER_BYTES), 1, BUFFER_BYTES);
    free(buffer);
}

static __attribute__((noinline)) void map_directly(void)
{
    char *mapped = mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mapped[0] = 1;
    munmap(mapped, MIB);
}

static __attribute__((noinline)) void load_once(void)
{
    char *volatile buffer = malloc(50 * MIB);
    free(buffer);
}

int main(int argc, char **argv)
{
    (void)argv;
    if (argc < 2)
        mallopt(M_MMAP_THRESHOLD, 128 << 10);
    for (volatile int i = 0; i < 60; i++)
        render();
    for (volatile int i = 0; i < 7; i++)
        map_directly();
    load_once();
    return 0;
}
