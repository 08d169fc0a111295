/* starts.c: reads notes, as preload/process/starts.c writes them. Programs could write into the
 * file as well: what is no note is passed over. See starts.h. */
#include "starts.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void mt_starts_create(const char *path)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0)
        close(fd);
}

/* Takes back the last note of the process. */
static void drop_last(struct mt_starts *starts, uint32_t pid)
{
    for (size_t i = starts->count; i-- > 0;) {
        if (starts->items[i].pid != pid)
            continue;
        free(starts->items[i].path);
        memmove(&starts->items[i], &starts->items[i + 1],
                (--starts->count - i) * sizeof *starts->items);
        return;
    }
}

static void add_note(struct mt_starts *starts, const char *note)
{
    uint32_t pid;
    uint64_t ns;
    char sign;
    int length = 0;
    if (sscanf(note, "%c %" SCNu32 " %" SCNu64 "%n", &sign, &pid, &ns, &length) != 3)
        return;
    if (sign == '-') {
        drop_last(starts, pid);
        return;
    }
    struct mt_start *items = reallocarray(starts->items, starts->count + 1, sizeof *items);
    if (items)
        starts->items = items;
    char *path = items && note[length] == ' ' ? strdup(note + length + 1) : NULL;
    if (path)
        starts->items[starts->count++] = (struct mt_start){pid, ns, path};
}

static int by_pid(const void *a, const void *b)
{
    const struct mt_start *left = a, *right = b;
    if (left->pid != right->pid)
        return left->pid < right->pid ? -1 : 1;
    return left->ns < right->ns ? -1 : left->ns > right->ns;
}

void mt_starts_take(const char *path, struct mt_starts *ret_starts)
{
    char *note = NULL;
    size_t room = 0;
    FILE *file = fopen(path, "re");
    *ret_starts = (struct mt_starts){0};
    while (file && getdelim(&note, &room, '\0', file) > 0)
        add_note(ret_starts, note);
    free(note);
    if (file)
        fclose(file);
    unlink(path);
    if (ret_starts->count)
        qsort(ret_starts->items, ret_starts->count, sizeof *ret_starts->items, by_pid);
}

void mt_starts_finish(struct mt_starts *starts)
{
    for (size_t i = 0; i < starts->count; i++)
        free(starts->items[i].path);
    free(starts->items);
    *starts = (struct mt_starts){0};
}

uint64_t mt_starts_until(const struct mt_starts *starts, size_t index)
{
    const struct mt_start *start = &starts->items[index];
    return index + 1 < starts->count && start[1].pid == start->pid ? start[1].ns : UINT64_MAX;
}
