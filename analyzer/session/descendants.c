/* descendants.c: descendants often end with the program or a moment after it, and some have not
 * even begun their trace by then. Parents are no help in finding them (an orphan's is init), but
 * all of them inherited the environment that names this run's folder, and /proc shows it. */
#include "descendants.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { PIECE_BYTES = 65536 };

/* Reads piece by piece; `kept` bytes of each stay before the next, so that a mark across the border
 * is found. */
static bool file_contains(int fd, const char *mark)
{
    static char buffer[2 * PIECE_BYTES];
    const size_t length = strlen(mark);
    size_t kept = 0;
    ssize_t got;
    while (length < PIECE_BYTES && (got = read(fd, buffer + kept, PIECE_BYTES)) > 0) {
        const size_t size = kept + (size_t)got;
        if (memmem(buffer, size, mark, length))
            return true;
        kept = size < length ? size : length;
        memmove(buffer, buffer + size - kept, kept);
    }
    return false;
}

static bool has_mark(const char *pid, const char *mark)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%.20s/environ", pid);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    const bool found = fd >= 0 && file_contains(fd, mark);
    if (fd >= 0)
        close(fd);
    return found;
}

/* Whether there is a marked process. *ret_process becomes readable when it ends; -1 where this
 * system cannot tell (an old kernel, a seccomp filter). */
static bool find_marked(DIR *proc, const char *mark, int *ret_process)
{
    const struct dirent *entry;
    rewinddir(proc);
    while ((entry = readdir(proc))) {
        const pid_t pid = isdigit((unsigned char)entry->d_name[0]) ? atoi(entry->d_name) : 0;
        if (pid == 0 || pid == getpid() || !has_mark(entry->d_name, mark))
            continue;
        *ret_process = (int)syscall(SYS_pidfd_open, pid, 0);
        if (*ret_process >= 0 || errno != ESRCH)
            return true;
    }
    return false;
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool mt_descendants_await(const char *mark, int grace_ms)
{
    const int64_t deadline_ms = now_ms() + grace_ms;
    DIR *proc = opendir("/proc");
    bool ended = proc != NULL;
    int process;
    while (ended && find_marked(proc, mark, &process)) {
        const int64_t left_ms = deadline_ms - now_ms();
        struct pollfd end = {.fd = process, .events = POLLIN};
        ended = process >= 0 && left_ms > 0 && poll(&end, 1, (int)left_ms) > 0;
        if (process >= 0)
            close(process);
    }
    if (proc)
        closedir(proc);
    return ended;
}
