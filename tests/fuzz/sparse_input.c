/* sparse_input.c: from an input to a file in memory. */
#include "sparse_input.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void unpack(int fd, const uint8_t *data, size_t size)
{
    uint32_t length = 0;
    MUST(ftruncate(fd, 0) == 0);
    for (size_t at = sizeof length; at + sizeof(struct sparse_piece) < size;) {
        struct sparse_piece piece;
        memcpy(&piece, data + at, sizeof piece);
        at += sizeof piece;
        size_t left = size - at, bytes = piece.bytes < left ? piece.bytes : left;
        MUST(pwrite(fd, data + at, bytes, piece.offset % SPARSE_BYTES_MAX) == (ssize_t)bytes);
        at += bytes;
    }
    if (size >= sizeof length)
        memcpy(&length, data, sizeof length);
    MUST(ftruncate(fd, length % (SPARSE_BYTES_MAX + 1)) == 0);
}

const char *mt_sparse_input_file(const uint8_t *data, size_t size)
{
    static int fd = -1;
    static char path[32];
    if (fd < 0) {
        fd = memfd_create("fuzz.mtrace", MFD_CLOEXEC);
        MUST(fd >= 0);
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    }
    unpack(fd, data, size);
    return path;
}
