/* knock.c: from the threads in /proc/PID/task to one that is sent SIGURG. A signal for the process
 * as a whole would go to any thread that does not block it, and to the kernel one in sigwait does
 * not: it would be given to the program, which nobody has sent it. What a thread waits in is told
 * to those alone who may trace it; to others one in sigwait looks like any.
 *
 * Once found it is the one: a moment later it may be busy answering, with all signals blocked, and
 * another one look open that is on its way back to sigwait. */
#include "knock.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { URGENT = 1 << (SIGURG - 1) }; /* in a set of signals */

/* The tracer catches it, and the thread does not block it. */
static bool is_open(uint32_t pid, uint32_t tid)
{
    uint64_t blocked = UINT64_MAX, caught = 0;
    char path[64], line[256];
    snprintf(path, sizeof path, "/proc/%u/task/%u/status", pid, tid);
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file)) {
        sscanf(line, "SigBlk:\t%" SCNx64, &blocked);
        sscanf(line, "SigCgt:\t%" SCNx64, &caught);
    }
    if (file)
        fclose(file);
    return caught & ~blocked & URGENT;
}

static bool is_in_sigwait(uint32_t pid, uint32_t tid)
{
    long number = -1;
    char path[64];
    snprintf(path, sizeof path, "/proc/%u/task/%u/syscall", pid, tid);
    FILE *file = fopen(path, "re");
    if (file && fscanf(file, "%ld", &number) != 1)
        number = -1;
    if (file)
        fclose(file);
    return number == SYS_rt_sigtimedwait;
}

/* The first thread, else any; 0: none. */
static uint32_t find_thread(uint32_t pid)
{
    char path[32];
    snprintf(path, sizeof path, "/proc/%u/task", pid);
    DIR *folder = opendir(path);
    uint32_t found = 0;
    for (const struct dirent *entry; folder && !found && (entry = readdir(folder));) {
        const uint32_t tid = (uint32_t)strtoul(entry->d_name, NULL, 10);
        if (tid && !is_in_sigwait(pid, tid) && is_open(pid, tid) && !is_in_sigwait(pid, tid))
            found = tid;
    }
    if (folder)
        closedir(folder);
    return found;
}

bool mt_knock(uint32_t pid, uint32_t *tid)
{
    if (!*tid)
        *tid = find_thread(pid);
    if (syscall(SYS_tgkill, pid, *tid ? *tid : pid, *tid ? SIGURG : 0) == 0)
        return true;
    const bool has_ended = errno == ESRCH;
    *tid = 0;
    return has_ended;
}
