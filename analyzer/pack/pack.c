/* pack.c: writes a pack. Of pack.h. Only modules that some stack leads through are in it: the
 * others name nothing. Files are taken as the symbols would read them, through the same search, so
 * that what a report here can name, one elsewhere can. */
#include "pack.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "numbers.h"
#include "object.h"
#include "perf_map.h"
#include "progress.h"
#include "readers.h"
#include "unpack.h"

enum { CHUNK_BYTES = 1 << 20, BLOCK_BYTES = 1 << 16 };

struct packer {
    const struct mt_trace *trace;
    struct mt_object_search search;
    struct archive *archive;
    struct mt_numbers names; /* of files that are in it */
    struct mt_packed packed;
    char unsound[256]; /* why it cannot go on; "" while it can */
};

static void stop(struct packer *packer, const char *name, const char *why)
{
    if (!packer->unsound[0])
        snprintf(packer->unsound, sizeof packer->unsound, "%.160s: %.80s", name, why);
}

/* ---- entries ---- */

static struct archive_entry *new_entry(const char *name, uint64_t bytes)
{
    struct archive_entry *entry = archive_entry_new();
    if (entry) {
        archive_entry_set_pathname(entry, name);
        archive_entry_set_filetype(entry, AE_IFREG);
        archive_entry_set_perm(entry, 0600);
        archive_entry_set_size(entry, (la_int64_t)bytes);
    }
    return entry;
}

/* Frees the entry. */
static bool begin_entry(struct packer *packer, struct archive_entry *entry, const char *name)
{
    const bool is_begun = entry && archive_write_header(packer->archive, entry) == ARCHIVE_OK;
    if (!is_begun)
        stop(packer, name, entry ? archive_error_string(packer->archive) : "not enough memory");
    archive_entry_free(entry);
    return is_begun;
}

static bool add_data(struct packer *packer, const char *name, const void *bytes, size_t count)
{
    while (count) {
        const la_ssize_t written = archive_write_data(packer->archive, bytes, count);
        if (written <= 0) {
            stop(packer, name, archive_error_string(packer->archive));
            return false;
        }
        bytes = (const char *)bytes + written;
        count -= (size_t)written;
    }
    return true;
}

/* ---- files with holes ---- */

/* A range of a file: data, or with `is_hole` nothing. */
struct range {
    off_t begin, end;
    bool is_hole;
};

/* The range that begins at `at`. A file that cannot tell is all data. */
static struct range range_at(int fd, off_t at, off_t bytes)
{
    const off_t data = lseek(fd, at, SEEK_DATA);
    if (data > at || (data < 0 && errno == ENXIO))
        return (struct range){at, data < 0 || data > bytes ? bytes : data, true};
    const off_t hole = lseek(fd, at, SEEK_HOLE);
    return (struct range){at, hole <= at || hole > bytes ? bytes : hole, false};
}

static void note_data(struct archive_entry *entry, int fd, off_t bytes)
{
    bool has_data = false;
    for (struct range range = {0}; range.end < bytes;) {
        range = range_at(fd, range.end, bytes);
        if (!range.is_hole)
            archive_entry_sparse_add_entry(entry, range.begin, range.end - range.begin);
        has_data |= !range.is_hole;
    }
    if (!has_data && bytes > 0)
        archive_entry_sparse_add_entry(entry, bytes, 0); /* nothing but a hole */
}

/* What a file that shrinks meanwhile lacks is zeros. */
static bool add_range(struct packer *packer, const char *name, int fd, const struct range *range)
{
    static char chunk[CHUNK_BYTES];
    if (range->is_hole)
        memset(chunk, 0, sizeof chunk);
    for (off_t at = range->begin; at < range->end; at += CHUNK_BYTES) {
        const off_t left = range->end - at;
        const size_t wanted = left < CHUNK_BYTES ? (size_t)left : CHUNK_BYTES;
        const ssize_t got = range->is_hole ? (ssize_t)wanted : pread(fd, chunk, wanted, at);
        if (got < (ssize_t)wanted)
            memset(chunk + (got > 0 ? got : 0), 0, wanted - (size_t)(got > 0 ? got : 0));
        mt_progress("packing", (uint64_t)at, (uint64_t)range->end);
        if (!add_data(packer, name, chunk, wanted))
            return false;
    }
    return true;
}

/* The archive wants holes to be written too, as the zeros that they are, and leaves them out. */
static void add_file(struct packer *packer, const char *name, int fd)
{
    struct stat status;
    if (fstat(fd, &status) != 0) {
        stop(packer, name, strerror(errno));
        return;
    }
    struct archive_entry *entry = new_entry(name, (uint64_t)status.st_size);
    if (entry)
        note_data(entry, fd, status.st_size);
    if (!begin_entry(packer, entry, name))
        return;
    for (struct range range = {0}; range.end < status.st_size;) {
        range = range_at(fd, range.end, status.st_size);
        if (!add_range(packer, name, fd, &range))
            return;
    }
}

/* A pack is made to be given away: what the trace's owner could not read himself is not put in,
 * whatever another has put at that path since it was looked at. */
static bool add_path(struct packer *packer, const char *name, const char *path)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat status;
    if (fd < 0) {
        stop(packer, path, strerror(errno));
        return false;
    }
    const bool may_be_in =
        fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && mt_trace_may_show(packer->trace, fd);
    if (may_be_in)
        add_file(packer, name, fd);
    close(fd);
    return may_be_in;
}

static void note_missing(struct packer *packer, const char *path, const char *why)
{
    if (packer->packed.missing++ == 0)
        snprintf(packer->packed.first_missing, sizeof packer->packed.first_missing, "%.100s %.100s",
                 path, why);
}

/* ---- symbols ---- */

/* Whether a module's path may be the name of an entry: unpacking refuses all others. */
static bool is_plain(const char *path)
{
    return path[0] == '/' && path[1] && !strstr(path, "/../") && !strstr(path, "//") &&
           !strstr(path, "/./") && strlen(path) < 4000 && path[strlen(path) - 1] != '/' &&
           strcmp(path + strlen(path) - (strlen(path) > 2 ? 3 : 0), "/..") != 0;
}

/* The file at `path` as if it lay at `name`. Each name once. Its bytes are read anew: libdw changes
 * those that it has in memory. */
static void add_symbols(struct packer *packer, const char *name, const char *path)
{
    char full[4200];
    bool is_new;
    if (!path || !is_plain(name))
        return;
    snprintf(full, sizeof full, MT_PACK_ROOT "%s", name + 1);
    mt_numbers_get(&packer->names, full, strlen(full), &is_new);
    if (!is_new)
        return;
    if (add_path(packer, full, path))
        packer->packed.files++;
    else
        note_missing(packer, path, "may not be read by the owner of the trace");
}

static void add_shared(struct packer *packer, Dwarf *dwarf)
{
    char path[8192], name[MT_OBJECT_NAME_SIZE];
    const int fd = mt_object_find_shared(&packer->search, dwarf, path, sizeof path, name);
    if (fd < 0)
        return;
    close(fd);
    add_symbols(packer, name, path);
}

static void add_object(struct packer *packer, const struct mt_loaded *loaded,
                       struct mt_object *object)
{
    Dwarf_Addr bias;
    char name[MT_OBJECT_NAME_SIZE];
    const char *file = NULL, *debug_file = NULL;
    Dwarf *dwarf = mt_object_dwarf(object, &bias);
    dwfl_module_getsymtab(object->module); /* may be what asks for the debug file */
    dwfl_module_info(object->module, NULL, NULL, NULL, NULL, NULL, &file, &debug_file);
    add_symbols(packer, loaded->path, file);
    if (debug_file && loaded->build_id_bytes > 1) {
        mt_object_debug_name(loaded->build_id, loaded->build_id_bytes, name);
        add_symbols(packer, name, debug_file);
    }
    if (dwarf)
        add_shared(packer, dwarf);
}

static void add_module(struct packer *packer, const struct mt_loaded *loaded)
{
    struct mt_object object;
    char reason[200];
    if (mt_object_open(loaded, &packer->search, &object, reason, sizeof reason) == 0) {
        add_object(packer, loaded, &object);
        mt_object_close(&object);
    } else {
        note_missing(packer, loaded->path, reason);
    }
}

/* Modules of the frames of all stacks. */
static void add_modules(struct packer *packer)
{
    const unsigned count = mt_trace_module_count(packer->trace);
    bool *is_wanted = calloc((size_t)count + 1, sizeof *is_wanted);
    if (!is_wanted) {
        stop(packer, mt_trace_path(packer->trace), "not enough memory");
        return;
    }
    for (uint32_t id = 1; id < mt_trace_node_limit(packer->trace); id++) {
        const struct mt_node *node = mt_trace_node(packer->trace, id);
        if (node && node->module <= count)
            is_wanted[node->module] = true;
    }
    for (uint32_t id = 1; id <= count && !packer->unsound[0]; id++) {
        const struct mt_loaded *loaded = mt_trace_module(packer->trace, id);
        if (is_wanted[id] && loaded && !(loaded->flags & (MT_MODULE_VDSO | MT_MODULE_TRACER)))
            add_module(packer, loaded);
    }
    free(is_wanted);
}

/* ---- all of it ---- */

static la_ssize_t pass_on(struct archive *archive, void *out, const void *bytes, size_t count)
{
    (void)archive;
    return fwrite(bytes, 1, count, out) == count ? (la_ssize_t)count : -1;
}

static bool begin(struct packer *packer, FILE *out)
{
    packer->archive = archive_write_new();
    if (!packer->archive)
        return false;
    archive_write_set_format_pax_restricted(packer->archive);
    archive_write_add_filter_zstd(packer->archive);
    archive_write_set_bytes_per_block(packer->archive, BLOCK_BYTES);
    archive_write_set_bytes_in_last_block(packer->archive, 1);
    return archive_write_open(packer->archive, out, NULL, pass_on, NULL) == ARCHIVE_OK;
}

static void write_entries(struct packer *packer)
{
    char *perf_map = mt_perf_map_path(packer->trace);
    begin_entry(packer, new_entry(MT_PACK_MARK MT_PACK_VERSION, 0), "the pack");
    add_path(packer, MT_PACK_TRACE, mt_trace_path(packer->trace));
    if (perf_map)
        add_path(packer, MT_PACK_PERF_MAP, perf_map);
    free(perf_map);
    add_modules(packer);
}

static int write_pack(struct packer *packer, FILE *out, struct mt_error *error)
{
    if (!begin(packer, out))
        return mt_fail(error, MT_UNREADABLE, "a pack cannot be begun: not enough memory");
    write_entries(packer);
    if (archive_write_close(packer->archive) != ARCHIVE_OK)
        stop(packer, "the pack", "cannot be written to its end");
    return packer->unsound[0] ? mt_fail(error, MT_UNREADABLE, "%s", packer->unsound) : MT_OK;
}

int mt_pack_write(const char *path, const struct mt_search *search, FILE *out,
                  struct mt_packed *ret_packed, struct mt_error *error)
{
    struct mt_trace *trace;
    int status = mt_trace_open(path, &trace, error);
    if (status != MT_OK)
        return status;
    struct packer packer = {.trace = trace, .search.roots = {search->sysroot}};
    if (mt_trace_pack_folder(trace))
        status = mt_fail(error, MT_USAGE, "%s: is a pack already", path);
    if (status == MT_OK && search->debuginfod_ms)
        status = mt_debuginfod_create(search->debuginfod_ms, &packer.search.debuginfod, error);
    if (status == MT_OK)
        status = write_pack(&packer, out, error);
    if (packer.archive)
        archive_write_free(packer.archive);
    mt_debuginfod_destroy(packer.search.debuginfod);
    mt_numbers_finish(&packer.names);
    mt_trace_close(trace);
    *ret_packed = packer.packed;
    return status;
}
