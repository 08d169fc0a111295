/* dies.c: holds memory in every way that a core file can show, and aborts. Sizes tell the blocks
 * apart; those of 1000 and more are lost in one way or another. */
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

struct item {
    struct item *next;
    char rest[];
};

struct item *kept;     /* 100, 101, 102 */
__thread void *in_tls; /* 110 */
uintptr_t hidden;      /* 1100: nobody knows */
uintptr_t last;        /* 1400: the same */
char *inner;           /* 1200: a pointer into its inside */
void **in_mapping;     /* 130 hangs on a mapping */
static pthread_barrier_t barrier;

static struct item *make(size_t size, struct item *next)
{
    struct item *item = calloc(1, size);
    item->next = next;
    return item;
}

/* On another thread's stack, for as long as it waits. */
static void *hold(void *unused)
{
    void *volatile local = calloc(1, 120);
    pthread_barrier_wait(&barrier);
    pause();
    return unused ? local : NULL;
}

/* Lost, and the last of the heap: what is free behind it begins, to the allocator, in its last
 * bytes. */
static __attribute__((noinline)) uintptr_t make_last(void)
{
    return ~(uintptr_t)calloc(1, 1400);
}

static __attribute__((noinline)) void fill(void)
{
    kept = make(100, make(101, make(102, NULL)));
    in_tls = calloc(1, 110);
    hidden = ~(uintptr_t)make(1100, make(1101, make(1102, NULL)));
    inner = (char *)calloc(1, 1200) + 60;
    in_mapping = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    in_mapping[100] = calloc(1, 130);
    void *volatile lost =
        mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    *(void *volatile *)lost = calloc(1, 1300);
    lost = NULL;
    in_mapping[101] = calloc(1, 140); /* where calloc has just been, registers still know */
    last = make_last();
}

static __attribute__((noinline)) void wipe(void)
{
    volatile char stack[4096];
    for (size_t i = 0; i < sizeof stack; i++)
        stack[i] = 0;
}

int main(void)
{
    pthread_t thread;
    pthread_barrier_init(&barrier, NULL, 2);
    pthread_create(&thread, NULL, hold, NULL);
    pthread_barrier_wait(&barrier);
    fill();
    wipe();
    abort();
}
