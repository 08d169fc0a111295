/* subject.c: a program that gives a tracer something of each kind to do, so that it makes all of
 * its system calls: blocks by the thousand, threads, mappings of memory and of a file, a plugin, a
 * child that leaks, a look at its leaks while it runs. What it prints and ends with depends on
 * nothing. */
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include "../reachability/case.h"
#include "memtrace/memtrace.h"

enum { MANY = 20000, PAGE = 4096 };

static void *many[MANY];
void *kept[19]; /* not static: a compiler would see that nobody reads it */

FRAME void leak(int blocks)
{
    for (int i = 0; i < blocks; i++)
        KEEP(malloc(41));
}

FRAME void keep(void)
{
    for (int i = 0; i < 19; i++)
        kept[i] = malloc(43);
}

FRAME void leak_mapping(void)
{
    void *mapping =
        mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    MUST(mapping != MAP_FAILED);
    memset(mapping, 1, PAGE);
}

static void come_and_go(void)
{
    for (int i = 0; i < MANY; i++)
        many[i] = malloc(16 + (size_t)i % 300);
    for (int i = 0; i < MANY; i += 2)
        MUST((many[i] = realloc(many[i], 400 + (size_t)i % 300)));
    for (int i = 0; i < MANY; i++) {
        free(many[i]);
        many[i] = NULL;
    }
}

static void map_and_unmap(void)
{
    char *memory = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    MUST(memory != MAP_FAILED);
    MUST(munmap(memory + 2 * PAGE, PAGE) == 0 && munmap(memory, 8 * PAGE) == 0);
    const int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    MUST(file >= 0);
    char *mapped = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, file, 0);
    MUST(mapped != MAP_FAILED && mapped[1] == 'E' && close(file) == 0);
    MUST((mapped = mremap(mapped, PAGE, 2 * PAGE, MREMAP_MAYMOVE)) != MAP_FAILED);
    MUST(munmap(mapped, 2 * PAGE) == 0);
}

static void *work(void *unused)
{
    (void)unused;
    leak(7);
    make_and_free(100);
    return NULL;
}

static void run_threads(void)
{
    pthread_t threads[3];
    for (int i = 0; i < 3; i++)
        MUST(pthread_create(&threads[i], NULL, work, NULL) == 0);
    for (int i = 0; i < 3; i++)
        MUST(pthread_join(threads[i], NULL) == 0);
}

static void run_child(void)
{
    int status = 0;
    const pid_t child = fork();
    MUST(child >= 0);
    if (child == 0) {
        leak(5);
        forget();
        exit(3);
    }
    MUST(waitpid(child, &status, 0) == child);
    say("the child ended with %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

static void open_plugin(const char *path)
{
    void *plugin = dlopen(path, RTLD_NOW);
    MUST(plugin);
    void (*hook)(void) = NULL;
    *(void **)&hook = dlsym(plugin, "plugin_work");
    MUST(hook);
    hook();
    MUST(dlclose(plugin) == 0);
}

int main(int count, char **words)
{
    struct memtrace_leaks leaks;
    MUST(count == 2);
    errno = 77;
    keep();
    leak(23);
    leak_mapping();
    come_and_go();
    MUST(errno == 77);
    map_and_unmap();
    run_threads();
    open_plugin(words[1]);
    memtrace_check(&leaks);
    run_child();
    forget();
    say("done\n");
    return 5;
}
