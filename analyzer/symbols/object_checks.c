/* object_checks.c: measures compressed sections by what their heads say, which libelf makes good,
 * or where nothing says so by unpacking them; and looks at names before libdw opens them. Of
 * object_checks.h. */
#include "object_checks.h"

#include <archive.h>
#include <archive_entry.h>
#include <endian.h>
#include <fcntl.h>
#include <gelf.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* As in unpack.c: debug information shrinks to a fourth. */
#define UNFOLDED_BYTES_FREE (UINT64_C(256) << 20)
#define UNFOLDED_BYTES_PER_BYTE 64

/* ---- sections ---- */

/* How much the xz stream comes to; `most` and more are the same. */
static uint64_t unpacked_bytes(const Elf_Data *data, uint64_t most)
{
    struct archive *archive = archive_read_new();
    struct archive_entry *entry;
    const void *bytes;
    size_t count;
    la_int64_t offset;
    uint64_t sum = 0;
    if (!archive)
        return most;
    archive_read_support_filter_xz(archive);
    archive_read_support_format_raw(archive);
    if (archive_read_open_memory(archive, data->d_buf, data->d_size) == ARCHIVE_OK &&
        archive_read_next_header(archive, &entry) == ARCHIVE_OK)
        while (sum < most &&
               archive_read_data_block(archive, &bytes, &count, &offset) == ARCHIVE_OK)
            sum += count;
    archive_read_free(archive);
    return sum;
}

/* GNU's older way: "ZLIB" and the size stand before the stream. */
static uint64_t said_bytes(const Elf_Data *data)
{
    uint64_t bytes;
    if (data->d_size < 12 || memcmp(data->d_buf, "ZLIB", 4) != 0)
        return 0;
    memcpy(&bytes, (const char *)data->d_buf + 4, sizeof bytes);
    return be64toh(bytes);
}

static uint64_t unfolded_bytes(Elf *elf, Elf_Scn *section, size_t names, uint64_t most)
{
    GElf_Shdr header;
    GElf_Chdr compressed;
    if (!gelf_getshdr(section, &header) || header.sh_type == SHT_NOBITS)
        return 0;
    if (header.sh_flags & SHF_COMPRESSED)
        return gelf_getchdr(section, &compressed) ? compressed.ch_size : 0;
    const char *name = elf_strptr(elf, names, header.sh_name);
    const bool is_gnu = name && strncmp(name, ".zdebug", 7) == 0;
    if (!is_gnu && (!name || strcmp(name, ".gnu_debugdata") != 0))
        return 0;
    const Elf_Data *data = elf_rawdata(section, NULL);
    if (!data || !data->d_buf)
        return 0;
    return is_gnu ? said_bytes(data) : unpacked_bytes(data, most);
}

static bool sections_are_small(Elf *elf, uint64_t left)
{
    size_t names;
    if (elf_getshdrstrndx(elf, &names) != 0)
        return true; /* nothing is found in it by name */
    for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section));) {
        const uint64_t bytes = unfolded_bytes(elf, section, names, left + 1);
        if (bytes > left)
            return false;
        left -= bytes;
    }
    return true;
}

bool mt_object_unfolds_within_reason(int fd)
{
    struct stat status;
    elf_version(EV_CURRENT);
    Elf *elf = fstat(fd, &status) == 0 ? elf_begin(fd, ELF_C_READ_MMAP, NULL) : NULL;
    const bool is_small =
        !elf || sections_are_small(elf, UNFOLDED_BYTES_FREE +
                                            UNFOLDED_BYTES_PER_BYTE * (uint64_t)status.st_size);
    elf_end(elf);
    return is_small;
}

/* ---- names ---- */

static bool is_decent(const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return true;
    if (!S_ISREG(status.st_mode))
        return false;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return true; /* nor will libdw */
    const bool is_small = mt_object_unfolds_within_reason(fd);
    close(fd);
    return is_small;
}

bool mt_object_may_follow(const char *folder, const char *directory, const char *name)
{
    char path[3 * PATH_MAX];
    if (name[0] == '/')
        return is_decent(name);
    const char *first = folder, *second = "";
    if (directory && directory[0] == '/')
        first = directory;
    else if (directory)
        second = directory;
    if (snprintf(path, sizeof path, "%s/%s/%s", first, second, name) >= (int)sizeof path ||
        !is_decent(path))
        return false;
    return !directory || mt_object_may_follow(folder, NULL, name);
}
