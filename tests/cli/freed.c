/* freed.c: sites of which some blocks are freed and some are not: the words on the command line say
 * which. What is not closed is lost. The tests know the functions and their lines. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CONNECTIONS = 1000, THREADS = 4, ROUNDS = 5000 };

#define APART __attribute__((noinline, noclone))

static void *volatile lost;
static void *connections[CONNECTIONS];

static APART void *conn_open(size_t bytes)
{
    void *connection = malloc(bytes);
    __asm__ volatile(""); /* no tail call */
    return connection;
}

static APART void xfree(void *block)
{
    free(block);
    __asm__ volatile("");
}

static APART void conn_close(void *connection)
{
    xfree(connection);
    __asm__ volatile("");
}

static APART void conn_abort(void *connection)
{
    lost = NULL; /* or the compiler would make this function and xfree one */
    free(connection);
    __asm__ volatile("");
}

static APART void *conn_grow(void *connection)
{
    void *larger = realloc(connection, 5000);
    __asm__ volatile("");
    return larger;
}

static void open_all(void)
{
    for (int i = 0; i < CONNECTIONS; i++)
        connections[i] = conn_open(100);
}

static void forget_all(void)
{
    lost = NULL;
    memset(connections, 0, sizeof connections);
}

/* 997 of 1,000 are closed. */
static void forgotten(void)
{
    open_all();
    for (int i = 0; i < CONNECTIONS; i++)
        if (i != 10 && i != 500 && i != 999)
            conn_close(connections[i]);
}

/* 990 of 1,000: 7 of 10 closed, the others aborted, in turns. */
static void shared(void)
{
    open_all();
    for (int i = 0; i < CONNECTIONS - 10; i++)
        if (i % 10 < 7)
            conn_close(connections[i]);
        else
            conn_abort(connections[i]);
}

/* 20 of 30, so few that each is asked. */
static void few(void)
{
    for (int i = 0; i < 30; i++)
        connections[i] = conn_open(200);
    for (int i = 0; i < 20; i++)
        if (i < 15)
            conn_close(connections[i]);
        else
            conn_abort(connections[i]);
}

/* 50 of 60 by realloc; the larger ones are freed at once. */
static void grown(void)
{
    for (int i = 0; i < 60; i++)
        connections[i] = conn_open(300);
    for (int i = 0; i < 50; i++)
        conn_abort(conn_grow(connections[i]));
}

/* Threads release what others have allocated: each but the last block of each thread. */
static pthread_barrier_t barrier;
static void *handed[THREADS][ROUNDS];

static APART void *work(void *argument)
{
    const long me = (long)argument;
    for (int i = 0; i < ROUNDS; i++)
        handed[me][i] = conn_open(400);
    pthread_barrier_wait(&barrier);
    void **others = handed[(me + 1) % THREADS];
    for (int i = 0; i < ROUNDS - 1; i++)
        conn_close(others[i]);
    return NULL;
}

static void threads(void)
{
    pthread_t ids[THREADS];
    pthread_barrier_init(&barrier, NULL, THREADS);
    for (long i = 0; i < THREADS; i++)
        pthread_create(&ids[i], NULL, work, (void *)i);
    for (int i = 0; i < THREADS; i++)
        pthread_join(ids[i], NULL);
    memset(handed, 0, sizeof handed);
}

/* The parent closes 990; the child 5 of 8 of its own, and some that it inherited. */
static void forked(void)
{
    open_all();
    for (int i = 0; i < 990; i++)
        conn_close(connections[i]);
    const pid_t child = fork();
    if (child > 0) {
        waitpid(child, NULL, 0);
        return;
    }
    for (int i = 995; i < CONNECTIONS; i++)
        conn_close(connections[i]);
    for (int i = 0; i < 8; i++)
        connections[i] = conn_open(100);
    for (int i = 0; i < 5; i++)
        conn_abort(connections[i]);
}

/* Nobody frees any. */
static void never(void)
{
    for (int i = 0; i < 4; i++)
        connections[i] = conn_open(600);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *word;
        void (*act)(void);
    } acts[] = {{"forgotten", forgotten}, {"shared", shared}, {"few", few},    {"grown", grown},
                {"threads", threads},     {"forked", forked}, {"never", never}};
    for (int word = 1; word < argc; word++)
        for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
            if (strcmp(argv[word], acts[i].word) == 0)
                acts[i].act();
    forget_all();
    return 0;
}
