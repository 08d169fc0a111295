/* nodes_test.c: the stack tree: equal frames are one node, whoever asks and from wherever. */
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#include "fake_trace.h"
#include "nodes.h"
#include "unit.h"

static uint32_t child(uint32_t parent, uint64_t pc)
{
    return mt_node_intern(pc, mt_node_rest(parent, 3, MT_FN_UNKNOWN, 0));
}

START_TEST(a_node_is_in_the_trace_as_it_was_given)
{
    const uint32_t root = child(0, 0x1111);
    const uint32_t leaf =
        mt_node_intern(0x2222, mt_node_rest(root, 65535, MT_FN_CALLOC, MT_NODE_EXACT_PC));
    ck_assert_uint_eq(root, MT_NODES_HEAD); /* the first id */
    const struct mt_node *nodes = (const struct mt_node *)fake_trace.extents[0];
    ck_assert_uint_eq(nodes[root].pc, 0x1111);
    ck_assert_uint_eq(nodes[root].parent, 0);
    ck_assert_uint_eq(nodes[root].module, 3);
    ck_assert_uint_eq(nodes[leaf].pc, 0x2222);
    ck_assert_uint_eq(nodes[leaf].parent, root);
    ck_assert_uint_eq(nodes[leaf].module, 65535);
    ck_assert_uint_eq(nodes[leaf].function, MT_FN_CALLOC);
    ck_assert_uint_eq(nodes[leaf].flags, MT_NODE_EXACT_PC);
    ck_assert_uint_eq(fake_trace.extents[0]->used, MT_NODES_HEAD + 2);
    ck_assert_ptr_eq(mt_node_at(leaf), &nodes[leaf]);
}
END_TEST

START_TEST(every_part_of_the_key_counts)
{
    const uint64_t rest = mt_node_rest(4, 3, MT_FN_MALLOC, MT_NODE_NO_STACK);
    const uint32_t ids[] = {
        child(0, 0x10),
        mt_node_intern(0x20, rest),
        mt_node_intern(0x21, rest),
        mt_node_intern(0x20, mt_node_rest(5, 3, MT_FN_MALLOC, MT_NODE_NO_STACK)),
        mt_node_intern(0x20, mt_node_rest(4, 2, MT_FN_MALLOC, MT_NODE_NO_STACK)),
        mt_node_intern(0x20, mt_node_rest(4, 3, MT_FN_CALLOC, MT_NODE_NO_STACK)),
        mt_node_intern(0x20, mt_node_rest(4, 3, MT_FN_MALLOC, 0)),
    };
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        ck_assert_uint_ne(ids[i], 0);
        for (size_t j = 0; j < i; j++)
            ck_assert_uint_ne(ids[i], ids[j]);
    }
    ck_assert_uint_eq(mt_node_intern(0x20, rest), ids[1]);
}
END_TEST

START_TEST(many_children_and_long_chains_are_found_again)
{
    enum { CHILDREN = 100000 };
    static uint32_t ids[CHILDREN];
    for (uint32_t i = 0; i < CHILDREN; i++)
        ids[i] = child(i % 2 ? 0 : i ? ids[i - 1] : 0, 0x7f0000000000 + i * 3);
    int differing = 0;
    for (uint32_t i = 0; i < CHILDREN; i++)
        differing += child(i % 2 ? 0 : i ? ids[i - 1] : 0, 0x7f0000000000 + i * 3) != ids[i];
    ck_assert_int_eq(differing, 0);
    /* Nothing was made twice. */
    uint64_t used = 0;
    for (uint32_t i = 0; fake_trace.extents[i]; i++)
        used += fake_trace.extents[i]->used - MT_NODES_HEAD;
    ck_assert_uint_eq(used, CHILDREN);
}
END_TEST

START_TEST(no_room_is_no_node_and_known_nodes_stay)
{
    fake_trace.room = 1;
    uint32_t last = 0;
    for (uint32_t i = 0; i < MT_NODES_PER_EXTENT - MT_NODES_HEAD; i++)
        ck_assert_uint_ne(last = child(0, 0x1000 + i), 0);
    ck_assert_uint_eq(child(0, 0x1), 0);
    ck_assert_uint_eq(child(0, 0x1000 + MT_NODES_PER_EXTENT - MT_NODES_HEAD - 1), last);
}
END_TEST

START_TEST(a_forked_child_begins_anew)
{
    const uint32_t root = child(0, 0x1000);
    child(root, 0x2000);
    const pid_t pid = fork();
    if (pid == 0) {
        /* Other frames, so that an old answer would show. */
        const int is_first = child(0, 0x9999) == MT_NODES_HEAD;
        const int is_second = child(0, 0x1000) == MT_NODES_HEAD + 1;
        _exit(is_first && is_second ? 0 : 1);
    }
    int status;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
    ck_assert_uint_eq(child(0, 0x1000), root);
}
END_TEST

enum { THREADS = 6, CHAINS = 3000, LENGTH = 8 };
static pthread_barrier_t start_line;

/* All threads make the same chains at the same time, each in an order of its own. */
static void *make_chains(void *argument)
{
    uint32_t *ids = argument;
    const uint32_t first = ids[0];
    pthread_barrier_wait(&start_line);
    for (uint32_t n = 0; n < CHAINS; n++) {
        const uint32_t chain = (n + first) % CHAINS;
        uint32_t node = 0;
        for (uint32_t i = 0; i < LENGTH; i++)
            node = child(node, 0x500000 + (chain >> (LENGTH - i)) * 64 + i);
        ids[chain] = child(node, 0x900000 + chain);
    }
    return NULL;
}

START_TEST(threads_end_with_the_same_ids)
{
    static uint32_t ids[THREADS][CHAINS];
    pthread_t threads[THREADS];
    pthread_barrier_init(&start_line, NULL, THREADS);
    for (uint32_t i = 0; i < THREADS; i++) {
        ids[i][0] = i * 7;
        ck_assert_int_eq(pthread_create(&threads[i], NULL, make_chains, ids[i]), 0);
    }
    for (uint32_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (uint32_t i = 1; i < THREADS; i++)
        ck_assert_int_eq(memcmp(ids[i], ids[0], sizeof ids[0]), 0);
    int equal = 0;
    for (uint32_t i = 1; i < CHAINS; i++)
        equal += ids[0][i] == ids[0][i - 1];
    ck_assert_int_eq(equal, 0);
}
END_TEST

static volatile uint32_t handled, handler_failed, expected_of_handler;

static void on_timer(int number)
{
    (void)number;
    handled++;
    /* The very chain the interrupted code is at, and one of its own. */
    uint32_t node = 0;
    for (uint32_t i = 0; i < LENGTH; i++)
        node = child(node, 0x700000 + handled * 64 + i);
    handler_failed |= node == 0 || child(0, 0x42) != expected_of_handler;
}

START_TEST(a_handler_may_interrupt_anywhere)
{
    struct sigaction action = {.sa_handler = on_timer};
    const struct itimerval often = {{0, 200}, {0, 200}};
    const struct itimerval never = {{0, 0}, {0, 0}};
    expected_of_handler = child(0, 0x42);
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &often, NULL);
    for (uint32_t round = 1; handled < 300; round++) {
        uint32_t node = 0;
        for (uint32_t i = 0; i < LENGTH; i++)
            node = child(node, 0x700000 + (handled + round % 3) * 64 + i);
        uint32_t again = 0;
        for (uint32_t i = 0; i < LENGTH; i++) {
            again = child(again, 0x800000 + round % 5000 * 64 + i);
            ck_assert_uint_ne(again, 0);
        }
        ck_assert_uint_ne(node, 0);
    }
    setitimer(ITIMER_REAL, &never, NULL);
    ck_assert_uint_eq(handler_failed, 0);
}
END_TEST

MT_UNIT_TESTS("nodes", a_node_is_in_the_trace_as_it_was_given, every_part_of_the_key_counts,
              many_children_and_long_chains_are_found_again,
              no_room_is_no_node_and_known_nodes_stay, a_forked_child_begins_anew,
              threads_end_with_the_same_ids, a_handler_may_interrupt_anywhere)
