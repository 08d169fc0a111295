/* The lock of the rare paths: however long its holder takes, it is waited for, unless the kernel no
 * longer knows the holder. */
#include "lock.h"

#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "unit.h"

enum { THREADS = 50, TURNS = 2000 };

static struct mt_lock lock;
static int is_held;
static long counter;

static void sleep_ms(long ms)
{
    const struct timespec pause = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&pause, NULL);
}

static void *hold_for_long(void *ms)
{
    uint64_t signals;
    ck_assert_int_eq(mt_lock_take(&lock, &signals), 1);
    __atomic_store_n(&is_held, 1, __ATOMIC_RELEASE);
    sleep_ms(*(const long *)ms);
    __atomic_store_n(&counter, counter + 1, __ATOMIC_RELAXED); /* asked without the lock, too */
    mt_lock_release(&lock, signals);
    return NULL;
}

static pthread_t held_for(long *ms)
{
    pthread_t holder;
    ck_assert_int_eq(pthread_create(&holder, NULL, hold_for_long, ms), 0);
    while (!__atomic_load_n(&is_held, __ATOMIC_ACQUIRE))
        sched_yield();
    return holder;
}

START_TEST(a_slow_holder_is_waited_for)
{
    long ms = 1700;
    uint64_t signals;
    const pthread_t holder = held_for(&ms);
    ck_assert_int_eq(mt_lock_take(&lock, &signals), 1);
    ck_assert_int_eq(counter, 1);
    mt_lock_release(&lock, signals);
    pthread_join(holder, NULL);
}
END_TEST

START_TEST(who_can_do_without_waits_for_a_while)
{
    long ms = 500;
    uint64_t signals;
    const pthread_t holder = held_for(&ms);
    ck_assert_int_eq(mt_lock_take_within(&lock, 50, &signals), 0);
    ck_assert_int_eq(__atomic_load_n(&counter, __ATOMIC_RELAXED), 0);
    ck_assert_int_eq(mt_lock_take(&lock, &signals), 1); /* it is not lost */
    mt_lock_release(&lock, signals);
    pthread_join(holder, NULL);
}
END_TEST

/* The lock lies in memory that a child shares, as that of a vfork child is. Not vfork nor clone:
 * clang's ThreadSanitizer takes a clone for a fork and cannot go on in memory that both share. */
START_TEST(a_holder_that_is_gone_is_not_waited_for)
{
    uint64_t signals;
    int status;
    struct mt_lock *left =
        mmap(NULL, sizeof *left, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(left, MAP_FAILED);
    const pid_t child = fork();
    if (child == 0)
        _exit(mt_lock_take(left, &signals) == 1 ? 0 : 1);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    ck_assert_int_eq(mt_lock_take(left, &signals), 0);
    ck_assert_int_eq(mt_lock_take(left, &signals), 0);
    munmap(left, sizeof *left);
}
END_TEST

static void *take_turns(void *unused)
{
    for (int i = 0; i < TURNS; i++) {
        uint64_t signals;
        ck_assert_int_eq(mt_lock_take(&lock, &signals), 1);
        counter++;
        mt_lock_release(&lock, signals);
    }
    return unused;
}

START_TEST(one_holds_it_at_a_time)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, take_turns, NULL), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    ck_assert_int_eq(counter, THREADS * TURNS);
}
END_TEST

MT_UNIT_TESTS("lock", a_slow_holder_is_waited_for, who_can_do_without_waits_for_a_while,
              a_holder_that_is_gone_is_not_waited_for, one_holds_it_at_a_time)
