/* threads_park.c: takes the list of threads in /proc/self/task, sends each a signal, and waits
 * until all of them wait in its handler.
 *
 * The signal is SIGURG (urgent.h), whose default is to be ignored: one that arrives late, in a
 * thread that had it blocked, or after exec, does nothing. It is sent with a value of ours, so that
 * others of that number are told apart. The kernel puts all registers on the stack that the thread
 * runs on, or on its stack for signals where it has one: it may run on a fiber that has no room for
 * them.
 *
 * A thread that has the signal blocked is not asked by it: it may take signals by sigwait or from a
 * signalfd, and would be given ours. It is asked by libc's own (libc_signal.h), where that cannot
 * follow it through exec. In a place of the tracer's own (signals.h) it has both blocked, and will
 * be out of it in a moment, so it is asked again: it may wait for another there, or for the disk.
 * Another may not answer: it waits in the kernel where no signal wakes it,
 * or has ended but for its name. It is asked for in /proc, so that nobody waits for it in vain. Of
 * those that were not asked or do not answer, what the kernel says of the stack pointer and of six
 * registers is taken down: where the thread is in a system call, that is the truth for as long as
 * it stays there. */
#include "threads_park.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <time.h>
#include <ucontext.h>
#include "arch.h"
#include "clock.h"
#include "libc_signal.h"
#include "memory.h"
#include "procfs.h"
#include "restart.h"
#include "signals.h"
#include "sys.h"
#include "thread_stacks.h"
#include "thread_status.h"
#include "urgent.h"

enum {
    FEW = 64,
    ROUNDS = 30,               /* lists read until one has nobody new */
    STEP_NS = 5 * 1000 * 1000, /* after which those that have not answered are looked at */
    STEPS = 400,               /* two seconds: of a busy machine, until each has had its turn */
    STEPS_LATE = 100,
    LINGER_NS = 500 * 1000 * 1000,
    SIGSET_BYTES = 8,
    ASK_STEP_NS = 500 * 1000,
    PATIENCE = 100,       /* such steps in a stop, for all threads together */
    PATIENCE_HELD = 2000, /* with those that are in a place of the tracer's */
    EXEC_STEP_NS = 50 * 1000,
};

enum { NOBODY = 0, PARKED, LEAVING, STOP = 4 /* is added with each stop */ };

static struct mt_parked few[FEW]; /* the list where it is short */
static struct mt_threads threads;
static uint32_t list_room;
static uint32_t parking; /* one of these, and which stop; futex */
static uint32_t arrived; /* threads that stand still; futex */
static uint64_t signals_before;
static int is_held;
static int is_ending;                    /* the process: how threads may be asked */
static uint32_t patience, patience_held; /* steps left */
static int has_urgent, has_libcs;        /* the signal has been taken for this stop */
static uint32_t holding_exec; /* pid of the process, while no thread of it may begin one */

/* ---- in the handler ---- */

static struct mt_parked *find(uint32_t tid)
{
    const uint32_t count = __atomic_load_n(&threads.count, __ATOMIC_ACQUIRE);
    for (uint32_t i = 0; i < count; i++)
        if (threads.list[i].tid == tid)
            return &threads.list[i];
    return NULL;
}

/* The registers lie on the stack that the thread runs on, or where it has room for signals. */
static void note_stack(struct mt_parked *thread, const ucontext_t *context)
{
    const uint64_t sp = mt_arch_saved_sp(context), at = (uintptr_t)context;
    const uint64_t low = (uintptr_t)context->uc_stack.ss_sp, bytes = context->uc_stack.ss_size;
    const int is_apart = at - low < bytes && sp - low >= bytes;
    thread->saved = is_apart ? at : 0;
    thread->saved_end = is_apart ? low + bytes : 0;
    thread->sp = is_apart ? sp - MT_RED_ZONE_BYTES : at;
}

static uint64_t own_descriptor(void)
{
    return mt_arch_descriptor(mt_thread_stacks_layout()->bytes);
}

/* Until the stop `stop` is over. One that gets its turn so late that there is another stop already
 * leaves all the same, and is asked anew. */
static void stand_still(struct mt_parked *thread, const ucontext_t *context, uint32_t stop)
{
    note_stack(thread, context);
    thread->descriptor = own_descriptor();
    thread->call = (struct mt_thread_call){.number = -1};
    __atomic_store_n(&thread->state, MT_PARK_STANDS, __ATOMIC_RELEASE);
    __atomic_fetch_add(&arrived, 1, __ATOMIC_RELEASE);
    mt_sys(SYS_futex, &arrived, FUTEX_WAKE_PRIVATE, 1);
    uint32_t now;
    while ((now = __atomic_load_n(&parking, __ATOMIC_ACQUIRE)) == stop)
        mt_sys(SYS_futex, &parking, FUTEX_WAIT_PRIVATE, stop, NULL);
    const struct timespec linger = {0, LINGER_NS};
    if (now % STOP == LEAVING)
        mt_sys(SYS_futex, &parking, FUTEX_WAIT_PRIVATE, now, &linger);
}

static int is_parking(uint32_t stop)
{
    return stop % STOP == PARKED;
}

/* The entry of this thread in the list of the stop that there is; NULL where it has none, or nobody
 * asks for it. A list is made anew when the stop before has ended, which the word says first. */
static struct mt_parked *find_self(int is_ours, uint32_t *ret_stop)
{
    const uint32_t tid = (uint32_t)mt_sys(SYS_gettid);
    struct mt_parked *found;
    do {
        *ret_stop = __atomic_load_n(&parking, __ATOMIC_ACQUIRE);
        found = is_ours || is_parking(*ret_stop) ? find(tid) : NULL;
    } while (__atomic_load_n(&parking, __ATOMIC_ACQUIRE) != *ret_stop);
    return found;
}

/* SIGURG does not queue: where another is on its way to the thread, the one from here is dropped,
 * and that one stands for both. */
int mt_threads_arrive(const siginfo_t *info, void *context)
{
    const int is_ours = info->si_code == SI_QUEUE && info->si_value.sival_ptr == &parking;
    uint32_t stop;
    struct mt_parked *thread = find_self(is_ours, &stop);
    if (!thread || thread->state > MT_PARK_SILENT)
        return is_ours;
    const struct mt_thread_call call = thread->call;
    if (is_parking(stop)) /* else it is late */
        stand_still(thread, context, stop);
    if (is_ours)
        mt_restart(context, &call);
    return is_ours;
}

/* ---- the signal to ask by ---- */

/* Whether a thread in sigwait waits for it: it would be given to the program. */
static int is_awaited(const struct mt_thread_call *call, int number)
{
    enum { NO_SUCH_WAY = 99 };
    const uint64_t *set = (const uint64_t *)call->arguments[0];
    if (call->number != SYS_rt_sigtimedwait)
        return 0;
    /* Only whether it can be read: the kernel reads the set before it looks at what to do. */
    return mt_sys(SYS_rt_sigprocmask, NO_SUCH_WAY, set, NULL, SIGSET_BYTES) != -EINVAL ||
           *set >> (number - 1) & 1;
}

/* The signal's default is death, and exec restores it: one that is late must not be there when
 * another program begins. A thread that sleeps in a call handles it before it is in user mode
 * again, from where alone it could call exec. What remains is the instant between the look whether
 * it sleeps and the sending; there an exec that comes through libc is held back (hold_exec). */
static int is_safe_to_ask(const struct mt_thread_call *call)
{
    return is_ending ||
           (call->number >= 0 && call->number != SYS_execve && call->number != SYS_execveat);
}

/* 0: by none, -1: it has ended; *ret_is_busy says whether it is in a place of the tracer's. A
 * signal would wait in a thread that has it blocked, or be given to the program: a thread that
 * takes its signals one by one, by sigwait or from a signalfd, has blocked them, and while it is in
 * sigwait the kernel does not count those as blocked. */
static int signal_for(uint32_t tid, struct mt_thread_call *ret_call, int *ret_is_busy)
{
    struct mt_thread_status status;
    struct mt_thread_call before = {.number = -1};
    *ret_call = before;
    *ret_is_busy = 0;
    mt_thread_call(tid, &before);
    if (!mt_thread_status(tid, &status))
        return -1;
    *ret_is_busy = mt_signals_are_held(status.blocked);
    mt_thread_call(tid, ret_call);
    if (before.number == SYS_rt_sigtimedwait && ret_call->number != SYS_rt_sigtimedwait)
        return 0; /* it is on its way: what it has blocked was said of there */
    if (!(status.blocked >> (SIGURG - 1) & 1) && !is_awaited(ret_call, SIGURG))
        return SIGURG;
    const int can_be = !(status.blocked >> (MT_LIBC_SIGNAL - 1) & 1) &&
                       !is_awaited(ret_call, MT_LIBC_SIGNAL) && is_safe_to_ask(ret_call);
    return can_be ? MT_LIBC_SIGNAL : 0;
}

/* Once for each stop. */
static int take(int number)
{
    int *is_taken = number == SIGURG ? &has_urgent : &has_libcs;
    if (!*is_taken)
        *is_taken = number == SIGURG ? mt_urgent_take() : mt_libc_signal_take();
    return *is_taken;
}

/* ---- who there is ---- */

struct entry { /* struct linux_dirent64 */
    uint64_t inode;
    int64_t offset;
    uint16_t bytes;
    uint8_t type;
    char name[];
};

/* Returns what the kernel says. */
static long send(uint32_t tid, uint32_t pid, uint32_t number)
{
    siginfo_t info = {0};
    info.si_signo = (int)number;
    info.si_code = SI_QUEUE;
    info.si_pid = (pid_t)pid;
    info.si_value.sival_ptr = &parking;
    return mt_sys(SYS_rt_tgsigqueueinfo, pid, tid, number, &info);
}

/* A thread that was seen asleep after this has not come by mt_threads_may_exec yet. In a forked
 * child, where nobody would let go, the number is another's. */
static void hold_exec(uint32_t pid)
{
    __atomic_store_n(&holding_exec, pid, __ATOMIC_SEQ_CST);
}

void mt_threads_may_exec(void)
{
    const struct timespec step = {0, EXEC_STEP_NS};
    uint32_t holder;
    while ((holder = __atomic_load_n(&holding_exec, __ATOMIC_SEQ_CST)) &&
           holder == (uint32_t)mt_sys(SYS_getpid))
        mt_sys(SYS_nanosleep, &step, NULL);
}

/* Returns 0 where it has been asked. */
static long ask_once(struct mt_parked *thread, uint32_t pid, int *ret_is_busy)
{
    hold_exec(pid);
    const int number = signal_for(thread->tid, &thread->call, ret_is_busy);
    thread->asked_by = number > 0 ? (uint32_t)number : 0;
    const long error = number < 0               ? -ESRCH
                       : number && take(number) ? send(thread->tid, pid, thread->asked_by)
                                                : -EAGAIN;
    hold_exec(0);
    return error;
}

/* One that is about has signals blocked for a moment perhaps: in a handler, or on its way into a
 * call where it can be asked, or out of its last one. */
static long ask(struct mt_parked *thread, uint32_t pid)
{
    const struct timespec step = {0, ASK_STEP_NS};
    for (;;) {
        int is_busy;
        const long error = ask_once(thread, pid, &is_busy);
        uint32_t *left = is_busy ? &patience_held : &patience;
        if (error != -EAGAIN ||
            !(is_busy || thread->call.number < 0 || thread->call.number == SYS_exit) || !*left)
            return error;
        --*left;
        mt_sys(SYS_nanosleep, &step, NULL);
    }
}

static int meet(uint32_t tid, uint32_t pid)
{
    if (find(tid) || threads.count == list_room)
        return 0; /* known, or one too many: there will be a next scan */
    struct mt_parked *thread = &threads.list[threads.count];
    *thread = (struct mt_parked){.tid = tid, .call.number = -1};
    __atomic_store_n(&threads.count, threads.count + 1, __ATOMIC_RELEASE);
    const long error = ask(thread, pid);
    if (error)
        thread->state = error == -ESRCH ? MT_PARK_GONE : MT_PARK_SILENT;
    return 1;
}

/* Calls `visit` for each thread; returns the sum of what it returns, -1 without /proc. */
static int each_thread(int (*visit)(uint32_t tid, uint32_t pid), uint32_t pid)
{
    char buffer[4096] __attribute__((aligned(8)));
    const long fd =
        mt_sys(SYS_openat, AT_FDCWD, "/proc/self/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int sum = 0;
    long got;
    if (fd < 0)
        return -1;
    while ((got = mt_sys(SYS_getdents64, fd, buffer, sizeof buffer)) > 0) {
        for (long at = 0; at < got;) {
            const struct entry *entry = (const struct entry *)(buffer + at);
            const uint32_t tid = (uint32_t)mt_procfs_number(entry->name);
            sum += tid ? visit(tid, pid) : 0;
            at += entry->bytes;
        }
    }
    mt_sys(SYS_close, fd);
    return sum;
}

static int count(uint32_t tid, uint32_t pid)
{
    (void)tid;
    (void)pid;
    return 1;
}

/* Room for twice as many threads as there are. */
static int make_list(uint32_t pid)
{
    const int present = each_thread(count, pid);
    if (present < 0)
        return 0;
    const uint32_t wanted = 2 * (uint32_t)present;
    if (wanted > list_room && wanted > FEW) {
        struct mt_parked *list = mt_map_kept(wanted * sizeof *list);
        if (!list)
            return 0;
        threads.list = list;
        list_room = wanted;
    } else if (!list_room) {
        threads.list = few;
        list_room = FEW;
    }
    return 1;
}

/* ---- those that do not answer ---- */

enum prospect { WILL_ANSWER, WILL_NOT, HAS_ENDED };

/* One that has blocked the signal after it was asked is mostly in a handler, and one in the
 * kernel's hands waits for a page: for some steps that is given time. In a place of the tracer's it
 * stays for a moment, however late its turn comes. */
static enum prospect prospect_of(const struct mt_parked *thread, int steps)
{
    struct mt_thread_status status;
    if (!mt_thread_status(thread->tid, &status))
        return HAS_ENDED;
    const int is_late = status.state == 'D' || (status.blocked >> (thread->asked_by - 1) & 1 &&
                                                !mt_signals_are_held(status.blocked));
    return status.state == 'T' || (is_late && steps > STEPS_LATE) ? WILL_NOT : WILL_ANSWER;
}

/* Returns how many may still answer. */
static uint32_t look_at_the_silent(int steps)
{
    uint32_t left = 0;
    for (uint32_t i = 0; i < threads.count; i++) {
        struct mt_parked *thread = &threads.list[i];
        uint32_t state = MT_PARK_ASKED;
        if (__atomic_load_n(&thread->state, __ATOMIC_ACQUIRE) != MT_PARK_ASKED)
            continue;
        const enum prospect prospect = prospect_of(thread, steps);
        left += prospect == WILL_ANSWER;
        if (prospect != WILL_ANSWER)
            __atomic_compare_exchange_n(&thread->state, &state,
                                        prospect == HAS_ENDED ? MT_PARK_GONE : MT_PARK_SILENT, 0,
                                        __ATOMIC_RELAXED, __ATOMIC_RELAXED);
    }
    return left;
}

static void wait_for_all(void)
{
    const struct timespec step = {0, STEP_NS};
    uint32_t left = 1;
    for (int i = 0; i < STEPS && left; i++) {
        const uint32_t now = __atomic_load_n(&arrived, __ATOMIC_ACQUIRE);
        if (now + 1 >= threads.count)
            return;
        if (mt_sys(SYS_futex, &arrived, FUTEX_WAIT_PRIVATE, now, &step) == -ETIMEDOUT)
            left = look_at_the_silent(i);
    }
}

/* ---- stop and release ---- */

static void note_the_silent(void)
{
    for (uint32_t i = 0; i < threads.count; i++) {
        struct mt_parked *thread = &threads.list[i];
        struct mt_thread_call call;
        /* It may answer at this very moment. */
        if (thread->state > MT_PARK_SILENT || !mt_thread_call(thread->tid, &call) ||
            __atomic_load_n(&thread->state, __ATOMIC_ACQUIRE) > MT_PARK_SILENT)
            continue;
        thread->sp = call.sp;
        thread->call = call;
    }
}

const struct mt_threads *mt_threads_stop(uint64_t sp, const void *context, int at_end)
{
    const uint32_t pid = (uint32_t)mt_sys(SYS_getpid);
    threads.count = 0;
    if (!make_list(pid))
        return NULL;
    is_held = mt_signals_hold(&signals_before);
    threads.list[0] = (struct mt_parked){.tid = (uint32_t)mt_sys(SYS_gettid),
                                         .state = MT_PARK_SELF,
                                         .sp = sp,
                                         .descriptor = own_descriptor()};
    if (context)
        note_stack(&threads.list[0], context);
    __atomic_store_n(&threads.count, 1, __ATOMIC_RELEASE);
    __atomic_store_n(&arrived, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&parking, parking - parking % STOP + STOP + PARKED, __ATOMIC_RELEASE);
    int met = 1;
    is_ending = at_end;
    has_urgent = has_libcs = 0;
    patience = PATIENCE;
    patience_held = PATIENCE_HELD;
    for (int round = 0; round < ROUNDS && met > 0; round++)
        if ((met = each_thread(meet, pid)) > 0)
            wait_for_all();
    if (met >= 0) {
        note_the_silent();
        return &threads;
    }
    mt_threads_release();
    return NULL;
}

static void release(uint32_t how)
{
    __atomic_store_n(&parking, parking - parking % STOP + how, __ATOMIC_RELEASE);
    mt_sys(SYS_futex, &parking, FUTEX_WAKE_PRIVATE, INT32_MAX);
    if (is_held)
        mt_signals_release(signals_before);
}

void mt_threads_release(void)
{
    release(NOBODY);
}

void mt_threads_release_late(void)
{
    release(LEAVING);
}
