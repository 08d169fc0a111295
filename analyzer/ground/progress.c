/* progress.c: one line on the terminal that overwrites itself, from the second second of work on,
 * ten times a second. There is one terminal, so the state is the file's own. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>
#include "progress.h"

static struct {
    bool is_enabled, is_shown;
    uint64_t start_ms, next_ms;
    unsigned calls;
} progress;

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void mt_progress_enable(void)
{
    progress.is_enabled = isatty(STDERR_FILENO);
    progress.start_ms = now_ms();
    progress.next_ms = progress.start_ms + 1000;
}

void mt_progress(const char *what, uint64_t done, uint64_t total)
{
    if (++progress.calls % 64 == 0)
        mt_progress_now(what, done, total);
}

void mt_progress_now(const char *what, uint64_t done, uint64_t total)
{
    if (!progress.is_enabled)
        return;
    const uint64_t now = now_ms();
    if (now < progress.next_ms)
        return;
    progress.next_ms = now + 100;
    progress.is_shown = true;
    const uint64_t percent = total ? (uint64_t)(100.0 * (double)done / (double)total) : 0;
    fprintf(stderr, "\r\033[Kmemtrace: %s, %" PRIu64 "%%", what, percent);
    fflush(stderr);
}

void mt_progress_clear(void)
{
    if (progress.is_shown)
        fputs("\r\033[K", stderr);
    progress.is_shown = false;
}
