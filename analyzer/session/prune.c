/* prune.c: from the names in a run's fresh folder to those that need not be there. A trace is
 * judged once, when its process is gone: then either it goes, or its name is kept in mind. What
 * cannot be told now is left to the end of the run: the program's own trace, whose process memtrace
 * itself has started, and all that raises a doubt. */
#include "prune.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "drain.h"
#include "hash.h"
#include "process.h"
#include "system_look.h"

enum {
    PASS_MS = 40,
    EXEC_MS = 1000, /* an exec that takes longer than this does not fail any more */
};

struct stays {
    ino_t file; /* a later process may have the pid, and so the name */
    UT_hash_handle hh;
};

struct mt_prune {
    const struct mt_inbox *inbox;
    const struct mt_report_options *options;
    struct stays *stays; /* traces that were judged, by inode */
    struct mt_pruned pruned;
};

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void keep(struct mt_prune *prune, ino_t file)
{
    struct stays *stays = calloc(1, sizeof *stays);
    if (!stays)
        return; /* it is judged again */
    stays->file = file;
    HASH_ADD(hh, prune->stays, file, sizeof stays->file, stays);
}

/* Returns false where it is no trace, or not yet. */
static bool read_header(const char *path, struct mt_header *ret_header)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    const bool is_trace = fd >= 0 && mt_inbox_read_header(fd, ret_header);
    if (fd >= 0)
        close(fd);
    return is_trace;
}

/* By its own word: of a process in a container we do not know its pid, and one that was killed has
 * not said so. */
static bool has_ended(const struct mt_header *header)
{
    if (header->end == MT_END_RUNNING || mt_process_runs(header->pid, header->process_start))
        return false;
    return header->end != MT_END_EXEC || mt_system_now_ms(header) > header->ended_ms + EXEC_MS;
}

/* Whether nothing of what the trace holds is looked for. A replaced image gave back all it had. */
static bool is_needless(struct mt_prune *prune, char *path, const struct mt_header *header)
{
    struct mt_incoming incoming = {.path = path};
    if (header->end == MT_END_EXEC)
        return true;
    mt_incoming_look(&incoming);
    const unsigned wanted = mt_report_verdicts(prune->options, incoming.has_verdicts);
    if (incoming.is_doubtful || incoming.has_errors || incoming.verdicts & wanted)
        return false;
    prune->pruned.judged++;
    prune->pruned.has_unfreed |= incoming.verdicts != 0;
    return true;
}

static void look_at(struct mt_prune *prune, const struct dirent *entry)
{
    char path[PATH_MAX + NAME_MAX + 2];
    struct mt_header header;
    struct stays *known;
    HASH_FIND(hh, prune->stays, &entry->d_ino, sizeof entry->d_ino, known);
    snprintf(path, sizeof path, "%s/%s", prune->inbox->path, entry->d_name);
    if (known || !read_header(path, &header))
        return;
    const bool is_child = header.ppid == (uint32_t)getpid();
    if (!is_child && !has_ended(&header))
        return;
    if (!is_child && is_needless(prune, path, &header))
        unlink(path);
    else
        keep(prune, entry->d_ino);
}

struct mt_prune *mt_prune_begin(const struct mt_inbox *inbox,
                                const struct mt_report_options *options)
{
    struct mt_prune *prune = calloc(1, sizeof *prune);
    if (prune)
        *prune = (struct mt_prune){.inbox = inbox, .options = options};
    return prune;
}

void mt_prune_pass(struct mt_prune *prune)
{
    const int64_t end_ms = now_ms() + PASS_MS;
    DIR *folder = opendir(prune->inbox->path);
    const struct dirent *entry;
    while (folder && now_ms() < end_ms && (entry = readdir(folder)))
        if (entry->d_name[0] != '.')
            look_at(prune, entry);
    if (folder)
        closedir(folder);
}

struct mt_pruned mt_prune_end(struct mt_prune *prune)
{
    struct mt_pruned pruned = {0};
    struct stays *stays, *next;
    if (!prune)
        return pruned;
    MT_DRAIN(prune->stays, stays, next)
    {
        free(stays);
    }
    pruned = prune->pruned;
    free(prune);
    return pruned;
}
