/* layout.c: a walk from header to header of a tar archive (pax, POSIX.1-2008 "pax Interchange
 * Format"). libarchive goes through what stands between two files before it gives anything away:
 * through any amount of data that is skipped, and deeper by a call for each header that only says
 * something of the next one. Of layout.h. */
#include "layout.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    BLOCK = 512, /* what an archive is made of */
    SIZE_AT = 124,
    SIZE_BYTES = 12,
    KIND_AT = 156,
    SAID_BYTES_MAX = 1 << 20, /* of one header about another */
};

struct walk {
    struct archive *archive;
    uint64_t left_bytes;
    bool is_too_much;
    char said[SAID_BYTES_MAX + 1]; /* by the header before, about this one; "" nothing */
};

/* Reads so many bytes; `to` may be NULL. False: there are no more, or more than there may be. */
static bool take(struct walk *walk, char *to, uint64_t bytes)
{
    static char skipped[1 << 16];
    while (bytes) {
        const size_t most = to || bytes < sizeof skipped ? (size_t)bytes : sizeof skipped;
        const la_ssize_t got = archive_read_data(walk->archive, to ? to : skipped, most);
        walk->is_too_much = got > 0 && (uint64_t)got > walk->left_bytes;
        if (got <= 0 || walk->is_too_much)
            return false;
        walk->left_bytes -= (uint64_t)got;
        bytes -= (uint64_t)got;
        to = to ? to + got : NULL;
    }
    return true;
}

/* Octal digits, or where they do not suffice a number in base 256. */
static uint64_t size_of(const char *header)
{
    const unsigned char *field = (const unsigned char *)header + SIZE_AT;
    uint64_t size = 0;
    if (field[0] & 0x80) {
        for (int i = SIZE_BYTES - 8; i < SIZE_BYTES; i++)
            size = size << 8 | field[i];
        return size;
    }
    for (int i = 0; i < SIZE_BYTES; i++)
        if (field[i] >= '0' && field[i] <= '7')
            size = size << 3 | (field[i] - '0');
    return size;
}

/* The size among what was said, "LENGTH size=NUMBER\n": it is the one that counts. */
static uint64_t said_size(const char *said, uint64_t size)
{
    while (*said) {
        char *record;
        const unsigned long length = strtoul(said, &record, 10);
        if (length == 0 || length > strlen(said))
            return size;
        if (strncmp(record, " size=", 6) == 0)
            size = strtoull(record + 6, NULL, 10);
        said += length;
    }
    return size;
}

static bool is_end(const char *header)
{
    for (int i = 0; i < BLOCK; i++)
        if (header[i])
            return false;
    return true;
}

static uint64_t whole_blocks(uint64_t bytes)
{
    return bytes > UINT64_MAX - BLOCK ? bytes : (bytes + BLOCK - 1) / BLOCK * BLOCK;
}

/* What is said of the next entry. */
static const char *take_said(struct walk *walk, uint64_t bytes)
{
    if (walk->said[0] || bytes > SAID_BYTES_MAX - BLOCK)
        return "has more headers than a pack can need";
    memset(walk->said, 0, sizeof walk->said);
    return take(walk, walk->said, whole_blocks(bytes)) ? NULL : "";
}

/* NULL, what is wrong, or "" at the end. */
static const char *take_entry(struct walk *walk)
{
    char header[BLOCK];
    if (!take(walk, header, BLOCK) || is_end(header))
        return "";
    const char kind = header[KIND_AT];
    if (kind == 'x')
        return take_said(walk, size_of(header));
    if (kind && (kind < '0' || kind > '7'))
        return "has headers of a kind that no pack has";
    const bool has_data = !kind || kind == '0' || kind == '7';
    const uint64_t size = has_data ? said_size(walk->said, size_of(header)) : 0;
    walk->said[0] = 0;
    return take(walk, NULL, whole_blocks(size)) ? NULL : "";
}

static const char *walk_all(struct walk *walk)
{
    const char *problem;
    do
        problem = take_entry(walk);
    while (!problem);
    if (*problem)
        return problem;
    return walk->is_too_much ? "grows beyond all measure as it is unpacked, and was given up"
                             : NULL;
}

const char *mt_pack_layout_problem(int fd, uint64_t bytes_max)
{
    struct archive_entry *entry;
    const char *problem = NULL;
    struct walk *walk = calloc(1, sizeof *walk);
    if (!walk || !(walk->archive = archive_read_new())) {
        free(walk);
        return "not enough memory to unpack it";
    }
    walk->left_bytes = bytes_max;
    archive_read_support_filter_zstd(walk->archive);
    archive_read_support_format_raw(walk->archive);
    if (archive_read_open_fd(walk->archive, fd, 1 << 16) == ARCHIVE_OK &&
        archive_read_next_header(walk->archive, &entry) == ARCHIVE_OK)
        problem = walk_all(walk);
    archive_read_free(walk->archive);
    free(walk);
    lseek(fd, 0, SEEK_SET);
    return problem;
}
