/* shop.c [MS]: a program with something for each part of the page: names of orders whose orders are
 * lost, a cache that is emptied but for blocks that pin the heap, a mapping nobody has any more,
 * and phases of MS milliseconds (100). With "child" as a second word it runs itself, and that leaks
 * too. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "memtrace/memtrace.h"

enum { ORDERS = 400, LOST_EACH = 4, CACHED = 2048, KEPT_EACH = 97 };

struct order {
    struct order *next;
    char *name;
};

static struct order *orders;
static char *cache[CACHED];

__attribute__((noinline)) static char *copy_name(const char *name)
{
    return strdup(name);
}

__attribute__((noinline)) static void parse_order(int number)
{
    char name[64];
    snprintf(name, sizeof name, "order number %d", number);
    struct order *order = malloc(sizeof *order);
    order->name = copy_name(name);
    order->next = orders;
    if (number % LOST_EACH)
        orders = order;
}

__attribute__((noinline)) static void fill_cache(void)
{
    for (int i = 0; i < CACHED; i++) {
        cache[i] = malloc(2000 + (size_t)i);
        memset(cache[i], 1, 2000);
    }
}

__attribute__((noinline)) static void empty_cache(void)
{
    for (int i = 0; i < CACHED; i++) {
        if (i % KEPT_EACH == 0)
            continue;
        free(cache[i]);
        cache[i] = NULL;
    }
}

__attribute__((noinline)) static void map_buffer(void)
{
    char *buffer = mmap(NULL, 3 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (buffer != MAP_FAILED)
        memset(buffer, 1, 1 << 20);
}

int main(int argc, char **argv)
{
    const useconds_t pause = 1000 * (useconds_t)(argc > 1 ? atoi(argv[1]) : 100);
    if (argc > 2 && fork() == 0)
        execl(argv[0], argv[0], argv[1], (char *)NULL);
    memtrace_phase("load");
    for (int i = 0; i < ORDERS; i++)
        parse_order(i);
    usleep(pause);
    memtrace_phase("serve");
    fill_cache();
    usleep(pause);
    empty_cache();
    map_buffer();
    usleep(pause);
    memtrace_phase("shutdown");
    while (wait(NULL) > 0) {
    }
    return 0;
}
