/* chained.c: keeps and loses blocks by chains of pointers that are known, each made by a function
 * of its own, and prints what their addresses are; explain_test.py has it explained. */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct node {
    struct node *next;
    char payload[40];
};

#define OBJECT(name, size)                                                                         \
    __attribute__((noinline, noipa)) static struct node *name(struct node *next)                   \
    {                                                                                              \
        struct node *made = calloc(1, size);                                                       \
        made->next = next;                                                                         \
        printf(#name " %p\n", (void *)made);                                                       \
        return made;                                                                               \
    }

OBJECT(at_end_of_list, 100)
OBJECT(at_end_of_long_list, 110)
OBJECT(behind_ring, 120)
OBJECT(on_stack, 130)
OBJECT(in_storage, 140)
OBJECT(in_register, 150)
OBJECT(in_storage_of_first, 160)
OBJECT(in_mapping, 170)
OBJECT(held_inside, 180)
OBJECT(lost_head, 200)
OBJECT(lost_child, 210)
OBJECT(lost_grandchild, 220)

__attribute__((noinline, noipa)) static struct node *link_node(struct node *next)
{
    struct node *made = calloc(1, sizeof *made);
    made->next = next;
    return made;
}

static struct node *volatile list_of_three, *volatile long_list, *volatile ring;
static char *volatile inside;
static struct node **volatile mapping;
static __thread struct node *volatile storage;
static volatile int is_ready;

#if defined(__x86_64__)
#define KEPT_REGISTER "r12"
#elif defined(__aarch64__)
#define KEPT_REGISTER "x20"
#endif

static void *hold(void *unused)
{
    struct node *volatile kept = on_stack(NULL);
    storage = in_storage(NULL);
    register struct node *held __asm__(KEPT_REGISTER) = in_register(NULL);
    fflush(stdout);
    for (;; is_ready = 1) /* from then on in no call, which would keep the register on the stack */
        __asm__ volatile("nop" : "+r"(held)::"memory");
    return (void)kept, unused;
}

__attribute__((noinline, noipa)) static void make_all(void)
{
    list_of_three = link_node(link_node(link_node(at_end_of_list(NULL))));
    struct node *last = at_end_of_long_list(NULL);
    for (int i = 0; i < 1000; i++)
        last = link_node(last);
    long_list = last;

    struct node *closing = link_node(NULL);
    ring = link_node(link_node(closing));
    closing->next = ring;
    *(struct node **)closing->payload = behind_ring(NULL);

    mapping = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mapping[5] = in_mapping(NULL);
    inside = held_inside(NULL)->payload;
    storage = in_storage_of_first(NULL);
    lost_head(lost_child(lost_grandchild(NULL)));
}

__attribute__((noinline, noipa)) static void forget(void)
{
    volatile char below[16384];
    memset((void *)below, 0, sizeof below);
}

int main(void)
{
    pthread_t thread;
    make_all();
    forget();
    pthread_create(&thread, NULL, hold, NULL);
    while (!is_ready)
        sched_yield();
    return 0;
}
