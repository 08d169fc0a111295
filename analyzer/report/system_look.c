/* system_look.c: reads what the kernel says of another process, with the same words that the
 * process itself uses (memtrace/samples.h). */
#include "system_look.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "process.h"

size_t mt_system_text(const char *path, char *to, size_t room)
{
    size_t length = 0;
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        ssize_t got;
        while (length < room - 1 && (got = read(fd, to + length, room - 1 - length)) > 0)
            length += (size_t)got;
        close(fd);
    }
    to[length] = 0;
    return length;
}

uint64_t mt_system_now_ms(const struct mt_header *header)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    const uint64_t now_ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
    return now_ns > header->started_mono_ns ? (now_ns - header->started_mono_ns) / 1000000 : 0;
}

bool mt_system_sample(const struct mt_header *header, const struct mt_group *group,
                      struct mt_sample *ret_sample)
{
    char process[32];
    snprintf(process, sizeof process, "/proc/%u", header->pid);
    mt_figures_read(mt_system_text, process, group, ret_sample);
    ret_sample->taken_ms = mt_system_now_ms(header);
    /* Asked last: the figures then are its own, and not those of a later process of its pid. */
    return mt_process_runs(header->pid, header->process_start);
}

bool mt_system_look(const struct mt_header *header, struct mt_look *ret_look)
{
    char process[32];
    struct mt_group group;
    struct mt_sample sample;
    snprintf(process, sizeof process, "/proc/%u", header->pid);
    mt_group_find(mt_system_text, process, &group);
    if (!mt_system_sample(header, &group, &sample))
        return false;
    *ret_look = (struct mt_look){.taken_ms = sample.taken_ms, .from_outside = true};
    memcpy(ret_look->figures, sample.figures, sizeof ret_look->figures);
    return true;
}
