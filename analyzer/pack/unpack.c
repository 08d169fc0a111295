/* unpack.c: reads a pack that may come from anybody. Of unpack.h. Only plain files come out, only
 * under the names that pack.h knows, each once, and no more bytes than a pack of that size could
 * honestly hold: there is no link to follow, no path that leads out, and no end to wait for. */
#include "unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "layout.h"

/* Debug information shrinks to a fourth, the table of a trace to a tenth, nothing honest to less
 * than a sixtieth. A file may be larger than that by its holes. */
#define DATA_BYTES_FREE (UINT64_C(256) << 20)
#define DATA_BYTES_PER_BYTE 64
#define FILE_BYTES_MAX (INT64_C(1) << 44)

enum { ENTRIES_MAX = 10000, PAGE_BYTES = 4096 };

struct mt_unpacked {
    char folder[PATH_MAX];
};

struct unpacker {
    const char *path; /* of the pack */
    const struct mt_unpacked *to;
    struct archive *archive;
    unsigned entries;
    uint64_t left_bytes; /* that may still come out */
    struct mt_error *error;
};

static int refuse(struct unpacker *unpacker, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static int refuse(struct unpacker *unpacker, const char *format, ...)
{
    char why[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(why, sizeof why, format, arguments);
    va_end(arguments);
    return mt_fail(unpacker->error, MT_UNREADABLE, "%s: %s", unpacker->path, why);
}

static int refuse_archive(struct unpacker *unpacker)
{
    const char *why = archive_error_string(unpacker->archive);
    return refuse(unpacker, "is damaged or cut short: %s", why ? why : "no reason is known");
}

/* ---- names ---- */

/* A relative path without empty parts, "." or "..". */
static bool is_plain(const char *name)
{
    for (const char *part = name; part; part = strchr(part, '/')) {
        part += *part == '/';
        const size_t length = strcspn(part, "/");
        if (length == 0 || (length == 1 && part[0] == '.') ||
            (length == 2 && part[0] == '.' && part[1] == '.'))
            return false;
    }
    return strlen(name) < PATH_MAX / 2;
}

static bool is_known(const char *name)
{
    return strcmp(name, MT_PACK_TRACE) == 0 || strcmp(name, MT_PACK_PERF_MAP) == 0 ||
           strncmp(name, MT_PACK_ROOT, sizeof MT_PACK_ROOT - 1) == 0;
}

/* Makes the folders that a file lies in. */
static void make_folders(char *path, size_t below)
{
    for (char *slash = path + below; (slash = strchr(slash, '/')); slash++) {
        *slash = 0;
        mkdir(path, 0700);
        *slash = '/';
    }
}

/* ---- files ---- */

/* Writes what comes where it belongs; holes are left out. */
static int copy_data(struct unpacker *unpacker, const char *name, int fd)
{
    const void *bytes;
    size_t count;
    la_int64_t offset;
    int status;
    while ((status = archive_read_data_block(unpacker->archive, &bytes, &count, &offset)) ==
           ARCHIVE_OK) {
        /* A byte in a hole takes a page of the disk. */
        const uint64_t room = (count + PAGE_BYTES - 1) & ~(uint64_t)(PAGE_BYTES - 1);
        if (room > unpacker->left_bytes)
            return refuse(unpacker, "grows beyond all measure as it is unpacked, and was given up");
        unpacker->left_bytes -= room;
        while (count) {
            const ssize_t written = pwrite(fd, bytes, count, offset);
            if (written <= 0)
                return refuse(unpacker, "%s cannot be unpacked: %s (try another TMPDIR)", name,
                              strerror(errno));
            bytes = (const char *)bytes + written;
            offset += written;
            count -= (size_t)written;
        }
    }
    return status == ARCHIVE_EOF ? MT_OK : refuse_archive(unpacker);
}

static int unpack_file(struct unpacker *unpacker, const char *name, int64_t bytes)
{
    char path[2 * PATH_MAX];
    const int length = snprintf(path, sizeof path, "%s/%s", unpacker->to->folder, name);
    make_folders(path, (size_t)length - strlen(name));
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return refuse(unpacker, "%s cannot be unpacked: %s", name, strerror(errno));
    int status = copy_data(unpacker, name, fd);
    if (status == MT_OK && ftruncate(fd, bytes) != 0)
        status = refuse(unpacker, "%s cannot be unpacked: %s", name, strerror(errno));
    close(fd);
    return status;
}

static int unpack_entry(struct unpacker *unpacker, struct archive_entry *entry)
{
    const char *name = archive_entry_pathname(entry);
    const int64_t bytes = archive_entry_size(entry);
    if (++unpacker->entries > ENTRIES_MAX)
        return refuse(unpacker, "has more than %d files", ENTRIES_MAX);
    if (!name || !is_plain(name) || !is_known(name) || archive_entry_filetype(entry) != AE_IFREG ||
        archive_entry_hardlink(entry) || archive_entry_symlink(entry))
        return refuse(unpacker, "holds %s, which has no place in a pack", name ? name : "a file");
    if (bytes < 0 || bytes > FILE_BYTES_MAX)
        return refuse(unpacker, "holds %s of %" PRId64 " bytes, which cannot be", name, bytes);
    return unpack_file(unpacker, name, bytes);
}

/* The first entry says what this is. */
static int read_mark(struct unpacker *unpacker)
{
    struct archive_entry *entry;
    const int got = archive_read_next_header(unpacker->archive, &entry);
    const char *name = got == ARCHIVE_OK ? archive_entry_pathname(entry) : NULL;
    if (!name || strncmp(name, MT_PACK_MARK, sizeof MT_PACK_MARK - 1) != 0)
        return refuse(unpacker, "is compressed, but not a pack (try: memtrace pack TRACE)");
    if (strcmp(name, MT_PACK_MARK MT_PACK_VERSION) != 0)
        return refuse(unpacker,
                      "%s: this memtrace reads version " MT_PACK_VERSION " (update memtrace)",
                      name);
    return MT_OK;
}

static int unpack_all(struct unpacker *unpacker)
{
    struct archive_entry *entry;
    int status = read_mark(unpacker), got;
    while (status == MT_OK &&
           (got = archive_read_next_header(unpacker->archive, &entry)) != ARCHIVE_EOF)
        status = got == ARCHIVE_OK ? unpack_entry(unpacker, entry) : refuse_archive(unpacker);
    if (status == MT_OK && unpacker->entries == 0)
        status = refuse(unpacker, "holds no trace");
    return status;
}

/* ---- the folder ---- */

bool mt_is_pack(int fd)
{
    static const unsigned char zstd[] = {0x28, 0xb5, 0x2f, 0xfd};
    unsigned char magic[sizeof zstd];
    return pread(fd, magic, sizeof magic, 0) == sizeof magic &&
           memcmp(magic, zstd, sizeof magic) == 0;
}

static struct archive *open_archive(int fd)
{
    struct archive *archive = archive_read_new();
    if (!archive)
        return NULL;
    archive_read_support_filter_zstd(archive);
    archive_read_support_format_tar(archive);
    if (archive_read_open_fd(archive, fd, 1 << 16) == ARCHIVE_OK)
        return archive;
    archive_read_free(archive);
    return NULL;
}

static bool make_folder(struct mt_unpacked *unpacked)
{
    const char *parent = getenv("TMPDIR");
    snprintf(unpacked->folder, sizeof unpacked->folder, "%s/memtrace-pack-XXXXXX",
             parent && *parent ? parent : "/tmp");
    return mkdtemp(unpacked->folder) != NULL;
}

int mt_unpack(int fd, const char *path, struct mt_unpacked **ret_unpacked, struct mt_error *error)
{
    struct stat status;
    struct mt_unpacked *unpacked = calloc(1, sizeof *unpacked);
    struct unpacker unpacker = {.path = path, .to = unpacked, .error = error};
    if (!unpacked || fstat(fd, &status) != 0)
        return refuse(&unpacker, "not enough memory to unpack it");
    unpacker.left_bytes = DATA_BYTES_FREE + DATA_BYTES_PER_BYTE * (uint64_t)status.st_size;
    const char *problem = mt_pack_layout_problem(fd, unpacker.left_bytes);
    if (problem) {
        free(unpacked);
        return refuse(&unpacker, "%s", problem);
    }
    if (!make_folder(unpacked)) {
        free(unpacked);
        return refuse(&unpacker, "cannot be unpacked: %s (try another TMPDIR)", strerror(errno));
    }
    unpacker.archive = open_archive(fd);
    int failed = unpacker.archive ? unpack_all(&unpacker)
                                  : refuse(&unpacker, "is compressed, but not a pack");
    archive_read_free(unpacker.archive);
    if (failed) {
        mt_unpacked_remove(unpacked);
        return failed;
    }
    *ret_unpacked = unpacked;
    return MT_OK;
}

const char *mt_unpacked_folder(const struct mt_unpacked *unpacked)
{
    return unpacked->folder;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status;
    (void)type;
    (void)place;
    remove(path);
    return 0;
}

void mt_unpacked_remove(struct mt_unpacked *unpacked)
{
    if (!unpacked)
        return;
    nftw(unpacked->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
    free(unpacked);
}
