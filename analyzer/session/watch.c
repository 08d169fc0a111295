/* watch.c: from the traces in a folder to a look at each of their processes. A trace is known by
 * its file's name; what has been seen of it is kept here as well, in the form it has in the file,
 * and written with pwrite: a full disk is then an error and no signal. */
#include "watch.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "hash.h"
#include "live_figures.h"
#include "ranking.h"
#include "system_look.h"

enum {
    WATCHED_MAX = 256, /* processes that are watched at a time; each takes a descriptor */
    PAUSES_PER_RANKING = 19,
};

/* An extent that samples are written to. */
struct series {
    uint64_t offset;          /* of the extent, in the file; 0: the trace has none */
    struct mt_extent *extent; /* what it holds */
    uint64_t sequence, interval_ms, next_ms;
};

struct watched {
    char *name;
    ino_t file;     /* a later process may have the pid, and so the name */
    unsigned round; /* of find_new, when it was last there */
    int fd;         /* -1: it is watched no more */
    struct mt_header header;
    struct mt_group group;
    struct series looks, curves;
    UT_hash_handle hh;
};

struct mt_watch {
    char folder[PATH_MAX];
    struct watched *all; /* by name */
    unsigned open, rounds;
};

/* ---- one trace ---- */

/* Returns false where the file is not yet a trace, or one that this reader does not know. */
static bool read_header(struct watched *watched)
{
    struct mt_header *header = &watched->header;
    return pread(watched->fd, header, sizeof *header, 0) == sizeof *header &&
           memcmp(header->magic, MT_TRACE_MAGIC, sizeof header->magic) == 0 &&
           header->version_oldest <= MT_TRACE_VERSION;
}

static void leave(struct mt_watch *watch, struct watched *watched)
{
    if (watched->fd >= 0) {
        close(watched->fd);
        watch->open--;
    }
    watched->fd = -1;
    free(watched->looks.extent);
    free(watched->curves.extent);
    watched->looks.extent = watched->curves.extent = NULL;
}

/* Returns false where the trace has no such extent, or memory runs out. */
static bool begin_series(struct series *series, int fd, enum mt_extent_kind kind, uint32_t ordinal)
{
    series->offset = mt_live_place(fd, kind, ordinal);
    if (series->offset)
        series->extent = calloc(MT_SYSTEM_UNITS, MT_UNIT_BYTES);
    series->interval_ms = MT_WATCH_MS * 9 / 10; /* a beat that comes a little early counts */
    return series->extent != NULL;
}

static void write_at(int fd, const void *from, size_t bytes, uint64_t offset)
{
    if (pwrite(fd, from, bytes, (off_t)offset) < 0)
        return; /* the look is lost; a reader finds a slot that was never written */
}

static void keep(int fd, struct series *series, const struct mt_sample *sample)
{
    struct mt_extent *extent = series->extent;
    if (mt_samples_add(extent, sample, &series->sequence)) {
        series->interval_ms *= 2;
        write_at(fd, mt_sample_at(extent, 0), MT_SAMPLES_PER_EXTENT * MT_SAMPLE_BYTES,
                 series->offset + MT_SAMPLE_BYTES);
    } else {
        write_at(fd, mt_sample_at(extent, extent->used - 1), MT_SAMPLE_BYTES,
                 series->offset + extent->used * MT_SAMPLE_BYTES);
    }
    write_at(fd, &extent->used, sizeof extent->used,
             series->offset + offsetof(struct mt_extent, used));
    series->next_ms = sample->taken_ms + series->interval_ms;
}

/* Ranks the sites of a process, where that is due; seldom enough that it takes a twentieth of the
 * time at most. */
static void rank(struct watched *watched, uint64_t now_ms)
{
    struct series *curves = &watched->curves;
    struct mt_sample ranking = {.taken_ms = now_ms};
    if (!curves->extent || now_ms < curves->next_ms)
        return;
    const bool is_known = mt_rank_sites(watched->fd, &ranking);
    const uint64_t least_ms = PAUSES_PER_RANKING * (mt_system_now_ms(&watched->header) - now_ms);
    curves->next_ms = now_ms + curves->interval_ms;
    if (is_known)
        keep(watched->fd, curves, &ranking);
    if (curves->next_ms < now_ms + least_ms)
        curves->next_ms = now_ms + least_ms;
}

/* Looks at one process; one that has ended by its own word is left. One whose memory is gone
 * already is about to end: there is nothing of it to be seen. */
static void look_at(struct mt_watch *watch, struct watched *watched)
{
    struct mt_sample sample;
    if (watched->fd < 0 || mt_system_now_ms(&watched->header) < watched->looks.next_ms)
        return;
    if (!mt_system_sample(&watched->header, &watched->group, &sample) ||
        sample.figures[MT_FIGURE_VM_RSS] == MT_FIGURE_UNKNOWN) {
        /* Killed, perhaps a moment ago: if it is the program, mt_watch_end has one look more. */
        watched->looks.next_ms = UINT64_MAX;
        if (!read_header(watched) || watched->header.end != MT_END_RUNNING)
            leave(watch, watched);
        return;
    }
    mt_live_figures(watched->fd, sample.figures);
    keep(watched->fd, &watched->looks, &sample);
    rank(watched, sample.taken_ms);
}

/* ---- all of them ---- */

static void forget(struct mt_watch *watch, struct watched *watched)
{
    leave(watch, watched);
    HASH_DEL(watch->all, watched);
    free(watched->name);
    free(watched);
}

/* Of traces that have been removed, those that are watched no more. */
static void forget_removed(struct mt_watch *watch)
{
    struct watched *watched, *next;
    HASH_ITER(hh, watch->all, watched, next)
    {
        if (watched->fd < 0 && watched->round != watch->rounds)
            forget(watch, watched);
    }
}

/* A trace that is not known yet; one whose process has ended by now is not worth a look. */
static void take_in(struct mt_watch *watch, const char *name, ino_t file)
{
    char path[PATH_MAX + NAME_MAX + 2], process[32];
    struct watched *watched = calloc(1, sizeof *watched);
    if (!watched)
        return;
    snprintf(path, sizeof path, "%s/%s", watch->folder, name);
    watched->fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    watch->open += watched->fd >= 0;
    if (watched->fd >= 0 && read_header(watched))
        begin_series(&watched->looks, watched->fd, MT_EXTENT_SYSTEM, 1);
    const bool has_begun = watched->looks.offset != 0;
    if (has_begun && watched->header.end == MT_END_RUNNING) {
        snprintf(process, sizeof process, "/proc/%u", watched->header.pid);
        mt_group_find(mt_system_text, process, &watched->group);
        /* Version 1 shows whoever is about to end in the root group. */
        struct mt_sample after;
        mt_figures_read(mt_system_text, process, NULL, &after);
        if (watched->group.version == 1 && after.figures[MT_FIGURE_VM_RSS] == MT_FIGURE_UNKNOWN)
            watched->group.version = 0;
        begin_series(&watched->curves, watched->fd, MT_EXTENT_CURVES, 0);
    } else {
        leave(watch, watched);
    }
    if (!watched->looks.extent)
        leave(watch, watched);
    watched->name = has_begun ? strdup(name) : NULL;
    if (!watched->name) { /* it will be looked at again */
        leave(watch, watched);
        free(watched);
        return;
    }
    watched->file = file;
    watched->round = watch->rounds;
    HASH_ADD_KEYPTR(hh, watch->all, watched->name, strlen(watched->name), watched);
}

static void look_for(struct mt_watch *watch, const struct dirent *entry)
{
    struct watched *known;
    HASH_FIND_STR(watch->all, entry->d_name, known);
    if (known && known->file == entry->d_ino) {
        known->round = watch->rounds;
        return;
    }
    if (known)
        forget(watch, known);
    take_in(watch, entry->d_name, entry->d_ino);
}

static void find_new(struct mt_watch *watch)
{
    DIR *folder = opendir(watch->folder);
    const struct dirent *entry = NULL;
    watch->rounds++;
    while (folder && watch->open < WATCHED_MAX && (entry = readdir(folder)))
        if (entry->d_name[0] != '.')
            look_for(watch, entry);
    if (!entry) /* all have been seen */
        forget_removed(watch);
    if (folder)
        closedir(folder);
}

struct mt_watch *mt_watch_begin(const char *folder)
{
    struct mt_watch *watch = calloc(1, sizeof *watch);
    if (watch)
        snprintf(watch->folder, sizeof watch->folder, "%s", folder);
    return watch;
}

void mt_watch_find(void *watch)
{
    find_new(watch);
}

void mt_watch_look(void *context)
{
    struct mt_watch *watch = context;
    find_new(watch);
    for (struct watched *watched = watch->all; watched; watched = watched->hh.next)
        look_at(watch, watched);
}

/* The process is gone; what it leaves behind counts: its group's figures and the machine's. */
static void look_after(struct watched *watched)
{
    struct mt_sample sample;
    mt_figures_read(mt_system_text, NULL, &watched->group, &sample);
    sample.taken_ms = mt_system_now_ms(&watched->header);
    keep(watched->fd, &watched->looks, &sample);
}

void mt_watch_end(struct mt_watch *watch, const struct mt_ended *ended)
{
    if (!watch)
        return;
    struct watched *watched, *next;
    HASH_ITER(hh, watch->all, watched, next)
    {
        if (ended->signal && watched->fd >= 0 && watched->header.pid == (uint32_t)ended->pid &&
            read_header(watched) && watched->header.end == MT_END_RUNNING)
            look_after(watched);
        forget(watch, watched);
    }
    free(watch);
}
