/* ask.c: from a pid and its trace to a new snapshot in it. A process sees the wish at its next
 * allocation; one that makes none is woken by SIGURG (knock.h), which the tracer catches as long as
 * the program leaves it at its default, to be ignored. It is sent again and again, at growing
 * intervals: it may find the process busy with a snapshot for somebody else, or its scan may have
 * died. The answer is the number of the newest snapshot, in the same page. */
#include "ask.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "knock.h"
#include "memtrace/trace_format.h"
#include "process.h"

enum {
    FIRST_PAUSE_US = 500,
    LONGEST_PAUSE_US = 20000,
    FIRST_KNOCK_MS = 25,
    FIRST_VERSION = 2,
    URGENT = 1 << (SIGURG - 1), /* in a set of signals */
};

/* ---- the trace ---- */

/* Only a file that is this user's: what another one prepared is not written to. */
static int open_own(const char *path, struct mt_error *error)
{
    const int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0) {
        mt_fail(error, MT_UNREADABLE, "%s: cannot be written to: %s (try: as its owner)", path,
                strerror(errno));
    } else if (!S_ISREG(status.st_mode) || status.st_size < (off_t)sizeof(struct mt_header)) {
        mt_fail(error, MT_UNREADABLE, "%s: is not a trace", path);
    } else if (status.st_uid != geteuid() && geteuid() != 0) {
        mt_fail(error, MT_UNREADABLE, "%s: is the trace of another user (try: as user %u)", path,
                status.st_uid);
    } else {
        return fd;
    }
    if (fd >= 0)
        close(fd);
    return -1;
}

static struct mt_header *map_header(const char *path, struct mt_error *error)
{
    const int fd = open_own(path, error);
    if (fd < 0)
        return NULL;
    struct mt_header *header =
        mmap(NULL, sizeof *header, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (header == MAP_FAILED) {
        mt_fail(error, MT_UNREADABLE, "%s: cannot be mapped: %s", path, strerror(errno));
        return NULL;
    }
    return header;
}

static int check_header(const struct mt_header *header, const char *path, uint32_t pid,
                        struct mt_error *error)
{
    if (memcmp(header->magic, MT_TRACE_MAGIC, sizeof header->magic) != 0 ||
        header->byte_order != MT_TRACE_BYTE_ORDER || header->header_bytes != MT_HEADER_BYTES)
        return mt_fail(error, MT_UNREADABLE, "%s: is not a trace", path);
    if (header->version < FIRST_VERSION || header->version_oldest > MT_TRACE_VERSION)
        return mt_fail(error, MT_UNREADABLE,
                       "%s: is written by a libmemtrace of another version, which cannot be asked "
                       "(start the process anew)",
                       path);
    const uint32_t inner = mt_process_inner_pid(pid);
    if (inner != 0 && inner != header->pid)
        return mt_fail(error, MT_UNREADABLE,
                       "process %u: was forked and has not allocated since, so it has no trace of "
                       "its own (try: memtrace snapshot %u)",
                       pid, header->pid);
    if (header->end != MT_END_RUNNING || !mt_process_runs(pid, 0))
        return mt_fail(error, MT_UNREADABLE, "process %u: has ended (try: memtrace report %s)", pid,
                       path);
    if (header->flags & MT_FLAG_SANDBOXED)
        return mt_fail(error, MT_INCONCLUSIVE,
                       "process %u: has installed a seccomp filter, so it cannot scan itself (try: "
                       "memtrace report %u, for what is not freed)",
                       pid, pid);
    return 0;
}

/* ---- what state it is in ---- */

/* What /proc/PID/status says. */
struct state {
    char letter; /* R, S, D, T, t, Z; 0: it is gone */
    uint64_t blocked, ignored, caught;
};

static struct state state_of(uint32_t pid)
{
    struct state state = {0};
    char path[32], line[256];
    snprintf(path, sizeof path, "/proc/%u/status", pid);
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file)) {
        sscanf(line, "State:\t%c", &state.letter);
        sscanf(line, "SigBlk:\t%" SCNx64, &state.blocked);
        sscanf(line, "SigIgn:\t%" SCNx64, &state.ignored);
        sscanf(line, "SigCgt:\t%" SCNx64, &state.caught);
    }
    if (file)
        fclose(file);
    return state;
}

static int no_answer(uint32_t pid, uint64_t timeout_ms, struct mt_error *error)
{
    const struct state state = state_of(pid);
    if (state.letter == 0 || state.letter == 'Z')
        return mt_fail(error, MT_INCONCLUSIVE, "process %u: ended before it answered", pid);
    if (state.letter == 'T' || state.letter == 't')
        return mt_fail(error, MT_INCONCLUSIVE,
                       "process %u: is stopped, so it cannot answer (try: kill -CONT %u)", pid,
                       pid);
    if (state.letter == 'D')
        return mt_fail(error, MT_INCONCLUSIVE,
                       "process %u: waits for a device in the kernel (try again later)", pid);
    if (state.blocked & URGENT)
        return mt_fail(error, MT_INCONCLUSIVE,
                       "process %u: blocks SIGURG and does not allocate: it answers when it does "
                       "either (try: --timeout=60)",
                       pid);
    if (state.ignored & URGENT)
        return mt_fail(error, MT_INCONCLUSIVE,
                       "process %u: ignores SIGURG and does not allocate: it answers when it does "
                       "either (try: --timeout=60)",
                       pid);
    if (!(state.caught & URGENT))
        return mt_fail(error, MT_INCONCLUSIVE,
                       "process %u: has no handler for SIGURG, so it does not answer before it "
                       "allocates (was it started with scan=none, or is it in a sandbox?)",
                       pid);
    return mt_fail(error, MT_INCONCLUSIVE,
                   "process %u: did not answer in %" PRIu64 ".%" PRIu64 " s (try: --timeout=60; or "
                   "has it a handler of its own for SIGURG, and does not allocate?)",
                   pid, timeout_ms / 1000, timeout_ms / 100 % 10);
}

/* ---- asking ---- */

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* Waits until the newest snapshot is another than `before`. `tid`: who has been knocked at. */
static bool await_snapshot(const struct mt_header *header, uint64_t before, uint32_t pid,
                           uint32_t *tid, uint64_t timeout_ms)
{
    const uint64_t end_ms = now_ms() + timeout_ms;
    useconds_t pause_us = FIRST_PAUSE_US;
    uint64_t knock_ms = now_ms() + FIRST_KNOCK_MS, interval_ms = FIRST_KNOCK_MS;
    for (;;) {
        if (__atomic_load_n(&header->snapshots_taken, __ATOMIC_ACQUIRE) != before)
            return true;
        if (now_ms() >= end_ms || !mt_process_runs(pid, 0))
            return false;
        if (now_ms() >= knock_ms) {
            mt_knock(pid, tid);
            knock_ms += interval_ms *= 2;
        }
        usleep(pause_us);
        pause_us = 2 * pause_us < LONGEST_PAUSE_US ? 2 * pause_us : LONGEST_PAUSE_US;
    }
}

static int ask(struct mt_header *header, uint32_t pid, uint64_t timeout_ms, struct mt_error *error)
{
    const uint64_t before = __atomic_load_n(&header->snapshots_taken, __ATOMIC_ACQUIRE);
    __atomic_add_fetch(&header->snapshots_wanted, 1, __ATOMIC_ACQ_REL);
    uint32_t tid = 0;
    if (!mt_knock(pid, &tid))
        return mt_fail(error, MT_UNREADABLE, "process %u: cannot be asked: %s (try: as its owner)",
                       pid, strerror(errno));
    return await_snapshot(header, before, pid, &tid, timeout_ms)
               ? 0
               : no_answer(pid, timeout_ms, error);
}

int mt_ask_snapshot(const char *path, uint32_t pid, uint64_t timeout_ms, struct mt_error *error)
{
    struct mt_header *header = map_header(path, error);
    if (!header)
        return (int)error->status;
    int status = check_header(header, path, pid, error);
    if (status == 0)
        status = ask(header, pid, timeout_ms, error);
    munmap(header, sizeof *header);
    return status;
}
