/* generated.c: a program that makes code while it runs, as a JIT compiler does, and says so in
 * /tmp/perf-PID.map (or the file named in PERF_MAP). The code calls malloc and keeps what it gets.
 * No unwind information covers it: a stack ends there. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* void *f(void *(*allocate)(size_t), size_t bytes):
 * push %rbp; mov %rsp,%rbp; mov %rdi,%rax; mov %rsi,%rdi; call *%rax; pop %rbp; ret */
static const unsigned char code[] = {0x55, 0x48, 0x89, 0xe5, 0x48, 0x89, 0xf8, 0x48,
                                     0x89, 0xf7, 0xff, 0xd0, 0x5d, 0xc3};

int main(void)
{
    unsigned char *page =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        return EXIT_FAILURE;
    memcpy(page, code, sizeof code);

    char name[64];
    snprintf(name, sizeof name, "/tmp/perf-%d.map", getpid());
    FILE *map = fopen(getenv("PERF_MAP") ? getenv("PERF_MAP") : name, "w");
    if (!map)
        return EXIT_FAILURE;
    fprintf(map, "%lx 10 LazyCompile:~before app.js:3\n", (unsigned long)page);
    fprintf(map, "%lx %zx LazyCompile:~handle app.js:7\n", (unsigned long)page, sizeof code);
    fprintf(map, "half a li");
    fclose(map);

    void *(*allocate)(void *(*)(size_t), size_t);
    memcpy(&allocate, &page, sizeof allocate);
    for (int i = 0; i < 3; i++)
        memset(allocate(malloc, 1009), i, 1009);
    return EXIT_SUCCESS;
}
