/* pack_fuzzer.c: an input is a tar archive that is packed here, or with zstd's magic the pack as it
 * is. Nothing may come out beside the folder, and nothing may stay. */
#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "fuzzer.h"
#include "unpack.h"

enum { PACK_BYTES_MAX = 2 << 20 };

static uint8_t packed[PACK_BYTES_MAX];

/* Compresses as memtrace pack does. Returns how many bytes there are. */
static size_t compress(const uint8_t *data, size_t size)
{
    size_t used = 0;
    struct archive *archive = archive_write_new();
    struct archive_entry *entry = archive_entry_new();
    MUST(archive && entry);
    archive_write_set_format_raw(archive);
    archive_write_add_filter_zstd(archive);
    archive_write_set_options(archive, "zstd:compression-level=1");
    archive_write_set_bytes_in_last_block(archive, 1);
    MUST(archive_write_open_memory(archive, packed, sizeof packed, &used) == ARCHIVE_OK);
    archive_entry_set_filetype(entry, AE_IFREG);
    MUST(archive_write_header(archive, entry) == ARCHIVE_OK);
    if (size)
        MUST(archive_write_data(archive, data, size) == (la_ssize_t)size);
    MUST(archive_write_close(archive) == ARCHIVE_OK);
    archive_write_free(archive);
    archive_entry_free(entry);
    return used;
}

/* A folder for the folders of packs; the names in it. */
static const char *workshop(void)
{
    static char folder[] = "/dev/shm/memtrace-fuzz-XXXXXX";
    static bool is_made;
    if (!is_made) {
        MUST(mkdtemp(folder));
        MUST(setenv("TMPDIR", folder, 1) == 0);
        is_made = true;
    }
    return folder;
}

static unsigned count_names(const char *folder)
{
    unsigned count = 0;
    DIR *names = opendir(folder);
    MUST(names);
    for (const struct dirent *entry; (entry = readdir(names));)
        count += entry->d_name[0] != '.';
    closedir(names);
    return count;
}

static void unpack(const char *path)
{
    struct mt_unpacked *unpacked = NULL;
    struct mt_error error = {0};
    struct stat folder;
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    MUST(fd >= 0);
    const int status = mt_is_pack(fd) ? mt_unpack(fd, "fuzz.mtpack", &unpacked, &error) : MT_OK;
    MUST(status == MT_OK || (status == MT_UNREADABLE && error.text[0]));
    mt_must_be_printable(error.text);
    MUST(count_names(workshop()) == (unpacked != NULL));
    if (unpacked)
        MUST(stat(mt_unpacked_folder(unpacked), &folder) == 0 && (folder.st_mode & 077) == 0);
    mt_unpacked_remove(unpacked);
    MUST(count_names(workshop()) == 0);
    close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t zstd[] = {0x28, 0xb5, 0x2f, 0xfd};
    if (size > PACK_BYTES_MAX / 2)
        return 0;
    workshop();
    if (size < sizeof zstd || memcmp(data, zstd, sizeof zstd) != 0) {
        size = compress(data, size);
        data = packed;
    }
    unpack(mt_input_file(data, size));
    return 0;
}
