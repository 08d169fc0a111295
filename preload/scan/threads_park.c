/* threads_park.c: takes the list of threads in /proc/self/task, sends each a signal, and waits
 * until all of them wait in its handler.
 *
 * The signal is SIGURG (urgent.h), whose default is to be ignored: one that arrives late, in a
 * thread that had it blocked, or after exec, does nothing. It is sent with a value of ours, so that
 * others of that number are told apart. The kernel puts all registers on the stack that the thread
 * runs on, or on its stack for signals where it has one: it may run on a fiber that has no room for
 * them.
 *
 * A thread that has the signal blocked is not asked: it may take signals by sigwait or from a
 * signalfd, and would be given ours. Another may not answer: it waits in the kernel where no signal
 * wakes it, or has ended but for its name. It is asked for in /proc, so that nobody waits for it in
 * vain. Of both, what the kernel says of the stack pointer is taken down: where the thread is in a
 * system call, that is the truth for as long as it stays there. */
#include "threads_park.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <time.h>
#include <ucontext.h>
#include "arch.h"
#include "clock.h"
#include "line.h"
#include "memory.h"
#include "procfs.h"
#include "sys.h"
#include "urgent.h"

enum {
    SIGNAL = SIGURG,
    FEW = 64,
    ROUNDS = 30,               /* lists read until one has nobody new */
    STEP_NS = 5 * 1000 * 1000, /* after which those that have not answered are looked at */
    STEPS = 100,
    LINGER_NS = 500 * 1000 * 1000,
    SIGSET_BYTES = 8,
    RED_ZONE = 128, /* below the stack pointer, in use all the same */
};

enum { NOBODY = 0, PARKED, LEAVING };

static struct mt_parked few[FEW]; /* the list where it is short */
static struct mt_threads threads;
static uint32_t list_room;
static uint32_t parking; /* one of these; futex */
static uint32_t arrived; /* threads that stand still; futex */
static uint64_t signals_before;
static int is_taken; /* the signal, since the last stop */

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
    thread->sp = is_apart ? sp - RED_ZONE : at;
}

static void stand_still(struct mt_parked *thread, const ucontext_t *context)
{
    note_stack(thread, context);
    thread->thread_pointer = mt_arch_thread_pointer();
    __atomic_store_n(&thread->state, MT_PARK_STANDS, __ATOMIC_RELEASE);
    __atomic_fetch_add(&arrived, 1, __ATOMIC_RELEASE);
    mt_sys(SYS_futex, &arrived, FUTEX_WAKE_PRIVATE, 1);
    uint32_t now;
    while ((now = __atomic_load_n(&parking, __ATOMIC_ACQUIRE)) == PARKED)
        mt_sys(SYS_futex, &parking, FUTEX_WAIT_PRIVATE, PARKED, NULL);
    const struct timespec linger = {0, LINGER_NS};
    if (now == LEAVING)
        mt_sys(SYS_futex, &parking, FUTEX_WAIT_PRIVATE, LEAVING, &linger);
}

int mt_threads_arrive(const siginfo_t *info, const void *context)
{
    if (info->si_code != SI_QUEUE || info->si_value.sival_ptr != &parking)
        return 0;
    if (__atomic_load_n(&parking, __ATOMIC_ACQUIRE) != PARKED)
        return 1; /* late */
    struct mt_parked *thread = find((uint32_t)mt_sys(SYS_gettid));
    if (thread && thread->state <= MT_PARK_SILENT)
        stand_still(thread, context);
    return 1;
}

static int take(void)
{
    return is_taken = mt_urgent_take();
}

/* ---- what the kernel says of a thread ---- */

static size_t read_of(uint32_t tid, const char *file, char *to, size_t room)
{
    struct mt_line path;
    mt_line_start(&path);
    mt_line_add(&path, "/proc/self/task/");
    mt_line_add_number(&path, tid);
    mt_line_add(&path, file);
    return mt_procfs_read(path.text, to, room);
}

static uint32_t number(const char *text)
{
    uint32_t value = 0;
    for (; *text >= '0' && *text <= '9'; text++)
        value = value * 10 + (uint32_t)(*text - '0');
    return value;
}

static uint64_t hexadecimal(const char *text)
{
    uint64_t value = 0;
    for (;; text++) {
        if (*text >= '0' && *text <= '9')
            value = value << 4 | (uint64_t)(*text - '0');
        else if (*text >= 'a' && *text <= 'f')
            value = value << 4 | (uint64_t)(*text - 'a' + 10);
        else
            return value;
    }
}

/* What follows `field` in the text; "" where it is not there. */
static const char *after(const char *text, const char *field)
{
    for (; *text; text++) {
        size_t i = 0;
        while (field[i] && text[i] == field[i])
            i++;
        if (!field[i])
            return text + i;
    }
    return text;
}

/* Whether the signal would wait in the thread, or be given to the program: a thread that takes its
 * signals one by one, by sigwait or from a signalfd, has blocked them, and while it is in sigwait
 * the kernel does not count those as blocked. */
static int takes_signals_itself(uint32_t tid)
{
    char text[4096];
    if (read_of(tid, "/syscall", text, sizeof text) && text[0] >= '0' && text[0] <= '9' &&
        number(text) == SYS_rt_sigtimedwait)
        return 1;
    return read_of(tid, "/status", text, sizeof text) &&
           hexadecimal(after(text, "SigBlk:\t")) >> (SIGNAL - 1) & 1;
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
static long ask(uint32_t tid, uint32_t pid)
{
    siginfo_t info = {0};
    info.si_signo = SIGNAL;
    info.si_code = SI_QUEUE;
    info.si_pid = (pid_t)pid;
    info.si_value.sival_ptr = &parking;
    return mt_sys(SYS_rt_tgsigqueueinfo, pid, tid, SIGNAL, &info);
}

static int meet(uint32_t tid, uint32_t pid)
{
    if (find(tid) || threads.count == list_room)
        return 0; /* known, or one too many: there will be a next scan */
    struct mt_parked *thread = &threads.list[threads.count];
    *thread = (struct mt_parked){.tid = tid};
    __atomic_store_n(&threads.count, threads.count + 1, __ATOMIC_RELEASE);
    const int is_to_be_asked = !takes_signals_itself(tid) && (is_taken || take());
    const long error = is_to_be_asked ? ask(tid, pid) : -EAGAIN;
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
            const uint32_t tid = number(entry->name);
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

static enum prospect prospect_of(const struct mt_parked *thread)
{
    char text[4096];
    if (!read_of(thread->tid, "/status", text, sizeof text))
        return HAS_ENDED;
    const char state = *after(text, "State:\t");
    if (state == 'Z' || state == 'X')
        return HAS_ENDED;
    const uint64_t blocked = hexadecimal(after(text, "SigBlk:\t"));
    return state == 'D' || state == 'T' || blocked >> (SIGNAL - 1) & 1 ? WILL_NOT : WILL_ANSWER;
}

/* "number a b c d e f sp pc" where the thread is in a system call, "-1 sp pc" where it is not, but
 * sleeps. */
static uint64_t stack_pointer_of(uint32_t tid)
{
    char text[512];
    if (!read_of(tid, "/syscall", text, sizeof text) || text[0] == 'r' /* running */)
        return 0;
    const int fields = text[0] == '-' ? 1 : 7;
    const char *at = text;
    for (int i = 0; i < fields; i++)
        at = after(at, " ");
    return at[0] == '0' && at[1] == 'x' ? hexadecimal(at + 2) : 0;
}

/* Returns how many may still answer. */
static uint32_t look_at_the_silent(void)
{
    uint32_t left = 0;
    for (uint32_t i = 0; i < threads.count; i++) {
        struct mt_parked *thread = &threads.list[i];
        uint32_t state = MT_PARK_ASKED;
        if (__atomic_load_n(&thread->state, __ATOMIC_ACQUIRE) != MT_PARK_ASKED)
            continue;
        const enum prospect prospect = prospect_of(thread);
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
            left = look_at_the_silent();
    }
}

/* ---- stop and release ---- */

static void note_the_silent(void)
{
    for (uint32_t i = 0; i < threads.count; i++) {
        struct mt_parked *thread = &threads.list[i];
        const uint64_t sp = thread->state <= MT_PARK_SILENT ? stack_pointer_of(thread->tid) : 0;
        /* It may answer at this very moment. */
        if (sp && __atomic_load_n(&thread->state, __ATOMIC_ACQUIRE) <= MT_PARK_SILENT)
            thread->sp = sp;
    }
}

const struct mt_threads *mt_threads_stop(uint64_t sp, const void *context)
{
    const uint64_t all = UINT64_MAX;
    const uint32_t pid = (uint32_t)mt_sys(SYS_getpid);
    threads.count = 0;
    if (!make_list(pid))
        return NULL;
    mt_sys(SYS_rt_sigprocmask, SIG_SETMASK, &all, &signals_before, SIGSET_BYTES);
    threads.list[0] = (struct mt_parked){(uint32_t)mt_sys(SYS_gettid), MT_PARK_SELF, sp,
                                         mt_arch_thread_pointer()};
    if (context)
        note_stack(&threads.list[0], context);
    __atomic_store_n(&threads.count, 1, __ATOMIC_RELEASE);
    __atomic_store_n(&arrived, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&parking, PARKED, __ATOMIC_RELEASE);
    int met = 1;
    is_taken = 0;
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
    __atomic_store_n(&parking, how, __ATOMIC_RELEASE);
    mt_sys(SYS_futex, &parking, FUTEX_WAKE_PRIVATE, INT32_MAX);
    mt_sys(SYS_rt_sigprocmask, SIG_SETMASK, &signals_before, NULL, SIGSET_BYTES);
}

void mt_threads_release(void)
{
    release(NOBODY);
}

void mt_threads_release_late(void)
{
    release(LEAVING);
}
