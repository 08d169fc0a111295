/* inbox.c: which traces belong to a run? Pids and times are guesses (a process that left no trace
 * breaks the line of descent, two runs may share a folder), so each run gets a folder of its own:
 * what lies in it was made by this run. Its name begins with a dot, so that a program that lists
 * its working directory, or empties it, does not see it. Afterwards the traces move one level up,
 * where the user asked for them. Their processes may still have them open and mapped: a rename does
 * not matter. */
#include "inbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "descendants.h"
#include "doubt.h"
#include "misuses.h"
#include "process.h"
#include "scan.h"
#include "trace.h"

enum {
    GRACE_MS = 1000,    /* for descendants that are about to end with the program */
    SUFFIX_MAX = 10000, /* traces of one name in a folder */
};

/* ---- the folder ---- */

static int cannot(const char *folder, struct mt_error *error)
{
    return mt_fail(error, MT_INCONCLUSIVE, "%s: no traces can be kept here: %s (try: -o DIR)",
                   folder, strerror(errno));
}

/* mkdir -p, for nobody else. Returns 0, or -1 with errno. */
static int make_folders(const char *path)
{
    char part[PATH_MAX];
    for (const char *at = path; *at;) {
        at += strspn(at, "/");
        at += strcspn(at, "/");
        snprintf(part, sizeof part, "%.*s", (int)(at - path), path);
        if (mkdir(part, 0700) != 0 && errno != EEXIST && errno != EISDIR)
            return -1;
    }
    return 0;
}

int mt_inbox_open(const char *folder, struct mt_inbox *ret_inbox, struct mt_error *error)
{
    struct mt_inbox inbox = {0};
    char absolute[PATH_MAX];
    const size_t length = strlen(folder);
    if (length >= sizeof inbox.folder) {
        errno = ENAMETOOLONG;
        return cannot(folder, error);
    }
    memcpy(inbox.folder, folder, length + 1);
    if (make_folders(folder) != 0 || !realpath(folder, absolute))
        return cannot(folder, error);
    if (snprintf(inbox.path, sizeof inbox.path, "%s/.memtrace.XXXXXX", absolute) >=
        (int)sizeof inbox.path) {
        errno = ENAMETOOLONG;
        return cannot(folder, error);
    }
    if (!mkdtemp(inbox.path))
        return cannot(folder, error);
    *ret_inbox = inbox;
    return 0;
}

void mt_inbox_notes(const struct mt_inbox *inbox, char ret_path[PATH_MAX])
{
    /* With a dot, as no trace has. A path that is too long is cut, and nothing is noted. */
    snprintf(ret_path, PATH_MAX, "%.*s/.starts", PATH_MAX - 16, inbox->path);
}

void mt_inbox_close(const struct mt_inbox *inbox)
{
    rmdir(inbox->path);
}

/* ---- a trace, by its header alone ---- */

bool mt_inbox_read_header(int fd, struct mt_header *ret_header)
{
    return pread(fd, ret_header, sizeof *ret_header, 0) == (ssize_t)sizeof *ret_header &&
           memcmp(ret_header->magic, MT_TRACE_MAGIC, sizeof ret_header->magic) == 0 &&
           ret_header->byte_order == MT_TRACE_BYTE_ORDER &&
           ret_header->header_bytes == MT_HEADER_BYTES && ret_header->unit_bytes == MT_UNIT_BYTES;
}

static bool is_running(const struct mt_header *header)
{
    return header->end == MT_END_RUNNING && mt_process_runs(header->pid, header->process_start);
}

static enum mt_part part_of(const struct mt_header *header)
{
    if (header->end == MT_END_EXEC)
        return MT_PART_REPLACED;
    return is_running(header) ? MT_PART_RUNNING : MT_PART_JUDGED;
}

/* The file was made as long as it might ever have had to be; units_used is what it came to. Only
 * for a process that has ended: to cut a file that is still mapped would kill it. */
static void trim(int fd, const struct mt_header *header)
{
    struct stat status;
    const uint64_t bytes = header->units_used * MT_UNIT_BYTES;
    if (header->units_used > 0 && header->units_used <= INT64_MAX / MT_UNIT_BYTES &&
        fstat(fd, &status) == 0 && (uint64_t)status.st_size > bytes &&
        ftruncate(fd, (off_t)bytes) != 0)
        return; /* it stays sparse: no harm */
}

/* What the parent knows and the process itself could not say. */
static void sign(int fd, struct mt_header *header, const struct mt_ended *ended)
{
    if (ended->signal) {
        header->end_signal = (uint64_t)ended->signal;
        header->end = MT_END_RUNNING; /* it may have been killed inside exit */
    } else {
        header->end = MT_END_EXITED;
        header->exit_status = ended->exit_status;
        header->flags |= MT_FLAG_EXIT_STATUS;
        if (!header->ended_ms && ended->mono_ns > header->started_mono_ns)
            header->ended_ms = (ended->mono_ns - header->started_mono_ns) / 1000000;
    }
    if (pwrite(fd, header, sizeof *header, 0) < 0)
        return; /* then the report does not say it */
}

/* Moves the file to the inbox's folder, to the first of name, name.1, name.2, … that is free.
 * Returns its new path, NULL where that fails. */
static char *move_out(const struct mt_inbox *inbox, const char *from, const char *name)
{
    const size_t length = strlen(inbox->folder);
    const char *slash = inbox->folder[length - 1] == '/' ? "" : "/";
    const bool is_here = strcmp(inbox->folder, ".") == 0;
    for (int i = 0; i < SUFFIX_MAX; i++) {
        char suffix[16] = "", *to;
        if (i > 0)
            snprintf(suffix, sizeof suffix, ".%d", i);
        if (asprintf(&to, "%s%s%s%s", is_here ? "" : inbox->folder, is_here ? "" : slash, name,
                     suffix) < 0)
            return NULL;
        if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
            return to;
        const bool is_unable = errno == EINVAL || errno == ENOSYS; /* NFS, old kernels */
        if (is_unable && access(to, F_OK) != 0 && rename(from, to) == 0)
            return to;
        free(to);
        if (!is_unable && errno != EEXIST)
            return NULL;
    }
    return NULL;
}

static int note_block(const struct mt_block *block, void *context)
{
    unsigned *verdicts = context;
    *verdicts |= 1u << block->verdict;
    return 0;
}

static int note_mapping(const struct mt_live_mapping *mapping, void *context)
{
    unsigned *verdicts = context;
    if (!mapping->is_in_use)
        *verdicts |= 1u << mapping->verdict;
    return 0;
}

void mt_incoming_look(struct mt_incoming *incoming)
{
    struct mt_trace *trace;
    struct mt_error error;
    char doubt[MT_DOUBT_BYTES];
    if (mt_trace_open(incoming->path, &trace, &error) != 0) {
        incoming->is_leaky = incoming->is_doubtful = true;
        return;
    }
    mt_trace_blocks(trace, note_block, &incoming->verdicts);
    mt_trace_mappings(trace, note_mapping, &incoming->verdicts);
    incoming->has_verdicts = mt_trace_has_verdicts(trace, 0);
    incoming->is_leaky = incoming->verdicts != 0;
    size_t error_count;
    incoming->has_errors = mt_trace_misuses(trace, &error_count) != NULL;
    incoming->is_doubtful = incoming->is_program
                                ? mt_trace_is_sampled(trace) || mt_trace_doubt(trace, doubt) != NULL
                                : mt_trace_loss(trace, doubt) != NULL;
    mt_trace_close(trace);
}

/* Returns false for what is no trace file at all. */
static bool take_one(const struct mt_inbox *inbox, const char *name, const struct mt_ended *ended,
                     bool have_all_ended, struct mt_incoming *ret_trace)
{
    char from[PATH_MAX + NAME_MAX + 2];
    snprintf(from, sizeof from, "%s/%s", inbox->path, name);
    const int fd = open(from, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        if (fd >= 0)
            close(fd);
        return false;
    }

    struct mt_incoming trace = {0};
    struct mt_header header;
    if (mt_inbox_read_header(fd, &header)) {
        trace.pid = header.pid;
        trace.started_ns = header.started_unix_ns;
        trace.is_program = header.pid == (uint32_t)ended->pid;
        trace.part = part_of(&header);
        if (have_all_ended || trace.is_program)
            trim(fd, &header);
        if (trace.is_program && trace.part == MT_PART_JUDGED)
            sign(fd, &header, ended);
    }
    close(fd);
    trace.path = move_out(inbox, from, name);
    if (!trace.path)
        trace.path = strdup(from);
    if (!trace.path)
        return false;
    mt_incoming_look(&trace); /* it lies where it will be found */
    *ret_trace = trace;
    return true;
}

/* ---- all of them ---- */

static int is_entry(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* Returns the number of names, or -1 with errno. */
static int list(const struct mt_inbox *inbox, struct dirent ***ret_names)
{
    return scandir(inbox->path, ret_names, is_entry, alphasort);
}

static void free_list(struct dirent **names, int count)
{
    for (int i = 0; i < count; i++)
        free(names[i]);
    free(names);
}

static int by_age(const void *a, const void *b)
{
    const struct mt_incoming *left = a, *right = b;
    if (left->is_program != right->is_program)
        return left->is_program ? -1 : 1;
    if (left->started_ns != right->started_ns)
        return left->started_ns < right->started_ns ? -1 : 1;
    return strcmp(left->path, right->path);
}

int mt_inbox_take(const struct mt_inbox *inbox, const struct mt_ended *ended,
                  struct mt_incoming **ret_traces, size_t *ret_count, struct mt_error *error)
{
    const bool have_all_ended = mt_descendants_await(strrchr(inbox->path, '/') + 1, GRACE_MS);
    struct dirent **names = NULL;
    int name_count = list(inbox, &names);
    if (name_count < 0) /* the program removed the folder: it left no trace */
        name_count = 0;
    struct mt_incoming *traces = calloc((size_t)name_count + 1, sizeof *traces);
    size_t count = 0;
    for (int i = 0; traces && i < name_count; i++)
        count += take_one(inbox, names[i]->d_name, ended, have_all_ended, &traces[count]);
    free_list(names, name_count);
    if (!traces)
        return cannot(inbox->path, error);
    qsort(traces, count, sizeof *traces, by_age);
    *ret_traces = traces;
    *ret_count = count;
    return 0;
}

void mt_incoming_free(struct mt_incoming *traces, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(traces[i].path);
    free(traces);
}
