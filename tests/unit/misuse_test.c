/* misuse_test.c: what is kept of misuses and of releases: the table of the trace, which counts what
 * it loses, and the places of the last releases; both while threads and signals come in between. */
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#include "errors.h"
#include "extents.h"
#include "process.h"
#include "released.h"
#include "stack.h"
#include "unit.h"

/* ---- in place of the trace ---- */

static struct mt_header header = {.version = MT_TRACE_VERSION};
static struct mt_process process = {.header = &header};
struct mt_process *mt_process = &process;
static int has_room = 1;
static uint64_t now_ms;

struct mt_header *mt_trace_header(void)
{
    return mt_process ? &header : NULL;
}

struct mt_extent *mt_extent_take_sparse(uint32_t units)
{
    void *at = mmap(NULL, (size_t)units << MT_UNIT_SHIFT, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return has_room && at != MAP_FAILED ? at : NULL;
}

int mt_extent_back(void *at, uint64_t bytes)
{
    (void)at, (void)bytes;
    return 1;
}

void mt_extent_publish(struct mt_extent *extent, enum mt_extent_kind kind, uint32_t units,
                       uint32_t ordinal, uint64_t used)
{
    (void)ordinal, (void)used;
    extent->kind = kind;
    extent->units = units;
}

void mt_extent_give_back(struct mt_extent *extent)
{
    munmap(extent, MT_UNIT_BYTES);
}

uint64_t mt_process_now_ms(void)
{
    return __atomic_add_fetch(&now_ms, 1, __ATOMIC_RELAXED); /* threads ask */
}

uint32_t mt_stack_of_caller(uintptr_t pc, enum mt_function function)
{
    return (uint32_t)pc + 1 + (uint32_t)function;
}

/* ---- misuses ---- */

static const struct mt_misuse *slots(void)
{
    return (const struct mt_misuse *)process.errors;
}

static const struct mt_errors_head *head(void)
{
    return (const struct mt_errors_head *)(process.errors + 1);
}

static struct mt_misuse misuse(uint32_t stack, uint32_t allocated)
{
    return (struct mt_misuse){
        .kind = MT_MISUSE_MISMATCH,
        .stack = stack,
        .allocated = allocated,
        .address = 0x1000 + stack,
        .block_bytes = allocated,
        .function = MT_FN_FREE,
    };
}

/* The slot of it; NULL where there is none. */
static const struct mt_misuse *find(uint32_t stack, uint32_t allocated)
{
    const uint64_t key = mt_misuse_key(MT_MISUSE_MISMATCH, stack, allocated);
    for (int i = 1; i < MT_MISUSE_SLOTS; i++)
        if (slots()[i].key == key)
            return &slots()[i];
    return NULL;
}

static void note(uint32_t stack, uint32_t allocated)
{
    const struct mt_misuse one = misuse(stack, allocated);
    mt_errors_note(&one);
}

START_TEST(the_first_is_kept_and_later_ones_are_counted)
{
    note(7, 9);
    struct mt_misuse later = misuse(7, 9);
    later.address = 1;
    mt_errors_note(&later);
    const struct mt_misuse *found = find(7, 9);
    ck_assert_ptr_nonnull(found);
    ck_assert_uint_eq(found->count, 2);
    ck_assert_uint_eq(found->address, 0x1007);
    ck_assert_uint_eq(found->block_bytes, 9);
    ck_assert_uint_eq(found->function, MT_FN_FREE);
    ck_assert_uint_eq(found->kind, MT_MISUSE_MISMATCH);
    ck_assert_uint_lt(found->first_ms, found->last_ms);
    ck_assert_uint_eq(process.errors->used, 1);
    uint64_t different, times;
    mt_errors_totals(&different, &times);
    ck_assert_uint_eq(different, 1);
    ck_assert_uint_eq(times, 2);
}
END_TEST

START_TEST(kind_and_both_stacks_tell_them_apart)
{
    note(7, 9);
    note(9, 7);
    note(7, 8);
    struct mt_misuse other = misuse(7, 9);
    other.kind = MT_MISUSE_DOUBLE_FREE;
    mt_errors_note(&other);
    const uint32_t top = (1u << MT_NODE_BITS) - 1;
    note(top, top);
    ck_assert_uint_eq(process.errors->used, 5);
    ck_assert_uint_eq(find(top, top)->count, 1);
}
END_TEST

START_TEST(what_finds_no_room_is_counted)
{
    enum { MORE = 40 };
    for (uint32_t i = 0; i < MT_MISUSE_SLOTS - 1 + MORE; i++)
        note(i + 1, 0);
    note(1, 0);
    ck_assert_uint_eq(process.errors->used, MT_MISUSE_SLOTS - 1);
    ck_assert_uint_eq(head()->lost, MORE);
    ck_assert_uint_eq(find(1, 0)->count, 2);
    uint64_t different, times;
    mt_errors_totals(&different, &times);
    ck_assert_uint_eq(different, MT_MISUSE_SLOTS);
    ck_assert_uint_eq(times, MT_MISUSE_SLOTS + MORE);
}
END_TEST

START_TEST(without_room_for_the_table_nothing_happens)
{
    has_room = 0;
    ck_assert_int_eq(mt_errors_start(MT_CHECKED_CALLS), 0);
    note(1, 2);
    mt_errors_blind();
    has_room = 1;
    ck_assert_int_ne(mt_errors_start(MT_CHECKED_CALLS), 0);
    ck_assert_int_ne(mt_errors_start(MT_CHECKED_GUARDS), 0);
    mt_errors_blind();
    ck_assert_uint_eq(head()->checks, MT_CHECKED_CALLS | MT_CHECKED_GUARDS);
    ck_assert_uint_eq(head()->blind, 1);
    mt_process = NULL; /* before the tracer has begun */
    note(1, 2);
    uint64_t different, times;
    mt_errors_totals(&different, &times);
    ck_assert_uint_eq(times, 0);
}
END_TEST

enum { THREADS = 6, NOTES = 10000, KINDS = 307 };

static void *note_many(void *argument)
{
    for (uint32_t i = 0; i < NOTES; i++)
        note(1 + (i * 7 + *(uint32_t *)argument) % KINDS, 5);
    return NULL;
}

static void check_counts(uint64_t wanted)
{
    uint64_t sum = 0, whole = 0;
    for (int i = 1; i < MT_MISUSE_SLOTS; i++) {
        sum += slots()[i].count;
        whole += slots()[i].kind == MT_MISUSE_MISMATCH;
        if (slots()[i].kind)
            ck_assert_uint_eq(slots()[i].address, 0x1000 + slots()[i].stack);
    }
    ck_assert_uint_eq(sum, wanted);
    ck_assert_uint_eq(whole, KINDS);
    ck_assert_uint_eq(process.errors->used, KINDS);
}

START_TEST(threads_lose_no_count)
{
    pthread_t threads[THREADS];
    uint32_t starts[THREADS];
    for (uint32_t i = 0; i < THREADS; i++) {
        starts[i] = i * 41;
        pthread_create(&threads[i], NULL, note_many, &starts[i]);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    check_counts((uint64_t)THREADS * NOTES);
}
END_TEST

static volatile uint64_t handled;

static void on_alarm(int number)
{
    (void)number;
    note(1 + (uint32_t)(handled % KINDS), 5);
    handled++;
}

START_TEST(a_signal_in_the_middle_loses_no_count)
{
    const struct itimerval every = {{0, 50}, {0, 50}}, never = {0};
    uint32_t start = 3;
    signal(SIGALRM, on_alarm);
    setitimer(ITIMER_REAL, &every, NULL);
    for (int i = 0; i < 20; i++)
        note_many(&start);
    setitimer(ITIMER_REAL, &never, NULL);
    check_counts(20 * NOTES + handled);
    ck_assert_uint_gt(handled, 0);
}
END_TEST

/* ---- releases ---- */

static uintptr_t address_of(uint64_t number)
{
    return 0x7f0000000010 + number * 48;
}

START_TEST(the_last_release_of_an_address_is_found)
{
    struct mt_released found;
    ck_assert_int_ne(mt_released_start(), 0);
    ck_assert_int_eq(mt_released_find(0, &found), 0);
    ck_assert_int_eq(mt_released_find(address_of(1), &found), 0);
    mt_released_keep(address_of(1), 111, MT_FN_FREE, mt_releaser_of_stack(5), 3);
    mt_released_keep(address_of(1), 222, MT_FN_SDALLOCX,
                     mt_releaser_of_stack((1 << MT_NODE_BITS) - 1), (1 << MT_THREAD_BITS) - 1);
    ck_assert_int_ne(mt_released_find(address_of(1), &found), 0);
    ck_assert_uint_eq(found.word, 222);
    ck_assert_uint_eq(found.stack, (1 << MT_NODE_BITS) - 1);
    ck_assert_uint_eq(found.thread, (1 << MT_THREAD_BITS) - 1);
    ck_assert_uint_eq(found.function, MT_FN_SDALLOCX);
    ck_assert_int_eq(mt_released_find(address_of(1) + 16, &found), 0);
}
END_TEST

START_TEST(a_caller_becomes_a_stack_when_asked)
{
    struct mt_released found;
    mt_released_start();
    mt_released_keep(address_of(2), 1, MT_FN_FREE, mt_releaser_of_caller(0x7fff12345678), 4);
    ck_assert_int_ne(mt_released_find(address_of(2), &found), 0);
    ck_assert_uint_eq(found.stack, (uint32_t)0x12345678 + 1);
    ck_assert_uint_eq(found.thread, 4);
}
END_TEST

static int is_over;

/* What belongs to each address is made of it, so a mixture of two would be seen. */
static void *keep_many(void *argument)
{
    (void)argument;
    for (uint64_t i = 0; !__atomic_load_n(&is_over, __ATOMIC_RELAXED); i++) {
        const uint64_t number = i % 200000;
        mt_released_keep(address_of(number), number * 3, MT_FN_FREE,
                         mt_releaser_of_stack((uint32_t)number), (uint32_t)(number % 4096));
    }
    return NULL;
}

START_TEST(no_mixture_of_two_releases_is_found)
{
    pthread_t threads[3];
    uint64_t hits = 0;
    mt_released_start();
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, keep_many, NULL);
    for (uint64_t i = 0; hits < 200000; i++) {
        struct mt_released found;
        const uint64_t number = i * 7919 % 200000;
        if (!mt_released_find(address_of(number), &found))
            continue;
        hits++;
        ck_assert_uint_eq(found.word, number * 3);
        ck_assert_uint_eq(found.stack, number);
        ck_assert_uint_eq(found.thread, number % 4096);
    }
    __atomic_store_n(&is_over, 1, __ATOMIC_RELAXED);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
}
END_TEST

START_TEST(a_forked_child_knows_none)
{
    struct mt_released found;
    mt_released_start();
    mt_released_keep(address_of(3), 1, MT_FN_FREE, mt_releaser_of_stack(4), 1);
    const pid_t child = fork();
    if (child == 0)
        _exit(mt_released_find(address_of(3), &found));
    int status = 1;
    waitpid(child, &status, 0);
    ck_assert_int_eq(status, 0);
}
END_TEST

MT_UNIT_TESTS("misuse", the_first_is_kept_and_later_ones_are_counted,
              kind_and_both_stacks_tell_them_apart, what_finds_no_room_is_counted,
              without_room_for_the_table_nothing_happens, threads_lose_no_count,
              a_signal_in_the_middle_loses_no_count, the_last_release_of_an_address_is_found,
              a_caller_becomes_a_stack_when_asked, no_mixture_of_two_releases_is_found,
              a_forked_child_knows_none)
