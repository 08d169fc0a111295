/* trace.c: from a path to an open trace: the file is opened, its header checked field by field
 * (here everything that cannot be read at all is refused), then its parts are read in the order
 * that trace_parts.h gives, and the file is closed. */
#include "trace_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "process.h"
#include "unpack.h"

size_t mt_trace_read(const struct mt_trace *trace, uint64_t offset, void *buffer, size_t bytes)
{
    size_t got = 0;
    while (got < bytes && offset + got <= INT64_MAX) {
        ssize_t count = pread(trace->fd, (char *)buffer + got, bytes - got, (off_t)(offset + got));
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            break;
        got += (size_t)count;
    }
    memset((char *)buffer + got, 0, bytes - got);
    atomic_thread_fence(memory_order_acquire);
    return got;
}

void mt_trace_note(struct mt_trace *trace, uint64_t *counter, uint64_t offset, const char *format,
                   ...)
{
    ++*counter;
    struct mt_damage *damage = &trace->damage;
    if (damage->first[0])
        return;
    int length = snprintf(damage->first, sizeof damage->first, "offset %" PRIu64 ": ", offset);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(damage->first + length, sizeof damage->first - (size_t)length, format, arguments);
    va_end(arguments);
}

void mt_trace_note_stale(struct mt_trace *trace)
{
    if (!trace->is_live)
        trace->damage.stale_blocks++;
}

static int unreadable(const struct mt_trace *trace, size_t offset, const char *why,
                      struct mt_error *error)
{
    return mt_fail(error, MT_UNREADABLE, "%s: offset %zu: %s", trace->path, offset, why);
}

static int no_memory(const char *path, struct mt_error *error)
{
    mt_fail(error, MT_UNREADABLE, "%s: not enough memory to read it", path);
    return MT_UNREADABLE;
}

/* Opens without waiting (a FIFO would) and without becoming anybody's terminal. */
static int open_file(struct mt_trace *trace, struct mt_error *error)
{
    trace->fd = open(trace->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat status;
    if (trace->fd < 0 || fstat(trace->fd, &status) != 0)
        return mt_fail(error, MT_UNREADABLE, "%s: %s", trace->path, strerror(errno));
    if (S_ISDIR(status.st_mode))
        return mt_fail(error, MT_UNREADABLE, "%s: is a directory, not a trace", trace->path);
    if (!S_ISREG(status.st_mode))
        return mt_fail(error, MT_UNREADABLE, "%s: is not a regular file", trace->path);
    trace->file_bytes = (uint64_t)status.st_size;
    trace->owner = status.st_uid;
    return 0;
}

#define FIELD(name) offsetof(struct mt_header, name)

static bool has_magic(const struct mt_trace *trace)
{
    return memcmp(trace->header.magic, MT_TRACE_MAGIC, sizeof trace->header.magic) == 0;
}

/* The part of the header that says how to read the rest. */
static int check_writer(const struct mt_trace *trace, struct mt_error *error)
{
    const struct mt_header *header = &trace->header;
    if (header->byte_order == __builtin_bswap32(MT_TRACE_BYTE_ORDER))
        return unreadable(trace, FIELD(byte_order),
                          "written in the other byte order (read it on such a machine)", error);
    if (header->byte_order != MT_TRACE_BYTE_ORDER)
        return unreadable(trace, FIELD(byte_order), "no known byte order (damaged)", error);
    if (header->version_oldest > MT_TRACE_VERSION)
        return mt_fail(error, MT_UNREADABLE,
                       "%s: offset %zu: format version %" PRIu32
                       " needs a reader of version %" PRIu32 ", this one is %d (update memtrace)",
                       trace->path, FIELD(version_oldest), header->version, header->version_oldest,
                       MT_TRACE_VERSION);
    if (header->version < MT_TRACE_VERSION_OLDEST || header->version < header->version_oldest)
        return mt_fail(error, MT_UNREADABLE,
                       "%s: offset %zu: format version %" PRIu32
                       " is not one that this memtrace reads"
                       " (oldest: %d)",
                       trace->path, FIELD(version), header->version, MT_TRACE_VERSION_OLDEST);
    if (header->word_bits != 64)
        return mt_fail(error, MT_UNREADABLE,
                       "%s: offset %zu: words of %d bits, only 64 can be read", trace->path,
                       FIELD(word_bits), header->word_bits);
    return 0;
}

/* The layout that this version of the format has. */
static int check_layout(const struct mt_trace *trace, struct mt_error *error)
{
    const struct mt_header *header = &trace->header;
    if (header->header_bytes != MT_HEADER_BYTES)
        return unreadable(trace, FIELD(header_bytes), "wrong header size (damaged)", error);
    if (header->unit_bytes != MT_UNIT_BYTES)
        return unreadable(trace, FIELD(unit_bytes), "wrong unit size (damaged)", error);
    if (header->granule_shift != 4 && header->granule_shift != 5)
        return unreadable(trace, FIELD(granule_shift), "impossible granule (damaged)", error);
    return 0;
}

/* Size and header. The header is read before the size: a file only grows, so the size then covers
 * the units that the header counts. */
static int read_header(struct mt_trace *trace, struct mt_error *error)
{
    struct stat status;
    size_t got = mt_trace_read(trace, 0, &trace->header, sizeof trace->header);
    if (got == 0)
        return unreadable(trace, 0, "the file is empty", error);
    if (got >= sizeof trace->header.magic && !has_magic(trace))
        return unreadable(trace, FIELD(magic), "not a trace (its first bytes are others)", error);
    if (got < sizeof trace->header)
        return mt_fail(error, MT_UNREADABLE,
                       "%s: offset %zu: the file ends in the header, which has %d bytes",
                       trace->path, got, MT_HEADER_BYTES);
    int failed = check_writer(trace, error);
    if (failed || (failed = check_layout(trace, error)))
        return failed;
    if (fstat(trace->fd, &status) == 0)
        trace->file_bytes = (uint64_t)status.st_size;
    return 0;
}

static void check_size(struct mt_trace *trace)
{
    uint64_t expected, *missing = &trace->damage.missing_bytes;
    if (__builtin_mul_overflow(trace->header.units_used, (uint64_t)MT_UNIT_BYTES, &expected))
        expected = INT64_MAX;
    if (expected <= trace->file_bytes)
        return;
    mt_trace_note(trace, missing, trace->file_bytes,
                  "the file ends here, its header counts %" PRIu64 " bytes", expected);
    *missing = expected - trace->file_bytes;
}

static void take_lost(struct mt_trace *trace)
{
    trace->damage.lost_blocks = trace->header.lost_blocks;
    trace->damage.lost_stacks = trace->header.lost_stacks;
    trace->damage.lost_facts = trace->header.lost_facts;
    trace->damage.lost_mappings = trace->header.lost_mappings;
}

/* Looks for the extents twice: what a running process added while its blocks were read is where
 * the stacks of the newest blocks are. */
static int read_parts(struct mt_trace *trace, struct mt_places *places)
{
    if (mt_places_find(trace, places) || mt_leaves_read(trace, places) ||
        mt_mappings_read(trace, places) || mt_churn_read(trace, places) ||
        mt_freed_read(trace, places) || mt_misuses_read(trace, places) ||
        mt_accounts_read(trace, places))
        return -1;
    const uint64_t snapshots = mt_snapshots_taken(trace);
    if (mt_places_find(trace, places) || mt_snapshots_read(trace, places, snapshots) ||
        mt_scan_read(trace) || mt_verdicts_read(trace, places) || mt_nodes_read(trace, places) ||
        mt_threads_read(trace, places) || mt_looks_read(trace, places) ||
        mt_curves_read(trace, places) || mt_facts_read(trace, places))
        return -1;
    if (places->bad)
        mt_trace_note(trace, &trace->damage.bad_extents, places->bad_offset, "%s",
                      places->bad_reason);
    trace->damage.bad_extents += places->bad - (places->bad != 0);
    mt_blocks_settle(trace);
    mt_misuses_settle(trace);
    return mt_mappings_settle(trace) || mt_churn_settle(trace) || mt_freed_settle(trace) ? -1 : 0;
}

void mt_trace_take_newest(struct mt_trace *trace)
{
    struct mt_header newest;
    if (mt_trace_read(trace, 0, &newest, sizeof newest) != sizeof newest)
        return;
    memcpy(&trace->header.end, &newest.end, FIELD(brk_start) - FIELD(end));
    memcpy(&trace->header.live_bytes, &newest.live_bytes, FIELD(reserved) - FIELD(live_bytes));
    trace->header.flags = newest.flags;
}

/* A pack is laid out, and from then on its trace is read. */
static int open_pack(struct mt_trace *trace, struct mt_error *error)
{
    char path[PATH_MAX + sizeof MT_PACK_TRACE];
    struct stat status;
    const int failed = mt_unpack(trace->fd, trace->path, &trace->pack, error);
    if (failed)
        return failed;
    close(trace->fd);
    snprintf(path, sizeof path, "%s/" MT_PACK_TRACE, mt_unpacked_folder(trace->pack));
    trace->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (trace->fd < 0 || fstat(trace->fd, &status) != 0)
        return mt_fail(error, MT_UNREADABLE, "%s: holds no trace", trace->path);
    trace->file_bytes = (uint64_t)status.st_size;
    return 0;
}

static int read_file(struct mt_trace *trace, struct mt_error *error)
{
    check_size(trace);
    struct mt_places places = {0};
    const int failed = read_parts(trace, &places);
    mt_places_finish(&places);
    if (failed)
        return no_memory(trace->path, error);
    if (trace->is_live)
        mt_trace_take_newest(trace);
    take_lost(trace);
    return 0;
}

int mt_trace_begin(const char *path, struct mt_trace **ret_trace, struct mt_error *error)
{
    struct mt_trace *trace = calloc(1, sizeof *trace);
    if (!trace)
        return no_memory(path, error);
    trace->fd = -1;
    trace->path = strdup(path);
    int failed = trace->path ? open_file(trace, error) : no_memory(path, error);
    if (!failed && mt_is_pack(trace->fd))
        failed = open_pack(trace, error);
    if (!failed)
        failed = read_header(trace, error);
    if (failed) {
        mt_trace_close(trace);
        return failed;
    }
    trace->is_live = trace->header.end == MT_END_RUNNING &&
                     mt_process_runs(trace->header.pid, trace->header.process_start);
    *ret_trace = trace;
    return 0;
}

int mt_trace_open(const char *path, struct mt_trace **ret_trace, struct mt_error *error)
{
    struct mt_trace *trace;
    int failed = mt_trace_begin(path, &trace, error);
    if (failed)
        return failed;
    failed = read_file(trace, error);
    close(trace->fd);
    trace->fd = -1;
    if (failed) {
        mt_trace_close(trace);
        return failed;
    }
    *ret_trace = trace;
    return 0;
}

void mt_trace_close(struct mt_trace *trace)
{
    if (!trace)
        return;
    if (trace->fd >= 0)
        close(trace->fd);
    mt_blocks_finish(&trace->blocks);
    mt_mappings_finish(&trace->mappings);
    mt_looks_finish(&trace->looks);
    mt_churn_finish(&trace->churns);
    mt_freed_finish(&trace->freed);
    mt_misuses_finish(&trace->misuses);
    mt_accounts_finish(&trace->accounts);
    mt_curves_finish(&trace->curves);
    mt_scan_finish(trace->scans);
    mt_verdicts_finish(trace->planes);
    free(trace->judged);
    mt_snapshots_finish(trace);
    mt_nodes_finish(&trace->nodes);
    mt_threads_finish(&trace->threads);
    mt_facts_finish(&trace->facts);
    mt_epochs_finish(&trace->epochs);
    mt_unpacked_remove(trace->pack);
    free(trace->path);
    free(trace);
}

const char *mt_trace_path(const struct mt_trace *trace)
{
    return trace->path;
}

uint32_t mt_trace_owner(const struct mt_trace *trace)
{
    return trace->owner;
}

const char *mt_trace_pack_folder(const struct mt_trace *trace)
{
    return trace->pack ? mt_unpacked_folder(trace->pack) : NULL;
}

const struct mt_header *mt_trace_header(const struct mt_trace *trace)
{
    return &trace->header;
}

bool mt_trace_is_sampled(const struct mt_trace *trace)
{
    return trace->header.sample_bytes != 0;
}

const struct mt_damage *mt_trace_damage(const struct mt_trace *trace)
{
    return &trace->damage;
}
