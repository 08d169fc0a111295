/* crowd.c COUNT: each step ends the threads of the step before and starts COUNT new ones, which are
 * all alive at once when it is done, each holding a block and one that its creator has made. */
#include "load.h"

struct member {
    pthread_t id;
    void *given;
};

static struct member *members;
static long count;
static pthread_barrier_t there;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t moved = PTHREAD_COND_INITIALIZER;
static long round_now;

FRAME void *by_member(size_t bytes)
{
    void *block = malloc(size_at(0, bytes));
    KEEP(block);
    return block;
}

FRAME void *by_creator(size_t bytes)
{
    void *block = malloc(size_at(1, bytes));
    KEEP(block);
    return block;
}

static void *member_main(void *argument)
{
    struct member *self = argument;
    void *block = by_member((size_t)(self - members) % 1000);
    MUST(block);
    free(by_member(50));
    pthread_barrier_wait(&there);
    pthread_mutex_lock(&lock);
    for (const long mine = round_now; round_now == mine;)
        pthread_cond_wait(&moved, &lock);
    pthread_mutex_unlock(&lock);
    free(block);
    free(self->given);
    return NULL;
}

static void send_away(void)
{
    pthread_mutex_lock(&lock);
    round_now++;
    pthread_cond_broadcast(&moved);
    pthread_mutex_unlock(&lock);
    for (long i = 0; i < count; i++)
        MUST(pthread_join(members[i].id, NULL) == 0);
    await_alone();
}

static void gather(void)
{
    pthread_attr_t small;
    MUST(pthread_attr_init(&small) == 0 && pthread_attr_setstacksize(&small, 128 * 1024) == 0);
    for (long i = 0; i < count; i++) {
        MUST(members[i].given = by_creator((size_t)i % 100));
        MUST(pthread_create(&members[i].id, &small, member_main, &members[i]) == 0);
    }
    pthread_barrier_wait(&there);
}

int main(int argc, char **argv)
{
    MUST(argc == 2);
    count = number(argv[1]);
    make_lasting();
    members = calloc(1, size_at(5, (size_t)count * sizeof *members) + SITES);
    MUST(members && pthread_barrier_init(&there, NULL, (unsigned)count + 1) == 0);
    say("ready\n");
    int is_there = 0;
    while (next_step()) {
        if (is_there)
            send_away();
        is_there = 1;
        gather();
        say("done operations=%ld live=%ld\n", count, LASTING_BLOCKS + 1 + 2 * count);
    }
    if (is_there)
        send_away();
    return 0;
}
