/* What guards and canaries are made of: the queue loses nothing and gives nothing twice, whoever
 * comes to it at the same time; a canary that nobody touched is whole, and one that was touched
 * says where. */
#include <malloc.h>
#include <pthread.h>
#include <string.h>
#include "canary.h"
#include "canary_calls.h"
#include "quarantine.h"
#include "unit.h"

enum { ROOM = 64, THREADS = 4, ROUNDS = 200000 };

static struct mt_quarantine_cell cells[ROOM];
static struct mt_quarantine queue;

static void start_queue(void)
{
    memset(cells, 0, sizeof cells);
    queue = (struct mt_quarantine){.cells = cells, .room = ROOM};
}

size_t mt_canary_usable(void *block)
{
    return malloc_usable_size(block);
}

START_TEST(who_has_waited_longest_comes_first)
{
    start_queue();
    ck_assert_int_eq(mt_quarantine_take(&queue), -1);
    for (uint32_t round = 0; round < 10; round++) {
        for (uint32_t i = 0; i < ROOM; i++)
            ck_assert(mt_quarantine_put(&queue, round * 100 + i));
        ck_assert(!mt_quarantine_put(&queue, 7));
        for (uint32_t i = 0; i < ROOM; i++)
            ck_assert_int_eq(mt_quarantine_take(&queue), round * 100 + i);
        ck_assert_int_eq(mt_quarantine_take(&queue), -1);
    }
}
END_TEST

START_TEST(places_are_counted_on_beyond_their_type)
{
    start_queue();
    queue.in = queue.out = UINT32_MAX - 10;
    for (uint32_t i = 0; i < ROOM; i++)
        cells[(queue.in + i) % ROOM].turn = (queue.in + i) - (queue.in + i) % ROOM;
    for (uint32_t i = 0; i < 3 * ROOM; i++) {
        ck_assert(mt_quarantine_put(&queue, i));
        ck_assert_int_eq(mt_quarantine_take(&queue), i);
    }
}
END_TEST

static uint32_t holders[ROOM]; /* of each number; atomic: never more than one */

static void *take_and_put(void *unused)
{
    (void)unused;
    for (int i = 0; i < ROUNDS; i++) {
        const int64_t number = mt_quarantine_take(&queue);
        if (number < 0)
            continue;
        ck_assert_int_lt(number, ROOM);
        ck_assert_uint_eq(__atomic_fetch_add(&holders[number], 1, __ATOMIC_SEQ_CST), 0);
        __atomic_fetch_sub(&holders[number], 1, __ATOMIC_SEQ_CST);
        while (!mt_quarantine_put(&queue, (uint32_t)number))
            ; /* somebody is about to leave the cell */
    }
    return NULL;
}

START_TEST(nothing_is_lost_or_given_twice_among_threads)
{
    pthread_t threads[THREADS];
    uint64_t seen = 0;
    start_queue();
    for (uint32_t i = 0; i < ROOM; i++)
        ck_assert(mt_quarantine_put(&queue, i));
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, take_and_put, NULL), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < ROOM; i++) {
        const int64_t number = mt_quarantine_take(&queue);
        ck_assert_int_ge(number, 0);
        seen |= UINT64_C(1) << number;
    }
    ck_assert_uint_eq(seen, UINT64_MAX);
}
END_TEST

START_TEST(a_canary_says_where_it_was_touched)
{
    struct mt_damage damage;
    for (size_t size = 0; size < 200; size++) {
        /* rounded: allocators that are preloaded hand out whole words, one for tests may not */
        char *block = malloc((size + MT_CANARY_BYTES + 15) & ~(size_t)15);
        __asm__("" : "+r"(block)); /* hardened, memset knows what was asked for */
        memset(block, 1, size);
        ck_assert_uint_eq(mt_canary_size(block), SIZE_MAX);
        ck_assert(!mt_canary_is_damaged(block, size, &damage)); /* it has none */
        mt_canary_set(block, size);
        ck_assert_uint_eq(mt_canary_size(block), size);
        ck_assert(!mt_canary_is_damaged(block, SIZE_MAX, &damage));

        block[size + 2] ^= 1;
        block[size + 4] ^= 1;
        ck_assert(mt_canary_is_damaged(block, SIZE_MAX, &damage));
        ck_assert_int_eq(damage.offset, size + 2);
        ck_assert_uint_eq(damage.bytes, 3);
        ck_assert_uint_eq(damage.of_bytes, size);

        memset(block + size, 0, malloc_usable_size(block) - size); /* the trailer as well */
        ck_assert_uint_eq(mt_canary_size(block), SIZE_MAX);
        ck_assert(mt_canary_is_damaged(block, size, &damage));
        ck_assert_int_eq(damage.offset, size);
        ck_assert_uint_eq(damage.of_bytes, size);

        ck_assert(mt_canary_clear(block) && !mt_canary_clear(block));
        ck_assert(!mt_canary_is_damaged(block, size, &damage));
        free(block);
    }
}
END_TEST

START_TEST(a_pattern_is_whole_until_a_byte_changes)
{
    char bytes[100];
    struct mt_damage damage;
    const uintptr_t start = (uintptr_t)bytes;
    for (unsigned from = 0; from < 20; from++)
        for (unsigned at = from; at < 100; at++) {
            mt_pattern_fill(start + from, start + 100);
            ck_assert(mt_pattern_is_whole(start + from, start + 100, start, &damage));
            bytes[at]++;
            ck_assert(!mt_pattern_is_whole(start + from, start + 100, start + 50, &damage));
            ck_assert_int_eq(damage.offset, (int)at - 50);
            ck_assert_uint_eq(damage.bytes, 1);
        }
}
END_TEST

MT_UNIT_TESTS("guard", who_has_waited_longest_comes_first, places_are_counted_on_beyond_their_type,
              nothing_is_lost_or_given_twice_among_threads, a_canary_says_where_it_was_touched,
              a_pattern_is_whole_until_a_byte_changes)
