/* process.c: from a trace's pid, start time, host and boot to the fate of its process. Pids are
 * used again, so a process is told by its pid together with the clock tick it started at
 * (/proc/PID/stat, field 22); and a pid means something only on the host and boot it came from. */
#include "process.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* The whole of a small file as text, cut to the buffer; "" where there is none. */
static void read_text(const char *path, char *text, size_t size)
{
    FILE *file = fopen(path, "re");
    size_t length = 0;
    if (file) {
        length = fread(text, 1, size - 1, file);
        fclose(file);
    }
    text[length] = 0;
}

bool mt_process_runs(uint32_t pid, uint64_t start_ticks)
{
    char path[32], text[1024];
    snprintf(path, sizeof path, "/proc/%u/stat", pid);
    read_text(path, text, sizeof text);
    const char *after_name = strrchr(text, ')'); /* the name itself may hold spaces and brackets */
    char state;
    long threads;
    unsigned long long start;
    if (!after_name || sscanf(after_name,
                              ") %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d"
                              " %*d %ld %*d %llu",
                              &state, &threads, &start) != 3)
        return false;
    /* A main thread that left by pthread_exit is a zombie while the others go on. */
    if (state == 'X' || (state == 'Z' && threads <= 1))
        return false;
    return start_ticks == 0 || start == start_ticks;
}

uint32_t mt_process_inner_pid(uint32_t pid)
{
    char path[32], line[256];
    uint32_t inner = 0;
    snprintf(path, sizeof path, "/proc/%u/status", pid);
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file)) {
        const char *last = strrchr(line, '\t');
        if (strncmp(line, "NSpid:", 6) == 0 && last && sscanf(last, "%" SCNu32, &inner) == 1)
            break;
    }
    if (file)
        fclose(file);
    return inner;
}

static bool same_text(const char *recorded, char *here)
{
    here[strcspn(here, "\n")] = 0;
    return !recorded || !*here || strcmp(recorded, here) == 0;
}

enum mt_fate mt_process_fate(const struct mt_trace *trace)
{
    const struct mt_header *header = mt_trace_header(trace);
    if (header->end == MT_END_EXITED)
        return MT_FATE_EXITED;
    if (header->end == MT_END_EXEC)
        return MT_FATE_EXEC;
    if (header->end_signal)
        return MT_FATE_KILLED;

    char host[256] = "", boot[64];
    gethostname(host, sizeof host - 1);
    read_text("/proc/sys/kernel/random/boot_id", boot, sizeof boot);
    if (!same_text(mt_trace_text(trace, MT_FACT_HOST), host))
        return MT_FATE_UNKNOWN; /* another machine, or a container with pids of its own */
    if (!same_text(mt_trace_text(trace, MT_FACT_BOOT), boot))
        return MT_FATE_KILLED; /* here, before the last boot */
    return mt_process_runs(header->pid, header->process_start) ? MT_FATE_RUNNING : MT_FATE_KILLED;
}

bool mt_process_duration(const struct mt_trace *trace, enum mt_fate fate, uint64_t *ret_ms)
{
    const struct mt_header *header = mt_trace_header(trace);
    struct timespec clock;
    clock_gettime(CLOCK_MONOTONIC, &clock);
    const uint64_t now = (uint64_t)clock.tv_sec * 1000000000 + (uint64_t)clock.tv_nsec;
    if (fate == MT_FATE_RUNNING && now >= header->started_mono_ns)
        *ret_ms = (now - header->started_mono_ns) / 1000000;
    else if (fate == MT_FATE_EXITED || fate == MT_FATE_EXEC)
        *ret_ms = header->ended_ms;
    else
        return false;
    return true;
}

const char *mt_fate_name(enum mt_fate fate)
{
    switch (fate) {
    case MT_FATE_RUNNING:
        return "running";
    case MT_FATE_EXITED:
        return "exited";
    case MT_FATE_EXEC:
        return "exec";
    case MT_FATE_KILLED:
        return "killed";
    case MT_FATE_UNKNOWN:
        break;
    }
    return NULL;
}
